import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { openEditor, type Editor } from '../support/n8n/browser';
import { anyOf } from '../support/n8n/count-of';
import { sharedN8n } from '../support/n8n/shared';
import { Scope } from '../support/scope';

const n8n = sharedN8n();
let scope: Scope;
let editor: Editor;
let workflowId: string;
let source: string;
let backups: string;

beforeAll(async () => {
	scope = await Scope.open('e2e-backup');
	source = scope.path('shop-www');
	backups = scope.path('backups');
	mkdirSync(source);
	mkdirSync(backups);
	writeFileSync(join(source, 'index.html'), '<h1>Shop</h1>');
	const step = (name: string, column: number, parameters: object) => ({
		id: `${name}-id`,
		name,
		type: 'n8n-nodes-opsdesk.siteBackup',
		typeVersion: 1,
		position: [column * 220, 0] as [number, number],
		parameters: { ...parameters, ...site },
	});
	const site = {
		siteSource: 'fields',
		name: 'shop',
		directories: { directory: [{ name: 'www', path: source, via: 'n8n', include: '', exclude: '*.log' }] },
		destinations: { destination: [{ name: 'local', type: 'directory', path: backups }] },
	};
	const to = (node: string) => ({ main: [[{ node, type: 'main', index: 0 }]] });
	const workflow = await n8n.importWorkflow({
		name: 'Back up and restore the shop',
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
			step('Back up the shop', 1, { operation: 'backUp' }),
			step('Prove that it is whole', 2, { operation: 'verify', restorePoint: '={{ $json.id }}' }),
			step('Restore it', 3, { operation: 'restore', options: { overwrite: true } }),
		],
		connections: {
			'When clicking Execute': to('Back up the shop'),
			'Back up the shop': to('Prove that it is whole'),
			'Prove that it is whole': to('Restore it'),
		},
	});
	workflowId = workflow.id;
	editor = await openEditor(scope, n8n);
});

afterAll(async () => {
	await editor?.close();
	await n8n.deleteWorkflow(workflowId);
	await scope?.close();
});

test('a step run in the editor backs the site up and shows what was stored', async () => {
	const { page } = editor;
	await editor.openWorkflow(workflowId);
	await editor.openNode('Back up the shop');
	await page.locator('[data-test-id="node-execute-button"]').click();
	const output = page.locator('[data-test-id="output-panel"]');
	await output
		.getByText(/Backed up 1 artefact/)
		.first()
		.waitFor();
	expect(readdirSync(join(backups, 'shop'))).toHaveLength(1);
	await page.getByText('Node executed successfully').waitFor({ state: 'hidden' });
	await editor.picture('site-backup');
	await page.keyboard.press('Escape');
});

test('the fields fit the chosen operation, and no credential is asked for where none is needed', async () => {
	const { page } = editor;
	const parameters = page.locator('[data-test-id="node-parameters"]');
	await editor.openNode('Prove that it is whole');
	expect(await anyOf(parameters.getByText('Restore Point', { exact: true }))).toBe(1);
	expect(await parameters.getByText('Artefacts', { exact: true }).count()).toBe(0);
	await page.keyboard.press('Escape');
	await editor.openNode('Restore it');
	expect(await anyOf(parameters.getByText('Artefacts', { exact: true }))).toBe(1);
	// A switch for models only.
	expect(await parameters.getByText('Allow Destructive Operations').count()).toBe(0);
	await page.keyboard.press('Escape');
	expect(await page.locator('[data-test-id="node-issues"]').count()).toBe(0);
});

test('run as a whole, the workflow restores what it has backed up and keeps beside it what was there', async () => {
	expect((await n8n.run(workflowId)).status).toBe('success');
	expect(readFileSync(join(source, 'index.html'), 'utf8')).toBe('<h1>Shop</h1>');
	const kept = readdirSync(scope.folder).filter((name) => name.startsWith('shop-www.before-'));
	expect(kept.map((name) => readdirSync(scope.path(name)))).toEqual([['index.html']]);
});

test('nothing went wrong in the browser', () => {
	// n8n asks for a description of each output; a package need not ship one.
	expect(editor.problems.filter((problem) => !problem.includes('/schemas/'))).toEqual([]);
});
