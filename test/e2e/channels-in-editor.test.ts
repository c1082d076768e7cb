import { openEditor, type Editor } from '../support/n8n/browser';
import { sharedN8n } from '../support/n8n/shared';
import { Scope } from '../support/scope';

const n8n = sharedN8n();
let scope: Scope;
let editor: Editor;
let workflowId: string;

const [came, together, answer, due] = [
	'When somebody writes',
	'When clients have written',
	'Thank them',
	'Send what is due',
];

beforeAll(async () => {
	scope = await Scope.open('e2e-channels-in-editor');
	const bot = await n8n.createCredential('Flower shop bot', 'telegramApi', {
		accessToken: '123456:an-example',
		baseUrl: 'https://telegram.example.com',
	});
	const store = await n8n.createCredential('Help desk', 'supabaseApi', {
		...{ host: 'https://store.example.com', serviceRole: 'an-example' },
		allowedHttpRequestDomains: 'all',
	});
	const credentials = {
		telegramApi: { id: bot.id, name: bot.name },
		supabaseApi: { id: store.id, name: store.name },
	};
	const node = (name: string, type: string, column: number, parameters: Record<string, unknown>) => ({
		...{ id: `${name}-id`, name, type: `n8n-nodes-opsdesk.${type}`, typeVersion: 1, webhookId: 'in-editor' },
		...{
			position: [column * 240, type === 'channelBatchTrigger' ? 200 : 0] as [number, number],
			parameters,
			credentials,
		},
	});
	const workflow = await n8n.importWorkflow({
		name: 'Answer messages',
		settings: { executionOrder: 'v1' },
		nodes: [
			node(came, 'channelTrigger', 0, { storeMessages: true }),
			node(together, 'channelBatchTrigger', 0, {}),
			node(answer, 'channelSend', 1, {
				sendThrough: 'outbox',
				text: 'Thank you for your message. We answer by tomorrow, ten o’clock.',
				options: { key: '=thanks-{{ $json.eventId }}' },
			}),
			node(due, 'channelSend', 2, { resource: 'outbox', options: { forSeconds: 10 } }),
		],
		connections: {
			[came]: { main: [[{ node: answer, type: 'main', index: 0 }]] },
			[answer]: { main: [[{ node: due, type: 'main', index: 0 }]] },
		},
	});
	workflowId = workflow.id;
	editor = await openEditor(scope, n8n, { viewport: { width: 1280, height: 960 } });
	await editor.openWorkflow(workflowId);
});

afterAll(async () => {
	await editor?.close();
	if (workflowId) await n8n.deleteWorkflow(workflowId);
	await scope?.close();
});

const nodes: Array<[string, string, string[]]> = [
	[
		came,
		'channel-trigger',
		['platform', 'telegramSecret', 'events', 'storeMessages', 'authentication', 'clientsTo'],
	],
	[together, 'channel-batch-trigger', ['perRun', 'atOnce']],
	[
		answer,
		'channel-send',
		['resource', 'operation', 'sendThrough', 'authentication', 'to', 'text', 'format'],
	],
	[due, 'channel-send-due', ['resource', 'operation', 'authentication', 'platform']],
];
test.each(nodes)('"%s" shows in the editor all that has to be chosen', async (name, picture, fields) => {
	const { page } = editor;
	await editor.openNode(name);
	await page.locator(`[data-test-id="parameter-input-${fields[0]}"]`).waitFor();
	for (const field of fields)
		await page.locator(`[data-test-id="parameter-input-${field}"]`).waitFor({ timeout: 30_000 });
	await editor.picture(picture);
	await page.keyboard.press('Escape');
	await page.locator('[data-test-id="node-parameters"]').waitFor({ state: 'hidden' });
});
