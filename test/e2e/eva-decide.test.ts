import { openEditor, type Editor } from '../support/n8n/browser';
import { outputItems, type Execution } from '../support/n8n/executions';
import { sharedN8n } from '../support/n8n/shared';
import type { WorkflowJson } from '../support/n8n/workflow';
import { goodAnswer, hangs, OpenAiDouble, refuses, says, unreadable } from '../support/openai-double';
import { Scope } from '../support/scope';

const n8n = sharedN8n();
let scope: Scope;
let model: OpenAiDouble;
let editor: Editor;
let workflowId: string;
let workflowOf: (options: Record<string, number>) => WorkflowJson;
const ample = { timeoutSeconds: 60, deadlineSeconds: 120 };

const outputs = ['Reply', 'Escalate', 'Route', 'Ignore', 'Defer'];
const eva = 'What is to be done with it?';
const message = {
	kind: 'message',
	message: {
		...{ platform: 'telegram', account: 'flower_shop_bot', id: '7', chat: { id: '4242', kind: 'private' } },
		...{ sender: { id: '4242', name: 'Anna' }, sentAt: '2026-11-20T10:00:00Z' },
		...{ text: 'When will my order come?', priority: 5 },
	},
};
const fact = (name: string) => `={{ $json.${name} }}`;
const when = (leftValue: string, type: string, operation: string, rightValue: string | number = '') => ({
	combinator: 'and',
	options: { caseSensitive: false, leftValue: '', typeValidation: 'loose', version: 2 },
	conditions: [{ id: operation, leftValue, rightValue, operator: { type, operation } }],
});
const rules = [
	{
		...{ name: 'urgent', outcome: 'escalate', when: when(fact('message.priority'), 'number', 'gte', 7) },
		more: { reason: 'an urgent matter', withinMinutes: 15 },
	},
	{
		...{ name: 'thanks', outcome: 'ignore' },
		when: when(fact('message.category'), 'string', 'equals', 'GRATITUDE'),
		more: { reason: 'thanks ask for nothing' },
	},
];

const position = (column: number, row: number): [number, number] => [column * 240, row * 100];

beforeAll(async () => {
	scope = await Scope.open('e2e-eva-decide');
	model = await OpenAiDouble.start();
	const credential = await n8n.createCredential('A model', 'openAiApi', model.credential);
	workflowOf = (options) => ({
		name: 'Decide on messages',
		settings: { executionOrder: 'v1' },
		nodes: [
			{
				...{ id: 'start-id', name: 'When clicking Execute', type: 'n8n-nodes-base.manualTrigger' },
				...{ typeVersion: 1, position: position(0, 2), parameters: {} },
			},
			{
				...{ id: 'message-id', name: 'A message', type: 'n8n-nodes-base.set', typeVersion: 3.4 },
				...{ position: position(1, 2), parameters: { mode: 'raw', jsonOutput: JSON.stringify(message) } },
			},
			{
				...{ id: 'eva-id', name: eva, type: 'n8n-nodes-opsdesk.evaDecide', typeVersion: 1 },
				position: position(2, 2),
				parameters: {
					...{ authentication: 'none', rulesFrom: 'fields', rules: { rule: rules } },
					options,
				},
			},
			{
				...{ id: 'model-id', name: 'Chat model', type: '@n8n/n8n-nodes-langchain.lmChatOpenAi' },
				...{ typeVersion: 1.3, position: position(2, 4.5) },
				parameters: { model: { __rl: true, mode: 'id', value: model.model }, options: {} },
				credentials: { openAiApi: { id: credential.id, name: credential.name } },
			},
			...outputs.map((name, row) => ({
				...{ id: `${name}-id`, name: `To ${name.toLowerCase()}`, type: 'n8n-nodes-base.noOp' },
				...{ typeVersion: 1, position: position(4, row * 1.6 - 1), parameters: {} },
			})),
		],
		connections: {
			'When clicking Execute': { main: [[{ node: 'A message', type: 'main', index: 0 }]] },
			'A message': { main: [[{ node: eva, type: 'main', index: 0 }]] },
			[eva]: {
				main: outputs.map((name) => [{ node: `To ${name.toLowerCase()}`, type: 'main', index: 0 }]),
			},
			'Chat model': { ai_languageModel: [[{ node: eva, type: 'ai_languageModel', index: 0 }]] },
		},
	});
	// n8n loads LangChain with the first call.
	workflowId = (await n8n.importWorkflow(workflowOf(ample))).id;
	editor = await openEditor(scope, n8n);
});

