import { join } from 'node:path';

import { startEngine, type TestEngine } from '../support/engine';
import { imageTag, loadImages } from '../support/images/images';
import { openEditor, picturesOf, type Editor } from '../support/n8n/browser';
import { sharedN8n } from '../support/n8n/shared';
import type { CredentialReference, WorkflowJson } from '../support/n8n/workflow';
import { Scope } from '../support/scope';

const n8n = sharedN8n();
let scope: Scope;
let engine: TestEngine;
let editor: Editor;
let workflowId: string;

const node = (name: string, column: number, parameters: object, dockerApi: CredentialReference) => ({
	id: `${name}-id`,
	name,
	type: 'n8n-nodes-opsdesk.dockerControl',
	typeVersion: 1,
	position: [column * 220, 0] as [number, number],
	parameters: { resource: 'container', ...parameters },
	credentials: { dockerApi },
});

const sampleWorkflow = (dockerApi: CredentialReference): WorkflowJson => ({
	name: 'Look after containers',
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
		node(
			'Find containers',
			1,
			{
				operation: 'getMany',
				returnAll: true,
				simplify: true,
				filters: { health: ['healthy', 'starting'], states: ['running'] },
			},
			dockerApi,
		),
		node(
			'Restart container',
			2,
			{ operation: 'restart', container: { __rl: true, mode: 'id', value: '={{ $json.id }}' } },
			dockerApi,
		),
		node(
			'Read its log',
			3,
			{
				operation: 'getLogs',
				container: { __rl: true, mode: 'list', value: 'shop-web', cachedResultName: 'shop-web' },
			},
			dockerApi,
		),
	],
	connections: {
		'When clicking Execute': { main: [[{ node: 'Find containers', type: 'main', index: 0 }]] },
		'Find containers': { main: [[{ node: 'Restart container', type: 'main', index: 0 }]] },
		'Restart container': { main: [[{ node: 'Read its log', type: 'main', index: 0 }]] },
	},
});

beforeAll(async () => {
	scope = await Scope.open('e2e-editor');
	engine = await startEngine(scope);
	await loadImages(engine.docker, ['web', 'sick']);
	for (const [name, image] of [
		['shop-web', 'web'],
		['shop-worker', 'sick'],
		['database', 'sick'],
	] as const) {
		const container = await engine.docker.createContainer({ name, Image: imageTag(image) });
		await container.start();
	}
	const credential = await n8n.createCredential('Docker on this server', 'dockerApi', {
		connectionType: 'socket',
		socketPath: engine.socketPath,
		accessLevel: 'control',
		allowedContainers: 'shop-*',
		timeoutSeconds: 15,
	});
	workflowId = (await n8n.importWorkflow(sampleWorkflow(credential))).id;
	editor = await openEditor(scope, n8n);
});

afterAll(async () => {
	await editor?.close();
	await scope?.close();
});

test('a step run in the editor shows the containers that the credential covers', async () => {
	const { page } = editor;
	await editor.screenshot(workflowId, join(picturesOf(scope), 'canvas.png'));
	await page.locator('[data-test-id="canvas-node"]', { hasText: 'Find containers' }).dblclick();
	await page.locator('[data-test-id="node-execute-button"]').click();
	const output = page.locator('[data-test-id="output-panel"]');
	await output.getByText('shop-web').first().waitFor();
	await output.getByText('shop-worker').first().waitFor();
	expect(await output.getByText('database').count()).toBe(0);
	await output.getByText('Table', { exact: true }).click();
	await page.getByText('Node executed successfully').waitFor({ state: 'hidden' });
	await editor.picture('docker-control');
	await page.keyboard.press('Escape');
});

test('the list of containers in a parameter comes from the engine', async () => {
	const { page } = editor;
	await page.locator('[data-test-id="canvas-node"]', { hasText: 'Read its log' }).dblclick();
	await page.locator('[data-test-id="resource-locator-container"] input').last().click();
	await page.getByText(/^shop-web \(Up/).waitFor();
	expect(await page.getByText(/^database \(/).count()).toBe(0);
	await page.keyboard.press('Escape');
	await page.keyboard.press('Escape');
});

test('the credential tells in its dialogue that it works', async () => {
	const { page } = editor;
	await page.goto(`${n8n.url}/home/credentials`);
	await page.getByText('Docker on this server').first().click();
	await page.locator('[data-test-id="credential-edit-dialog"]').waitFor();
	await page
		.getByRole('button', { name: 'Retry' })
		.or(page.getByText('Connection tested successfully'))
		.first()
		.waitFor();
	expect(await page.getByText('Connection tested successfully').isVisible()).toBe(true);
	await editor.picture('credential');
});

test('nothing went wrong in the browser', () => {
	// n8n asks for a description of each output; a package need not ship one.
	expect(editor.problems.filter((problem) => !problem.includes('/schemas/'))).toEqual([]);
});
