import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { IDataObject, WorkflowExecuteMode } from 'n8n-workflow';

import { freePort } from '../../support/free-port';
import { Scope } from '../../support/scope';
import { runCheck as run } from './run-check';

let scope: Scope;
let server: Server;
let page: string;
/** What the page answers with. */
let answer = { status: 200, body: 'Add to cart' };
let authorisation: string | undefined;

beforeAll(async () => {
	scope = await Scope.open('site-check-node');
	server = createServer((request, response) => {
		authorisation = request.headers.authorization;
		response.writeHead(answer.status).end(answer.body);
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	page = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});

afterAll(async () => {
	delete process.env['OPSDESK_STATE'];
	server.close();
	await scope.close();
});

beforeEach(() => {
	process.env['OPSDESK_STATE'] = scope.emptyFolder();
	answer = { status: 200, body: 'Add to cart' };
	authorisation = undefined;
});

const front = (more = ''): string =>
	`- {name: Front page, type: http, url: "${page}", contains: [Add to cart], alert: {failures: 1, recoveries: 1}${more}}`;
const runChecks = (checks: string | IDataObject[] = front(), more: IDataObject = {}): IDataObject => ({
	...{ operation: 'runChecks', source: 'checks', set: 'shop', checks, told: 'confirmed' },
	...more,
});

test('HC-2 HC-4 HC-7: a trouble comes out of Alerts until it is confirmed, and so does its end', async () => {
	expect((await run(runChecks())).json('Check', 0)).toMatchObject([
		{ key: 'Front page', status: 'ok', condition: 'ok', reason: 'ok', attempts: 1, held: null },
	]);
	answer = { status: 200, body: 'Fatal error' };
	const first = await run(runChecks());
	const [alert] = first.json('Check', 1);
	expect(alert).toMatchObject({ title: 'Front page fails', severity: 'critical', status: 'firing' });
	const confirm = (reached: string) =>
		run(
			{ operation: 'confirmAlert', set: 'shop', notices: '={{ $json.notices }}', reached },
			{ input: [{ json: alert ?? {} }] },
		);
	expect((await confirm('nobody')).json('Check')).toEqual([{ confirmed: 1, reached: 'nobody' }]);
	expect((await run(runChecks())).json('Check', 1)).toMatchObject([
		{ title: 'Front page fails', notices: alert?.['notices'] },
	]);
	expect((await confirm('everybody')).json('Check')).toEqual([{ confirmed: 1, reached: 'everybody' }]);
	expect((await run(runChecks())).json('Check', 1)).toEqual([]);
	answer = { status: 200, body: 'Add to cart' };
	expect((await run(runChecks())).json('Check', 1)).toMatchObject([
		{ title: 'Front page is well again', status: 'resolved' },
	]);
});

test('alerts that count as told when they are handed out come once', async () => {
	await run(runChecks());
	answer = { status: 500, body: '' };
	const handedOut = runChecks(front(), { told: 'handedOut' });
	const titles = async () =>
		(await run(handedOut, { mode: 'trigger' })).json('Check', 1).map(({ title }) => title);
	expect([await titles(), await titles()]).toEqual([['Front page fails'], []]);
	answer = { status: 200, body: 'Add to cart' };
	expect([await titles(), await titles()]).toEqual([['Front page is well again'], []]);
});

test('HC-7 a run by hand in the editor keeps no alert from the others', async () => {
	await run(runChecks());
	answer = { status: 500, body: '' };
	const handedOut = runChecks(front(), { told: 'handedOut' });
	const titles = async (mode: WorkflowExecuteMode) =>
		(await run(handedOut, { mode })).json('Check', 1).map(({ title }) => title);
	expect(await titles('manual')).toEqual(['Front page fails']);
	// Nobody has confirmed it for minutes.
	const later = Date.now() + 5 * 60_000;
	const clock = jest.spyOn(Date, 'now').mockImplementation(() => later);
	expect(await titles('trigger')).toEqual(['Front page fails']);
	expect(await titles('trigger')).toEqual([]);
	clock.mockRestore();
});

test('checks come from a site definition too, with the name of the site', async () => {
	const definition = {
		name: 'shop',
		owner: 'web@example.com',
		checks: [{ name: 'Page', type: 'http', url: page }],
	};
	const done = await run({ ...runChecks(), source: 'definition', definition: JSON.stringify(definition) });
	expect(done.json('Check', 0)).toMatchObject([
		{ key: 'shop/Page', site: 'shop', name: 'Page', type: 'http' },
	]);
});

test('times in messages are those of the zone that is given', async () => {
	answer = { status: 500, body: '' };
	const zone = (timeZone: string) => runChecks(front(), { set: 'zone', options: { timeZone } });
	const [alert] = (await run(zone('Asia/Kolkata'))).json('Check', 1);
	expect(alert?.['message']).toMatch(/Since .* GMT\+5:30\.$/);
	expect((await run(zone('Europe/Moskow'))).error?.message).toBe(
		'"Time Zone" is no time zone: Europe/Moskow.',
	);
});

test('what is known is given as data, as a page and as figures', async () => {
	await run(runChecks());
	const report = await run({ operation: 'getReport', set: 'shop', page: true, title: 'Our <sites>' });
	const [json] = report.json('Check');
	expect(json).toMatchObject({
		set: 'shop',
		status: 'ok',
		counts: { ok: 1 },
		checks: [{ key: 'Front page' }],
	});
	expect(json?.['html']).toMatch(/^<!doctype html>[^]*<h1>Our &lt;sites&gt;<\/h1>/);
	const metrics = await run({ operation: 'getMetrics', set: 'shop' });
	expect(metrics.json('Check')[0]?.['metrics']).toContain(
		'opsdesk_check_up{set="shop",site="",check="Front page",type="http"} 1',
	);
});

test('HC-31: a trouble is acknowledged, a check silenced, and both taken back', async () => {
	answer = { status: 500, body: '' };
	await run(runChecks());
	const said = { set: 'shop', check: 'Front*', by: 'Ada' };
	const marked = [{ key: 'Front page', condition: 'critical', changed: true }];
	expect((await run({ operation: 'acknowledge', ...said })).json('Check')).toMatchObject(marked);
	const until = '2036-01-01T00:00:00Z';
	expect((await run({ operation: 'silence', ...said, options: { until } })).json('Check')).toMatchObject([
		{ ...marked[0], until: '2036-01-01T00:00:00.000Z' },
	]);
	expect((await run(runChecks())).json('Check', 0)).toMatchObject([{ held: 'silenced', acknowledged: true }]);
	expect((await run({ operation: 'withdraw', ...said })).json('Check')).toMatchObject(marked);
	expect((await run(runChecks())).json('Check', 0)).toMatchObject([{ held: null, acknowledged: false }]);
	const wrong = await run({ operation: 'silence', ...said, options: { until: 'soon' } });
	expect(wrong.error?.message).toContain('"Until" is not a date and time');
});

test('one target is looked at without a list, and nothing is remembered of it', async () => {
	const found = await run({
		...{ operation: 'checkTarget', type: 'http', url: page },
		webOptions: { contains: 'Add to cart', status: '200-204, 301', slowAbove: 5000 },
	});
	expect(found.json('Check')).toMatchObject([{ type: 'http', status: 'ok', reason: 'ok' }]);
	expect(found.json('Check')[0]).not.toHaveProperty('condition');
	const port = await freePort();
	const closed = await run({ operation: 'checkTarget', type: 'tcp', host: '127.0.0.1', port });
	expect(closed.json('Check')).toMatchObject([{ type: 'tcp', status: 'critical', reason: 'refused' }]);
	const report = await run({ operation: 'getReport', set: 'other' });
	expect(report.json('Check')).toMatchObject([{ status: 'unknown', checks: [] }]);
});

test('HC-28: the header of the credential goes to checks that ask for it, and stands in no item', async () => {
	const credentials = { httpHeaderAuth: { name: 'Authorization', value: 'Bearer very-secret' } };
	await run(runChecks(), { credentials });
	expect(authorisation).toBeUndefined();
	const done = await run(runChecks(front(', authenticated: true')), { credentials });
	expect(authorisation).toBe('Bearer very-secret');
	expect(JSON.stringify(done.raw.data.resultData.runData)).not.toContain('very-secret');
});

const tcp = [{ name: 'x', type: 'tcp', host: '127.0.0.1', port: 1 }];

test.each([
	['no YAML', runChecks('- {name: x'), 'The list of checks'],
	['a wrong field', runChecks([{ name: 'x', type: 'tcp', host: 'a', port: 0 }]), '0.port'],
	['an empty list', runChecks([]), 'is empty'],
	['a name of a set that is none', runChecks(tcp, { set: '../x' }), 'is not the name of a set'],
	[
		'a window that is none',
		runChecks(tcp, { options: { maintenanceWindows: '[{"from": "9"}]' } }),
		'"Maintenance Windows"',
	],
	['a run without time', runChecks(tcp, { options: { longestRunSeconds: 0 } }), '"Longest Run"'],
	['too much at the same time', runChecks(tcp, { options: { concurrency: 100_000 } }), '"At the Same Time"'],
	[
		'notices that are none',
		{ operation: 'confirmAlert', set: 'shop', notices: 'x', reached: 'everybody' },
		'"Notices"',
	],
])('HC-29: %s is an error that names the field', async (_, parameters, message) => {
	const done = await run(parameters);
	expect(done.status).toBe('error');
	expect(done.error?.message).toContain(message);
});

test('HC-1: several items are one run: the same check is made once, and results are paired with their items', async () => {
	answer = { status: 500, body: '' };
	const input = [1, 2, 3].map(() => ({ json: {} }));
	const check = front().replace('failures: 1', 'failures: 3');
	const done = await run(runChecks(check), { input });
	expect(done.output('Check')[0]).toMatchObject([
		{
			json: { key: 'Front page', status: 'critical', condition: 'ok' },
			pairedItem: [{ item: 0 }, { item: 1 }, { item: 2 }],
		},
	]);
	expect(done.json('Check', 1)).toEqual([]);
	const sites = ['shop', 'blog'].map((name) => ({
		json: { name, checks: [{ name: 'Page', type: 'http', url: page, alert: { failures: 1 } }] },
	}));
	const each = await run(runChecks('', { source: 'definition', definition: '={{ $json }}', set: 'sites' }), {
		input: sites,
	});
	expect(
		each
			.output('Check')
			.map((items) => items.map(({ json, pairedItem }) => [json['key'] ?? json['title'], pairedItem])),
	).toEqual([
		[
			['shop/Page', [{ item: 0 }]],
			['blog/Page', [{ item: 1 }]],
		],
		[
			['shop/Page fails', [{ item: 0 }]],
			['blog/Page fails', [{ item: 1 }]],
		],
	]);
	const different = [front(), front(', timeoutSeconds: 5')].map((checks) => ({ json: { checks } }));
	expect((await run(runChecks('={{ $json.checks }}'), { input: different })).error?.message).toContain(
		'two different checks called "Front page"',
	);
});

test('with "continue on fail" a bad item becomes an item with its error, and the others are checked', async () => {
	const input = [front(), '- {name: x', front()].map((checks) => ({ json: { checks } }));
	const done = await run(runChecks('={{ $json.checks }}'), {
		input,
		extra: { onError: 'continueRegularOutput' },
	});
	const items = done.output('Check')[0] ?? [];
	expect(items.map(({ json, pairedItem }) => [json['status'] ?? 'error', pairedItem])).toEqual([
		['error', { item: 1 }],
		['ok', [{ item: 0 }, { item: 2 }]],
	]);
});

test('HC-20: where nothing can be remembered, what fails is told all the same, with what to do', async () => {
	const folder = scope.emptyFolder();
	process.env['OPSDESK_STATE'] = folder;
	mkdirSync(join(folder, 'checks', 'shop'), { recursive: true });
	writeFileSync(join(folder, 'checks', 'shop', 'memory.1.json'), '{"format":');
	answer = { status: 500, body: '' };
	const done = await run(runChecks());
	expect(done.json('Check', 0)).toMatchObject([{ status: 'critical', condition: null }]);
	const [alert, trouble] = done.json('Check', 1);
	expect(trouble).toMatchObject({ title: 'Front page fails', notices: [] });
	expect(alert).toMatchObject({
		title: 'Checks cannot remember what they have found',
		dedupeKey: 'checks:shop:memory',
		notices: [],
	});
	expect(alert?.['message']).toContain('memory.1.json');
	expect((await run(runChecks())).json('Check', 1)).toEqual([]);
});
