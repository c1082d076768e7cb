import {
	checkMetrics,
	getReport,
	joinReports,
	parseChecks,
	runChecks,
	statusPage,
	targetsOfChecks,
	type Finding,
} from '../../../../src/check';
import { acknowledge, confirmAlert, silence, unmark } from '../../../../src/check';
import { FileStateStore } from '../../../../src/shared';
import { Scope } from '../../../support/scope';

let scope: Scope;
beforeAll(async () => {
	scope = await Scope.open('check-report');
});
afterAll(() => scope.close());

const host = (name: string, more: object = {}) => ({
	type: 'tcp',
	name,
	host: 'shop.example.com',
	port: 443,
	...more,
});
const targets = targetsOfChecks(
	parseChecks([host('Front <b>page</b>', { alert: { failures: 1 } }), host('Blog'), host('Mail')]),
);

/** What is found stands for the network. */
async function run(store: FileStateStore, found: Record<string, Partial<Finding>> = {}, listed = targets) {
	return await runChecks({
		...{ store, set: 'shop', targets: listed, timeZone: 'Europe/Berlin', context: { secrets: {} } },
		lookAt: (check) => {
			const well = { level: 'ok', reason: 'ok', message: 'It answers.', latencyMs: 12, details: {} } as const;
			return Promise.resolve({ ...well, ...found[check.name] });
		},
	});
}

const down = {
	level: 'critical',
	reason: 'refused',
	message: 'Nothing <script> listens.',
	latencyMs: null,
} as const;

test('a report names troubles first, and the page escapes what targets are called and say', async () => {
	const store = new FileStateStore(scope.path('named'));
	await run(store, { 'Front <b>page</b>': down });
	const { alerts } = await run(store, { 'Front <b>page</b>': down, Mail: down });
	expect(alerts).toEqual([]);
	const report = await getReport(store, 'shop');
	expect(report).toMatchObject({
		...{ status: 'critical', outdated: false, days: 30 },
		counts: { ok: 2, warning: 0, critical: 1, unknown: 0 },
	});
	expect(report.checks.map(({ key, status, pending }) => [key, status, pending])).toEqual([
		['Front <b>page</b>', 'critical', false],
		['Blog', 'ok', false],
		['Mail', 'ok', true],
	]);
	expect(report.checks[1]).toMatchObject({ latencyMs: 12, period: { checks: 2, failures: 0 } });
	expect(report.checks[1]?.daily).toHaveLength(30);
	expect(report.checks[1]?.hours).toHaveLength(24);
	const page = await statusPage(report, { title: 'Shop & more', timeZone: 'Europe/Berlin' });
	expect(page).toContain('<h1>Shop &amp; more</h1>');
	expect(page).toContain('1 check fails');
	expect(page).toContain('Nothing &lt;script&gt; listens.');
	expect(page).not.toMatch(/<b>page|Nothing <script|<script|https?:\/\/(?!www\.w3\.org)/);
	expect(page.match(/<svg/g)).toHaveLength(5);
});

test('what was not checked for a while is unknown and never up', async () => {
	const store = new FileStateStore(scope.path('outdated'));
	expect(await getReport(store, 'shop')).toMatchObject({
		status: 'unknown',
		outdated: true,
		checks: [],
		checkedAt: null,
	});
	await run(store);
	const later = await getReport(store, 'shop', { now: Date.now() + 16 * 60_000 });
	expect(later).toMatchObject({ status: 'unknown', outdated: true, counts: { ok: 0, unknown: 3 } });
	expect(await statusPage(later, { title: 'Shop', timeZone: 'UTC' })).toContain(
		'nothing here can be relied on',
	);
});

test('what is no longer checked counts for nothing, is shown last, and has no figures', async () => {
	const store = new FileStateStore(scope.path('unlisted'));
	await run(store, { 'Front <b>page</b>': down });
	await run(store, {}, targets.slice(1));
	const report = await getReport(store, 'shop');
	expect(report).toMatchObject({ status: 'ok', counts: { ok: 2, warning: 0, critical: 0, unknown: 0 } });
	expect(report.checks.map(({ key, status, reason, listed }) => [key, status, reason, listed])).toEqual([
		['Blog', 'ok', 'ok', true],
		['Mail', 'ok', 'ok', true],
		['Front <b>page</b>', 'unknown', 'not_listed', false],
	]);
	const samples = checkMetrics(report).flatMap((family) => family.samples);
	expect(new Set(samples.map(({ labels }) => labels.check))).toEqual(new Set(['Blog', 'Mail']));
	await run(store);
	expect((await getReport(store, 'shop')).counts).toMatchObject({ ok: 2, critical: 1 });
});

