import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import type { Workflow } from '../../src/workflows';
import { openEditor, type Editor } from '../support/n8n/browser';
import { countOf } from '../support/n8n/count-of';
import { sharedN8n } from '../support/n8n/shared';
import { Scope } from '../support/scope';
import { Alerting } from './alerting';
import { BackingUp, schedules, type Schedule } from './backing-up';

/** `OPSDESK_PICTURES=docs/images` keeps the pictures of these tests for the README. */
const pictures = process.env.OPSDESK_PICTURES;

const alertingKeys = ['read-settings', 'send-alert', 'handle-errors'] as const;
const scheduleKeys = Object.keys(schedules) as Schedule[];
const isAlerting = (key: string): key is (typeof alertingKeys)[number] =>
	(alertingKeys as readonly string[]).includes(key);

let scope: Scope;
let editor: Editor;
let alerting: Alerting;
let backingUp: BackingUp;

beforeAll(async () => {
	scope = await Scope.open('workflows');
	alerting = await Alerting.install(sharedN8n(), { targets: [] });
	backingUp = await BackingUp.install(sharedN8n());
	for (const key of scheduleKeys) await backingUp.setUp(key);
	editor = await openEditor(scope, sharedN8n(), { viewport: { width: 1600, height: 900 } });
});

afterAll(async () => {
	await editor?.close();
	await backingUp?.remove();
	await alerting?.remove();
	await scope?.close();
});

test.each([...alertingKeys, 'run-site-backups' as const, ...scheduleKeys])(
	'%s opens in the editor without a warning',
	async (key) => {
		const workflow: Workflow = isAlerting(key) ? alerting.workflow(key) : backingUp.workflow(key);
		const folder = pictures ?? scope.path('pictures');
		mkdirSync(folder, { recursive: true });
		await editor.screenshot(workflow.id, join(folder, `${key}.png`));
		const { page } = editor;
		const wanted = workflow.nodes.filter(({ type }) => type !== 'n8n-nodes-base.stickyNote').length;
		const drawn = await countOf(page.locator('[data-test-id="canvas-node"]'), (count) => count === wanted);
		expect(drawn).toBe(wanted);
		expect(await page.locator('[data-test-id="node-issues"]').count()).toBe(0);
		expect(await page.locator('[data-test-id="canvas-node-status-error"]').count()).toBe(0);
		expect(await page.getByRole('alert').filter({ visible: true }).allInnerTexts()).toEqual([]);
		expect(editor.problems.filter((problem) => !problem.includes('/schemas/'))).toEqual([]);
	},
);