afterAll(async () => {
	await editor?.close();
	if (workflowId) await n8n.deleteWorkflow(workflowId);
	await model?.stop();
	await scope?.close();
});
beforeEach(() => model.reset());

/** What came out of which output. */
async function decided(): Promise<{
	output: string | undefined;
	item: Record<string, unknown>;
	run: Execution;
}> {
	const run = await n8n.run(workflowId);
	// The sub-node keeps the errors of its model; the run goes well all the same.
	expect(run.status).toBe('success');
	const found = outputs.flatMap((name, index) =>
		outputItems(run, eva, index).map(({ json }) => ({ output: name, item: json, run })),
	);
	expect(found).toHaveLength(1);
	return found[0] ?? { output: undefined, item: {}, run };
}

test('n8n loads the node, and its own chat-model node answers where no rule decides', async () => {
	const { output, item } = await decided();
	expect(output).toBe('Reply');
	expect(item).toMatchObject({
		...{ text: goodAnswer.text, target: { platform: 'telegram', chatId: '4242' } },
		decision: { decidedBy: 'model', versions: { model: expect.stringContaining(model.model) } },
	});
	expect(model.requests).toHaveLength(1);
});

test.each(Object.entries(unreadable))(
	'ED-2: %s is sent back once, and then the rules decide',
	async (_, reaction) => {
		model.script(reaction, reaction);
		const { output, item } = await decided();
		expect(output).toBe('Escalate');
		expect(JSON.stringify(item['decision'])).toContain('model_unreadable');
		expect(model.requests).toHaveLength(2);
	},
);

test('ED-3: a model that hangs is left within the deadline', async () => {
	expect((await decided()).output).toBe('Reply');
	await n8n.updateWorkflow(workflowId, workflowOf({ timeoutSeconds: 4, deadlineSeconds: 5 }));
	model.script(hangs);
	const { output, item, run } = await decided();
	await n8n.updateWorkflow(workflowId, workflowOf(ample));
	expect(output).toBe('Escalate');
	expect(JSON.stringify(item['decision'])).toContain('model_timed_out');
	const lasted = Date.parse(run.stoppedAt ?? '') - Date.parse(run.startedAt ?? '');
	expect(lasted).toBeLessThan(30_000);
});

test('a person sees five outputs, a place for a model, and why the message went where it went', async () => {
	model.usual = says({ ...goodAnswer, text: 'Your order arrives tomorrow before noon.' });
	const { page } = editor;
	await editor.openWorkflow(workflowId);
	const canvas = page.locator('[data-test-id="canvas-node"]', { hasText: eva });
	for (const name of [...outputs, 'Model'])
		await canvas.locator('..').getByText(name, { exact: true }).first().waitFor();
	await editor.openNode(eva);
	await page.locator('[data-test-id="node-execute-button"]').click();
	await page
		.locator('[data-test-id="output-panel"]')
		.getByText('Your order arrives tomorrow')
		.first()
		.waitFor();
	await editor.picture('eva-decide');
	expect(await page.locator('[data-test-id="node-parameters"]').innerText()).not.toMatch(/conversion error/i);
});

test('ED-4: 429 is tried once more; five failures open the breaker', async () => {
	model.script(refuses(429, 1));
	expect((await decided()).output).toBe('Reply');
	expect(model.requests).toHaveLength(2);
	model.reset();
	model.usual = refuses(500);
	for (let turn = 0; turn < 5; turn += 1) expect((await decided()).output).toBe('Escalate');
	const asked = model.requests.length;
	expect(JSON.stringify((await decided()).item['decision'])).toContain('breaker_open');
	expect(model.requests).toHaveLength(asked);
});