test('what depends on a check that fails is down in the history all the same, and unknown only where it was', async () => {
	const store = new FileStateStore(scope.path('parents'));
	const parents = targetsOfChecks(
		parseChecks([host('Mail'), host('Blog', { dependsOn: ['Mail'] }), host('Wiki', { dependsOn: ['Mail'] })]),
	);
	const unknown = { ...down, level: 'unknown', reason: 'engine_unreachable' } as const;
	for (let made = 0; made < 3; made += 1) {
		const { results } = await run(store, { Mail: down, Blog: down, Wiki: unknown }, parents);
		expect(results.map(({ status }) => status)).toEqual(['critical', 'unknown', 'unknown']);
	}
	const periods = (await getReport(store, 'shop')).checks.map(({ key, period }) => ({
		...{ key, failures: period.failures, uptime: period.uptimePercent },
		wasUnknown: period.unknownMs > 0,
	}));
	expect(periods).toEqual([
		{ key: 'Mail', failures: 3, uptime: 0, wasUnknown: false },
		{ key: 'Blog', failures: 3, uptime: 0, wasUnknown: false },
		{ key: 'Wiki', failures: 0, uptime: null, wasUnknown: true },
	]);
});

test('n8n can answer others after each check of a long report and of its page', async () => {
	const store = new FileStateStore(scope.path('long'));
	await run(store);
	let turns = 0;
	let isOver = false;
	const turn = (): void => {
		turns += 1;
		if (!isOver) setImmediate(turn);
	};
	turn();
	const report = await getReport(store, 'shop');
	const checks = Array.from({ length: 20 }, () => report.checks).flat();
	turns = 0;
	await statusPage({ ...report, checks }, { title: 'Shop', timeZone: 'UTC' });
	isOver = true;
	expect(turns).toBeGreaterThanOrEqual(60);
});

test('HC-7 HC-31: an alert is confirmed, acknowledged and silenced by the names that results show', async () => {
	const store = new FileStateStore(scope.path('answers'));
	const key = 'Front <b>page</b>';
	const [alert] = (await run(store, { [key]: down })).alerts;
	expect(await confirmAlert(store, 'shop', alert?.notices ?? [], 'everybody')).toBe(1);
	expect(await confirmAlert(store, 'shop', alert?.notices ?? [], 'everybody')).toBe(0);
	await expect(acknowledge(store, 'shop', { name: 'Blog', by: 'Ada' })).rejects.toThrow(
		'Nothing fails that is called "Blog".',
	);
	await expect(acknowledge(store, 'shop', { name: 'Log', by: 'Ada' })).rejects.toThrow(
		'No check of "shop" is called "Log".',
	);
	await expect(silence(store, 'shop', { name: '*', by: 'Ada', until: 5 })).rejects.toThrow(
		'"Until" is over already.',
	);
	expect(await acknowledge(store, 'shop', { name: '*', by: 'Ada', note: 'on it' })).toEqual([
		{ key, condition: 'critical', changed: true, until: null },
	]);
	expect((await silence(store, 'shop', { name: 'B*', by: 'Ada' })).map((marked) => marked.key)).toEqual([
		'Blog',
	]);
	const report = await getReport(store, 'shop');
	expect(report.checks[0]).toMatchObject({ key, acknowledged: { by: 'Ada', note: 'on it', until: null } });
	expect(await statusPage(report, { title: 'Shop', timeZone: 'UTC' })).toContain(
		'Ada takes care of it: on it.',
	);
	expect(await unmark(store, 'shop', key)).toEqual([
		{ key, condition: 'critical', changed: true, until: null },
	]);
	expect((await run(store, { [key]: down })).results[0]).toMatchObject({ acknowledged: false, held: null });
});

