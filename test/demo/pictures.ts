import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';

import { openEditor } from '../support/n8n/browser';
import type { Scope } from '../support/scope';
import type { Demonstration } from './demonstration';

/** Draws the demo's tables and the workflow after its run for the README. */
export async function drawPictures(
	scope: Scope,
	{ desk, backUpExecutionId }: Demonstration,
	text: string,
	folder: string,
): Promise<void> {
	const target = resolve(folder);
	await mkdir(target, { recursive: true });
	const editor = await openEditor(scope, desk.client, { viewport: { width: 1600, height: 1000 } });
	try {
		const { page } = editor;
		await page.setContent(terminal(text));
		await page.locator('pre').screenshot({ path: join(target, 'demo.png') });
		// As wide as the workflow is, so that its nodes can be read.
		await page.setViewportSize({ width: 2000, height: 800 });
		await page.goto(`${desk.workflowUrl('run-site-backups')}/executions/${backUpExecutionId}`);
		await page.locator('[data-test-id="canvas-node-status-success"]').first().waitFor({ timeout: 30_000 });
		await page.waitForLoadState('networkidle');
		await page.locator('[data-test-id="zoom-to-fit"]').click();
		// The pointer would leave a tooltip in the picture, and fitting is animated.
		await page.mouse.move(1, 1);
		await page.waitForTimeout(1000);
		await page
			.locator('[data-test-id="canvas-wrapper"]')
			.screenshot({ path: join(target, 'run-site-backups.png') });
	} finally {
		await editor.close();
	}
}

const terminal = (text: string): string => `<!doctype html><meta charset="utf-8"><style>
	body { margin: 0; }
	pre {
		display: inline-block; margin: 0; padding: 24px 28px; background: #1e2430; color: #d8dee9;
		font: 15px/1.45 'DejaVu Sans Mono', 'Liberation Mono', monospace;
	}
</style><pre>$ npm run demo

${escaped(text)}</pre>`;

const escaped = (text: string): string =>
	text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
