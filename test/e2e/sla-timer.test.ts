import { savePolicy, saveSchedule } from '../../src/sla';
import { storeMessages } from '../../src/chat';
import { openStand, type Stand } from '../src/store/stand';
import { openEditor, type Editor } from '../support/n8n/browser';
import { executionError, outputItems } from '../support/n8n/executions';
import { sharedN8n } from '../support/n8n/shared';

const n8n = sharedN8n();
let stand: Stand;
let editor: Editor;
let workflowId: string;

const type = 'n8n-nodes-opsdesk.slaTimer';
const week = {
	timezone: 'Europe/Moscow',
	weekly: { mon: [['09:00', '18:00']], fri: [['09:00', '17:00']] },
} as const;

beforeAll(async () => {
	stand = await openStand('e2e-sla-timer');
	const store = stand.open('postgres');
	await saveSchedule(store, { name: 'Office', definition: week, isDefault: true });
	await savePolicy(store, { layer: 'tenant', policy: { targetMinutes: { firstResponse: 60 } } });
	await storeMessages(store, [
		{
			...{ platform: 'telegram', id: '1', chat: { id: '4242', title: 'Flower shop' } },
			...{ sender: { id: '4242', name: 'Anna' }, sentAt: '2026-03-02T09:00:00Z', text: 'Hello' },
		},
	]);
	const credential = await n8n.createCredential('Help desk', 'supabaseApi', {
		...{ host: stand.supabase.url, serviceRole: stand.supabase.secretKey },
		allowedHttpRequestDomains: 'all',
	});
	const step = (name: string, column: number, parameters: Record<string, unknown>, asks = true) => ({
		...{ id: `${name}-id`, name, type, typeVersion: 1, parameters },
		position: [column * 220, 0] as [number, number],
		...(asks && { credentials: { supabaseApi: { id: credential.id, name: credential.name } } }),
	});
	const workflow = await n8n.importWorkflow({
		name: 'Promise an answer',
		settings: { executionOrder: 'v1' },
		nodes: [
			{
				...{ id: 'start-id', name: 'When clicking Execute', type: 'n8n-nodes-base.manualTrigger' },
				...{ typeVersion: 1, position: [0, 0], parameters: {} },
			},
			step(
				'When is the answer due?',
				1,
				{
					...{ resource: 'calculate', operation: 'deadline', timezone: 'Europe/Moscow' },
					...{ start: '2026-11-20T17:55:00', duration: 10, unit: 'min' },
					options: { explain: true },
				},
				false,
			),
			step('Start the timer', 2, {
				...{ resource: 'timer', operation: 'start', options: {} },
				conversation: { __rl: true, mode: 'platform', value: 'telegram:4242' },
			}),
			step('Ask the stored hours', 3, {
				...{ resource: 'calculate', operation: 'nextOpening', scheduleFrom: 'store' },
				...{ schedule: { __rl: true, mode: 'list', value: '' }, after: '2026-11-20T17:55:00' },
			}),
		],
		connections: {
			'When clicking Execute': { main: [[{ node: 'When is the answer due?', type: 'main', index: 0 }]] },
			'When is the answer due?': { main: [[{ node: 'Start the timer', type: 'main', index: 0 }]] },
		},
	});
	workflowId = workflow.id;
	editor = await openEditor(stand.scope, n8n);
});

afterAll(async () => {
	await editor?.close();
	if (workflowId) await n8n.deleteWorkflow(workflowId);
	await stand?.close();
});

beforeEach(async () => {
	await editor.page.goto('about:blank');
	await editor.openWorkflow(workflowId);
});

test('a deadline is calculated without a credential, and a timer started, in a real n8n', async () => {
	const run = await n8n.run(workflowId);
	expect(executionError(run)).toBeUndefined();
	expect(outputItems(run, 'When is the answer due?', 0)).toEqual([
		expect.objectContaining({
			json: expect.objectContaining({ deadline: '2026-11-23T09:05:00.000+03:00' }),
		}),
	]);
	expect(outputItems(run, 'Start the timer', 0)[0]?.json).toMatchObject({
		...{ changed: true, timer: { status: 'running', conversation: { title: 'Flower shop' } } },
	});
	await editor.page.reload();
	await editor.openWorkflow(workflowId);
	await editor.openNode('When is the answer due?');
	await editor.page.locator('[data-test-id="node-execute-button"]').click();
	await editor.page.locator('[data-test-id="output-panel"]').getByText('deadline').first().waitFor();
	// n8n hides what it takes for a part of the credential.
	for (const field of ['Resource', 'Schedule'])
		await editor.page.locator('label', { hasText: field }).first().waitFor({ timeout: 30_000 });
	await editor.picture('sla-timer');
});

test('the schedule and the conversation are chosen from lists of the store', async () => {
	const { page } = editor;
	await editor.openNode('Ask the stored hours');
	await page.locator('[data-test-id="parameter-input-schedule"] input').last().click();
	await page.getByText('Office (Europe/Moscow)').first().click();
	await page.locator('[data-test-id="node-execute-button"]').click();
	await page
		.locator('[data-test-id="output-panel"]')
		.getByText('2026-11-23T09:00:00.000+03:00')
		.first()
		.waitFor();
	await editor.picture('sla-timer-schedule');
});
