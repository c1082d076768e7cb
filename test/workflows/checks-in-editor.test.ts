import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { loadWorkflows } from '../../src/workflows';
import { openEditor, type Editor } from '../support/n8n/browser';
import { countOf } from '../support/n8n/count-of';
import { sharedN8n } from '../support/n8n/shared';
import { Scope } from '../support/scope';
import { Checking } from './checking';

/** `OPSDESK_PICTURES=docs/images` keeps the pictures of these tests for the README. */
const pictures = process.env.OPSDESK_PICTURES;

let scope: Scope;
let editor: Editor;
let checking: Checking;
/** run-site-checks, and whatever uses a node that checks or reports. */
let keys: string[];

beforeAll(async () => {
	scope = await Scope.open('checks-in-editor');
	checking = await Checking.install(sharedN8n());
	const all = await loadWorkflows();
	const isOfChecks = ({ nodes }: (typeof all)[number]['workflow']): boolean =>
		nodes.some(
			({ type, parameters }) =>
				type === 'n8n-nodes-opsdesk.siteCheck' || JSON.stringify(parameters).includes('"Run site checks"'),
		);
	keys = all.filter(({ workflow }) => isOfChecks(workflow)).map(({ key }) => key);
	const { id, name } = await sharedN8n().createCredential('Whoever may ask', 'httpHeaderAuth', {
		name: 'Authorization',
		value: 'Bearer a-long-random-value',
	});
	const basic = await sharedN8n().createCredential('Whoever may answer', 'httpBasicAuth', {
		user: 'ops',
		password: 'a-long-random-value',
	});
	for (const key of keys)
		await checking.setUp(key, {}, ({ nodes }) => {
			// What n8n publishes with a credential only.
			for (const node of nodes) {
				const { authentication } = node.parameters;
				if (authentication === 'headerAuth') node.credentials = { httpHeaderAuth: { id, name } };
				if (authentication === 'basicAuth')
					node.credentials = { httpBasicAuth: { id: basic.id, name: basic.name } };
			}
		});
	editor = await openEditor(scope, sharedN8n(), { viewport: { width: 1600, height: 900 } });
}, 600_000);

afterAll(async () => {
	await editor?.close();
	await checking?.remove();
	await scope?.close();
});

test('the workflows of checks open in the editor without a warning', async () => {
	expect(keys.length).toBeGreaterThan(4);
	const folder = pictures ?? scope.path('pictures');
	mkdirSync(folder, { recursive: true });
	for (const key of keys) {
		await editor.screenshot(checking.idOf(key), join(folder, `${key}.png`));
		const { page } = editor;
		const { nodes } = checking.workflow(key);
		const wanted = nodes.filter(({ type }) => type !== 'n8n-nodes-base.stickyNote').length;
		const drawn = await countOf(page.locator('[data-test-id="canvas-node"]'), (count) => count === wanted);
		expect([key, drawn]).toEqual([key, wanted]);
		expect([key, await page.locator('[data-test-id="node-issues"]').count()]).toEqual([key, 0]);
		expect([key, await page.getByRole('alert').filter({ visible: true }).allInnerTexts()]).toEqual([key, []]);
	}
	expect(editor.problems.filter((problem) => !problem.includes('/schemas/'))).toEqual([]);
}, 900_000);