test('what is checked each hour is known for longer than what is checked each minute', async () => {
	const every = async (name: string, pauseMs: number): Promise<number> => {
		const store = new FileStateStore(scope.path(name));
		await run(store);
		const document = await store.get('checks/shop/memory');
		const value = document?.value as {
			targets: { record: { recent: { at: number }[]; last: { at: number } } }[];
		};
		const lastAt = value.targets[0]?.record.last.at ?? 0;
		for (const { record } of value.targets)
			record.recent = [3, 2, 1, 0].map((ago) => ({ ...record.recent[0], at: lastAt - ago * pauseMs }));
		await store.compareAndSet('checks/shop/memory', document?.version, value);
		const [check] = (await getReport(store, 'shop')).checks;
		return Date.parse(check?.validUntil ?? '') - Date.parse(check?.checkedAt ?? '');
	};
	expect(await every('minutely', 60_000)).toBe(15 * 60_000);
	expect(await every('hourly', 60 * 60_000)).toBe(150 * 60_000);
	const store = new FileStateStore(scope.path('limited'));
	await run(store);
	const [check] = (await getReport(store, 'shop', { outdatedAfterMs: 5000 })).checks;
	expect(Date.parse(check?.validUntil ?? '') - Date.parse(check?.checkedAt ?? '')).toBe(5000);
});

test('several sets are one report and one page, and one of which nothing is known is named and never well', async () => {
	const store = new FileStateStore(scope.path('joined'));
	await run(store);
	await runChecks({
		...{ store, set: 'services', timeZone: 'UTC', context: { secrets: {} } },
		targets: targetsOfChecks(parseChecks([host('Queue', { alert: { failures: 1 } })])),
		lookAt: () => Promise.resolve({ ...down, details: {} }),
	});
	const reports = [await getReport(store, 'shop'), await getReport(store, 'services')];
	const joined = joinReports(reports);
	expect(joined).toMatchObject({
		...{ set: 'shop, services', status: 'critical', outdated: false, missing: [] },
		counts: { ok: 3, critical: 1 },
	});
	expect(joined.checks.map(({ set, name }) => [set, name])[0]).toEqual(['services', 'Queue']);
	const [first] = reports;
	const gone = first?.checks.map((check) => ({ ...check, listed: false, status: 'unknown' as const })) ?? [];
	const withGone = joinReports([
		{ ...joined, checks: gone, counts: { ok: 0, warning: 0, critical: 0, unknown: 0 } },
		await getReport(store, 'services'),
	]);
	expect(withGone.counts).toEqual({ ok: 0, warning: 0, critical: 1, unknown: 0 });
	expect(withGone.checks.map(({ listed }) => listed)).toEqual([true, false, false, false]);
	const page = await statusPage(joined, { title: 'Status', timeZone: 'UTC' });
	expect(page).toMatch(/<h2>services<\/h2>[^]*Queue[^]*<h2>shop<\/h2>/);
	const [well] = reports;
	const gap = joinReports([...(well ? [well] : []), await getReport(store, 'servics')]);
	expect(gap).toMatchObject({ status: 'unknown', missing: ['servics'], counts: { ok: 3 } });
	expect(await statusPage(gap, { title: 'Status', timeZone: 'UTC' })).toContain(
		'nothing was checked yet of servics',
	);
});

test('HC-28: a page for everybody says neither what was found nor who takes care of it', async () => {
	const store = new FileStateStore(scope.path('public'));
	await run(store, { 'Front <b>page</b>': down });
	await acknowledge(store, 'shop', { name: 'Front*', by: 'Ada', note: 'calls 10.0.0.7' });
	const report = await getReport(store, 'shop');
	const options = { title: 'Status', timeZone: 'UTC' };
	const full = await statusPage(report, options);
	expect(full).toContain('Ada takes care of it: calls 10.0.0.7');
	expect(full).toContain('listens.');
	const page = await statusPage(report, { ...options, details: false });
	expect(page).toMatch(/Down[^]*Since \d{4}-/);
	expect(page).not.toMatch(/Ada|10\.0\.0\.7|listens\./);
});
