import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { getReport, parseChecks, runChecks, statusPage, targetsOfChecks } from '../../src/check';
import { openStateFolder } from '../../src/shared';
import { openEditor, type Editor } from '../support/n8n/browser';
import { sharedN8n } from '../support/n8n/shared';
import { Scope } from '../support/scope';

/** `OPSDESK_PICTURES=docs/images` keeps the pictures of these tests for the README. */
const pictures = process.env.OPSDESK_PICTURES;

const minute = 60_000;
const day = 24 * 60 * minute;
const now = Date.UTC(2026, 9, 21, 14, 30);
const targets = targetsOfChecks(
	parseChecks([
		{ name: 'Shop: front page', type: 'http', url: 'https://shop.example.com/' },
		{ name: 'Shop: check-out', type: 'http', url: 'https://shop.example.com/cart' },
		{ name: 'Blog', type: 'http', url: 'https://blog.example.com/' },
		{ name: 'Database', type: 'postgres', host: 'db.example.com' },
		{ name: 'Mail', type: 'tcp', host: 'mail.example.com', port: 25 },
	]),
);

let scope: Scope;
let editor: Editor;
let html: string;

/** What a month has brought: [check, first day before now, how long in minutes]. */
const outages: [name: string, daysAgo: number, minutes: number][] = [
	['Blog', 19.2, 800],
	['Mail', 11.2, 800],
	['Shop: check-out', 4.3, 800],
	['Shop: check-out', 0.2, 10_000],
	['Blog', 0.02, 10_000],
];

beforeAll(async () => {
	scope = await Scope.open('e2e-status-page');
	const store = openStateFolder(scope.emptyFolder());
	const clock = jest.spyOn(Date, 'now');
	for (let at = now - 29.5 * day; at <= now; at += (now - at > day ? 720 : 60) * minute) {
		clock.mockReturnValue(at);
		await runChecks({
			...{ store, set: 'sites', targets, timeZone: 'UTC', countAsTold: true, context: { secrets: {} } },
			lookAt: ({ name }) => Promise.resolve(foundAt(name, at)),
		});
	}
	const report = await getReport(store, 'sites', { now, days: 30 });
	clock.mockRestore();
	html = await statusPage(report, { title: 'Status of our sites', timeZone: 'Europe/Berlin' });
	editor = await openEditor(scope, sharedN8n());
});

afterAll(async () => {
	await editor?.close();
	await scope?.close();
});

function foundAt(name: string, at: number) {
	const isDown = outages.some(
		([check, daysAgo, minutes]) =>
			check === name && at >= now - daysAgo * day && at < now - daysAgo * day + minutes * minute,
	);
	if (isDown)
		return {
			...{ level: 'critical' as const, reason: 'status', message: 'It answers 502 Bad Gateway.' },
			...{ latencyMs: null, details: {} },
		};
	const usual = 40 + name.length * 9;
	const latencyMs = Math.round(usual * (1 + 0.3 * Math.sin(at / (3.1 * 60 * minute))));
	return { level: 'ok' as const, reason: 'ok', message: 'It answers.', latencyMs, details: {} };
}

async function show(width: number, height: number, theme: 'light' | 'dark', name: string): Promise<void> {
	const { page } = editor;
	await page.setViewportSize({ width, height });
	await page.emulateMedia({ colorScheme: theme });
	await page.goto('about:blank');
	await page.setContent(html);
	const folder = pictures ?? scope.path('pictures');
	mkdirSync(folder, { recursive: true });
	await page.screenshot({ path: join(folder, `${name}.png`) });
}

const background = (): Promise<string> =>
	editor.page.evaluate('getComputedStyle(document.body).backgroundColor');

test('HC-23 the status page shows what is down now and what was, by day and by night', async () => {
	await show(1200, 900, 'light', 'status-page');
	const light = await background();
	const { page } = editor;
	expect(await page.locator('h1').innerText()).toBe('Status of our sites');
	const word = (name: string): Promise<string> =>
		page.locator('article', { hasText: name }).locator('strong').innerText();
	expect(await word('Shop: check-out')).toBe('Down');
	expect(await word('Blog')).toBe('Looked at again');
	expect(await word('Mail')).toBe('Up');
	await show(1200, 900, 'dark', 'status-page-dark');
	expect(await background()).not.toBe(light);
});

test('on a telephone nothing is wider than the screen', async () => {
	await show(390, 844, 'light', 'status-page-phone');
	const tooMuch = await editor.page.evaluate<number>(
		'document.documentElement.scrollWidth - document.documentElement.clientWidth',
	);
	expect(tooMuch).toBe(0);
});
