import { openEditor, type Editor } from '../support/n8n/browser';
import { outputItems } from '../support/n8n/executions';
import { sharedN8n } from '../support/n8n/shared';
import { openStand, type Stand } from '../src/store/stand';

const n8n = sharedN8n();
let stand: Stand;
let editor: Editor;
let workflowId: string;

const type = 'n8n-nodes-opsdesk.supabaseChatStore';

beforeAll(async () => {
	stand = await openStand('e2e-chat-store');
	const credential = await n8n.createCredential('Help desk', 'supabaseApi', {
		...{ host: stand.supabase.url, serviceRole: stand.supabase.secretKey },
		allowedHttpRequestDomains: 'all',
	});
	const owner = new URL(stand.supabase.ownerUrl);
	const database = await n8n.createCredential('Database of the help desk', 'postgres', {
		...{ host: owner.hostname, port: Number(owner.port), database: owner.pathname.slice(1) },
		...{ user: owner.username, password: decodeURIComponent(owner.password), ssl: 'disable' },
	});
	const step = (name: string, column: number, parameters: Record<string, unknown>) => ({
		...{ id: `${name}-id`, name, type, typeVersion: 1, parameters },
		position: [column * 220, 0] as [number, number],
		credentials: { supabaseApi: { id: credential.id, name: credential.name } },
	});
	const workflow = await n8n.importWorkflow({
		name: 'Keep the chats',
		settings: { executionOrder: 'v1' },
		nodes: [
			{
				...{ id: 'start-id', name: 'When clicking Execute', type: 'n8n-nodes-base.manualTrigger' },
				...{ typeVersion: 1, position: [0, 0], parameters: {} },
			},
			step('Keep the message', 1, {
				...{ chatId: '4242', messageId: '1', senderId: '4242', text: 'Where is my invoice?' },
				sentAt: '2026-03-02T09:00:00Z',
				more: { senderName: 'Anna' },
			}),
			step('Find it', 2, { operation: 'search', query: 'invoice', filters: {}, options: {} }),
			{
				...step('Get the SQL', 3, { resource: 'schema', operation: 'getSql' }),
				credentials: {},
			},
			step('Erase them', 4, { resource: 'contact', operation: 'erase' }),
			{
				...step('Check it', 5, { authentication: 'postgres', resource: 'schema', operation: 'check' }),
				credentials: { postgres: { id: database.id, name: database.name } },
			},
		],
		connections: {
			'When clicking Execute': { main: [[{ node: 'Keep the message', type: 'main', index: 0 }]] },
			'Keep the message': { main: [[{ node: 'Find it', type: 'main', index: 0 }]] },
			'Find it': { main: [[{ node: 'Get the SQL', type: 'main', index: 0 }]] },
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

test('a message is kept and found in a real n8n, and the SQL is handed out without a credential', async () => {
	const run = await n8n.run(workflowId);
	expect(outputItems(run, 'Keep the message', 0)).toEqual([
		{ json: expect.objectContaining({ status: 'created' }), pairedItem: { item: 0 } },
	]);
	expect(outputItems(run, 'Find it', 0)).toEqual([
		expect.objectContaining({ json: expect.objectContaining({ text: 'Where is my invoice?' }) }),
	]);
	expect(outputItems(run, 'Get the SQL', 0)[0]?.json['sql']).toContain(
		'The store of n8n-nodes-opsdesk, schema "opsdesk"',
	);
	await editor.openNode('Keep the message');
	await editor.picture('chat-store');
});

test('the person is chosen from the list of contacts', async () => {
	const { page } = editor;
	await editor.openNode('Erase them');
	await page.locator('[data-test-id="parameter-input-contact"] input').last().click();
	await page.getByText('Anna (telegram)').first().click();
	await editor.picture('chat-store-contact');
	expect(await page.locator('[data-test-id="parameter-input-contact"] input').last().inputValue()).toContain(
		'Anna',
	);
});

test('a credential of PostgreSQL is kept beside those of Supabase, and a step goes through it', async () => {
	const { page } = editor;
	await editor.openNode('Check it');
	await page.locator('[data-test-id="node-execute-button"]').click();
	await page.locator('[data-test-id="output-panel"]').getByText('The store is up to date.').first().waitFor();
});
