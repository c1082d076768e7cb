import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { openEditor, type Editor } from '../support/n8n/browser';
import { anyOf } from '../support/n8n/count-of';
import { outputItems } from '../support/n8n/executions';
import { sharedN8n } from '../support/n8n/shared';
import { Scope } from '../support/scope';

const n8n = sharedN8n();
let scope: Scope;
let editor: Editor;
let workflowId: string;
let shop: Server;
/** Whether the cart of the shop works. */
let isCartWell = true;

beforeAll(async () => {
	scope = await Scope.open('e2e-check');
	shop = createServer(({ url }, response) => {
		response.statusCode = url === '/cart' && !isCartWell ? 500 : 200;
		response.end(url === '/cart' ? '{"items":2}' : '<h1>Shop</h1>');
	});
	await new Promise<void>((resolve) => shop.listen(0, '127.0.0.1', resolve));
	const { port } = shop.address() as AddressInfo;
	const checks = [
		'- name: Front page',
		'  type: http',
		`  url: http://127.0.0.1:${port}/`,
		'  contains: [Shop]',
		'- name: Cart',
		'  type: http',
		`  url: http://127.0.0.1:${port}/cart`,
		'  json: [{ path: $.items }]',
		'  alert: { failures: 2 }',
		'- name: Memory',
		'  type: host',
		'  measure: memory',
		'  warning: 99',
		'  critical: 100',
	].join('\n');
	const step = (name: string, column: number, parameters: Record<string, unknown>) => ({
		id: `${name}-id`,
		name,
		type: 'n8n-nodes-opsdesk.siteCheck',
		typeVersion: 1,
		position: [column * 220, 0] as [number, number],
		parameters,
	});
	const engine = await n8n.createCredential('Engine of the shop', 'dockerApi', {
		...{ connectionType: 'socket', socketPath: '/run/docker.sock', accessLevel: 'read' },
		...{ allowedContainers: '*', timeoutSeconds: 15 },
	});
	const workflow = await n8n.importWorkflow({
		name: 'Look after the shop',
		settings: { executionOrder: 'v1' },
		nodes: [
			{
				id: 'start-id',
				name: 'When clicking Execute',
				type: 'n8n-nodes-base.manualTrigger',
				typeVersion: 1,
				position: [0, 0],
				parameters: {},
			},
			step('Check the shop', 1, { operation: 'runChecks', source: 'checks', checks, set: 'e2e-shop' }),
			step('Look at one page', 2, {
				operation: 'checkTarget',
				type: 'http',
				url: `http://127.0.0.1:${port}/`,
			}),
			{
				...step('Look at certificates', 4, { operation: 'checkCertificates', hostsFrom: 'containers' }),
				credentials: { dockerApi: { id: engine.id, name: engine.name } },
			},
			step('Acknowledge it', 3, { operation: 'acknowledge', set: 'e2e-shop', check: 'Cart', by: 'Ada' }),
		],
		connections: {
			'When clicking Execute': { main: [[{ node: 'Check the shop', type: 'main', index: 0 }]] },
		},
	});
	workflowId = workflow.id;
	editor = await openEditor(scope, n8n);
});

afterAll(async () => {
	await editor?.close();
	if (workflowId) await n8n.deleteWorkflow(workflowId);
	shop?.closeAllConnections();
	shop?.close();
	await scope?.close();
});

beforeEach(async () => {
	await editor.page.goto('about:blank');
	await editor.openWorkflow(workflowId);
});

test('HC-2 a step run in the editor shows the results, and on the second output the alert of the second failure', async () => {
	const { page } = editor;
	isCartWell = false;
	const first = await n8n.run(workflowId);
	expect(outputItems(first, 'Check the shop', 0)).toHaveLength(3);
	expect(outputItems(first, 'Check the shop', 1)).toHaveLength(0);
	await editor.openNode('Check the shop');
	await page.locator('[data-test-id="node-execute-button"]').click();
	const output = page.locator('[data-test-id="output-panel"]');
	await output.getByText('Alerts Branch (1 item)').click();
	await output
		.getByText(/Cart fails/)
		.first()
		.waitFor();
	await output.getByText('Results', { exact: false }).first().click();
	await output.getByText('Table', { exact: true }).click();
	await editor.picture('site-check');
	await page.keyboard.press('Escape');
});

test('a credential is asked for only when the checks are said to sign in with it', async () => {
	const { page } = editor;
	await editor.openNode('Check the shop');
	const asked = page.locator('[data-test-id="credentials-label"]');
	const choice = page.locator('[data-test-id="parameter-input-signInWith"]');
	await choice.waitFor();
	expect(await asked.count()).toBe(0);
	await choice.click();
	await page.getByRole('option', { name: /^Docker/ }).click();
	await page.keyboard.press('Escape');
	await asked.first().waitFor();
	expect(await asked.allInnerTexts()).toEqual([expect.stringContaining('Docker')]);
	await editor.picture('site-check-sign-in');
});

test('for the hosts of containers the Docker credential is asked for at once', async () => {
	await editor.openNode('Look at certificates');
	const asked = editor.page.locator('[data-test-id="credentials-label"]');
	await asked.first().waitFor();
	expect(await asked.allInnerTexts()).toEqual([expect.stringContaining('Docker')]);
	await editor.picture('site-check-certificates');
});

test('the fields fit the chosen operation and kind of target', async () => {
	const { page } = editor;
	const parameters = page.locator('[data-test-id="node-parameters"]');
	await editor.openNode('Look at one page');
	expect(await anyOf(parameters.getByText('URL', { exact: true }))).toBe(1);
	expect(await parameters.getByText('Host', { exact: true }).count()).toBe(0);
	// A switch for models only.
	expect(await parameters.getByText('Allow Private Addresses').count()).toBe(0);
	await editor.picture('site-check-target');
	await page.keyboard.press('Escape');
	await editor.openNode('Acknowledge it');
	expect(await anyOf(parameters.getByText('Name of the Set'))).toBe(1);
	await editor.picture('site-check-acknowledge');
	await page.keyboard.press('Escape');
	expect(await page.locator('[data-test-id="node-issues"]').count()).toBe(0);
});
