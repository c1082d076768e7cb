import { parseChecks, targetsOf, targetsOfChecks } from '../../../../src/check/sweep/targets';
import { readCheckedSites, type MaintenanceWindow } from '../../../../src/shared';
import { Checks, minute, start } from './set';

const tcp = (name: string, more: object = {}) => ({
	type: 'tcp',
	name,
	host: 'shop.example.com',
	port: 443,
	...more,
});
const checksOf = (list: object[], windows: MaintenanceWindow[] = []): Checks =>
	new Checks(targetsOfChecks(parseChecks(list), windows));
const all = <Value>(names: readonly string[], value: Value): Record<string, Value> =>
	Object.fromEntries(names.map((name) => [name, value]));

test('HC-2: a trouble and its end are told in words, with the true times', () => {
	const checks = checksOf([tcp('Shop')]);
	checks.run();
	checks.runs(5, { Shop: 'critical' });
	checks.runs(5);
	expect(checks.told).toMatchObject([
		{
			title: 'Shop fails',
			message: 'The connection was refused. Since 2026-01-01 12:02 UTC (2 min 0 s).',
			...{ severity: 'critical', status: 'firing', dedupeKey: 'check:shop:Shop', repeat: true },
			startedAt: '2026-01-01T12:02:00.000Z',
		},
		{
			title: 'Shop is well again',
			message: 'It answers. It lasted 5 min 0 s, from 2026-01-01 12:02 UTC to 2026-01-01 12:07 UTC.',
			...{ severity: 'critical', status: 'resolved', dedupeKey: 'check:shop:Shop' },
		},
	]);
});

test('HC-16: while the container engine is away there is one alert, and its containers are unknown; so with its return', () => {
	const names = Array.from({ length: 20 }, (_, index) => `web-${index}`);
	const checks = checksOf(names.map((name) => ({ type: 'container', name, container: name })));
	const away = all(names, ['unknown', 'engine_unreachable'] as ['unknown', string]);
	checks.run();
	checks.runs(30, { ...away, 'Container engine': 'critical' });
	expect(checks.titles).toEqual(['Container engine fails']);
	const [first] = names;
	expect(checks.memory.get(first ?? '')?.record.last).toMatchObject({
		level: 'unknown',
		reason: 'parent_failing',
	});
	checks.runs(30);
	expect(checks.titles).toEqual(['Container engine fails', 'Container engine is well again']);
});

test('HC-16: what depends on a check that fails is told of after that, when it fails still', () => {
	const checks = checksOf([
		tcp('Page', { dependsOn: ['Database'], alert: { failures: 1 } }),
		tcp('Database'),
	]);
	checks.run();
	checks.runs(10, { Page: 'critical', Database: 'critical' });
	expect(checks.titles).toEqual(['Database fails']);
	checks.runs(2, { Page: 'critical' });
	expect(checks.titles).toEqual(['Database fails', 'Database is well again', 'Page fails']);
});

test('what depends on what cannot be looked at is unknown too, over several steps', () => {
	const checks = checksOf([tcp('A'), tcp('B', { dependsOn: ['A'] }), tcp('C', { dependsOn: ['B'] })]);
	checks.runs(5, all(['A', 'B', 'C'], 'critical'));
	expect(checks.titles).toEqual(['A fails']);
	expect(checks.memory.get('C')?.record.last.message).toBe('"B" fails, on which this depends.');
});

test('HC-25: a thousand targets that fail at once are one message, and their ends are one', () => {
	const names = Array.from({ length: 1000 }, (_, index) => `site-${index}`);
	const checks = checksOf(names.map((name) => tcp(name)));
	checks.run();
	checks.runs(10, all(names, 'critical'));
	expect(checks.titles).toEqual(['1000 checks fail']);
	expect(checks.told[0]?.message.split('\n')).toHaveLength(22);
	expect(checks.told[0]?.message).toContain('And 980 more.');
	checks.runs(5);
	expect(checks.titles).toEqual(['1000 checks fail', '1000 checks are well again']);
	const keys = new Set(checks.told.map(({ dedupeKey }) => dedupeKey));
	expect(keys.size).toBe(1);
});

test('HC-25: when a part of what was told together is well again, the rest is named, and only the last end is the end', () => {
	const names = ['a', 'b', 'c', 'd'];
	const checks = checksOf(names.map((name) => tcp(name)));
	checks.runs(3, all(names, 'critical'));
	checks.runs(3, all(['c', 'd'], 'critical'));
	checks.runs(3);
	expect(checks.told.map(({ title, status, severity }) => `${title}: ${status}, ${severity}`)).toEqual([
		'4 checks fail: firing, critical',
		'2 checks still fail: firing, critical',
		'2 checks are well again: resolved, critical',
	]);
	expect(checks.told[1]?.message).toContain('Well again: a, b.\nStill failing: c, d.');
});

test('HC-9: the engine that others depend on is in maintenance while all of them are', () => {
	const container = (name: string) => ({ type: 'container', name, container: name });
	const windows = [{ from: '12:00', to: '13:00' }];
	const away = { 'Container engine': 'critical', web: ['unknown', 'engine_unreachable'] } as const;
	const quiet = checksOf([container('web')], windows);
	quiet.runs(10, { ...away, web: ['unknown', 'engine_unreachable'] });
	expect(quiet.titles).toEqual([]);
	const loud = checksOf([container('web')]);
	loud.runs(10, { ...away, web: ['unknown', 'engine_unreachable'] });
	expect(loud.titles).toEqual(['Container engine fails']);
});

test('a target that is no more than a warning is down all the same: it holds what is no worse, and counts as down', () => {
	const checks = checksOf([
		tcp('A', { severity: 'warning' }),
		tcp('B', { severity: 'warning', dependsOn: ['A'] }),
	]);
	checks.run();
	checks.runs(10, { A: 'critical', B: 'critical' });
	expect(checks.titles).toEqual(['A needs attention']);
	expect(checks.memory.get('A')?.record.last).toMatchObject({ level: 'warning', found: 'critical' });
});

test('a trouble that is told again after a lucky answer says what is wrong, and not that it is well', () => {
	const checks = checksOf([tcp('Shop', { alert: { failures: 1 } })]);
	checks.run({ Shop: 'critical' }, 'nobody');
	const [again] = checks.run({}, 'everybody');
	expect(again?.message).toMatch(/^The connection was refused\./);
});

test('HC-7: what did not reach everybody is told again in the same message, after what nobody has heard of yet', () => {
	const names = ['a', 'b', 'c', 'd', 'e'];
	const checks = checksOf(names.map((name) => tcp(name, { alert: { failures: 1 } })));
	const [first] = checks.run(all(['a', 'b', 'c', 'd'], 'critical'), 'some');
	const again = checks.run(all(names, 'critical'), 'everybody');
	expect(again.map(({ dedupeKey }) => dedupeKey)).toEqual(['check:shop:e', first?.dedupeKey]);
	expect(again.map(({ repeat }) => repeat)).toEqual([true, false]);
});

test('HC-9: in a maintenance window of its zone nobody is told, to the minute, and afterwards with the true beginning', () => {
	const windows = [{ from: '14:00', to: '14:10', timeZone: 'Europe/Berlin' }];
	const checks = checksOf([tcp('Shop', { alert: { failures: 1 } })], windows);
	checks.now = start + 59 * minute;
	checks.runs(10, { Shop: 'critical' });
	expect(checks.now).toBe(start + 69 * minute);
	expect(checks.titles).toEqual([]);
	checks.run({ Shop: 'critical' });
	expect(checks.told).toMatchObject([{ title: 'Shop fails', startedAt: '2026-01-01T13:00:00.000Z' }]);
});

test.each([
	// The clock strikes three at once: there is no such hour on that night, and its work is done in the next one.
	['the minute before the hour that is left out', '2026-03-29T00:59:00Z', true],
	['the minute after the hour that is left out', '2026-03-29T01:00:00Z', false],
	['an hour after the one that is left out', '2026-03-29T02:00:00Z', true],
	['the hour that comes twice, the first time', '2026-10-25T00:59:00Z', false],
	['the hour that comes twice, the second time', '2026-10-25T01:59:00Z', false],
	['the minute after it came twice', '2026-10-25T02:00:00Z', true],
])('HC-9: a window from 02:00 to 03:00 in Berlin and %s', (_, at, isTold) => {
	const windows = [{ from: '02:00', to: '03:00', timeZone: 'Europe/Berlin' }];
	const checks = checksOf([tcp('Shop', { alert: { failures: 1 } })], windows);
	checks.now = Date.parse(at) - minute;
	expect(checks.run({ Shop: 'critical' })).toHaveLength(isTold ? 1 : 0);
});

test('HC-31: silenced checks are looked at and not told of, and shown as silenced', () => {
	const checks = checksOf([tcp('Shop', { alert: { failures: 1 } })]);
	checks.run();
	const kept = checks.memory.get('Shop');
	if (!kept) throw new Error('Nothing is remembered.');
	const silenced = { by: 'Ada', at: checks.now, until: checks.now + 5 * minute, note: 'moving house' };
	checks.memory = new Map([['Shop', { ...kept, record: { ...kept.record, silenced } }]]);
	checks.runs(4, { Shop: 'critical' });
	expect(checks.titles).toEqual([]);
	checks.run({ Shop: 'critical' });
	expect(checks.titles).toEqual(['Shop fails']);
});

test('a check that is no more than a warning never says worse', () => {
	const checks = checksOf([tcp('Shop', { severity: 'warning' })]);
	checks.runs(3, { Shop: 'critical' });
	expect(checks.told).toMatchObject([{ title: 'Shop needs attention', severity: 'warning' }]);
});

test('HC-29: checks of sites are known by the site, and may depend on those of other sites', async () => {
	const sites = await readCheckedSites([
		{
			name: 'shop',
			owner: 'web@example.com',
			checks: [tcp('Page', { dependsOn: ['Proxy', 'base/Proxy'] }), tcp('Proxy')],
		},
		{ name: 'base', checks: [tcp('Proxy')] },
	]);
	const targets = targetsOf({ sites });
	expect(targets.map(({ key, owner, parents }) => [key, owner, parents])).toEqual([
		['shop/Proxy', 'web@example.com', []],
		['base/Proxy', null, []],
		['shop/Page', 'web@example.com', ['shop/Proxy', 'base/Proxy']],
	]);
});

test('what is no longer checked is forgotten after a day, and told as such where it was told as failing', () => {
	const both = targetsOfChecks(parseChecks([tcp('Shop'), tcp('Blog')]));
	const checks = new Checks(both);
	checks.runs(3, { Shop: 'critical' });
	checks.targets = both.filter(({ key }) => key === 'Blog');
	checks.runs(10);
	expect(checks.titles).toEqual(['Shop fails']);
	checks.now += 24 * 60 * minute;
	checks.runs(3);
	expect(checks.told[1]).toMatchObject({
		title: 'Shop is no longer checked',
		status: 'resolved',
		dedupeKey: 'check:shop:Shop',
	});
	expect(checks.told[1]?.message).toMatch(/^It is no longer checked\./);
	expect(checks.told).toHaveLength(2);
	expect([...checks.memory.keys()]).toEqual(['Blog']);
});

test('where alerts count as told when they are handed out, what is no longer checked is told once, and forgotten', () => {
	const both = targetsOfChecks(parseChecks([tcp('Shop'), tcp('Blog')]));
	const checks = new Checks(both, 'UTC', true);
	checks.runs(3, { Shop: 'critical' });
	checks.targets = both.filter(({ key }) => key === 'Blog');
	checks.now += 24 * 60 * minute;
	const handedOut = Array.from({ length: 200 }, () => checks.run({}, 'nobody')).flat();
	expect(handedOut.map(({ title }) => title)).toEqual(['Shop is no longer checked']);
	expect([...checks.memory.keys()]).toEqual(['Blog']);
});

test.each([
	['a port of 0', [tcp('a', { port: 0 })], '0.port'],
	['a port of 70000', [tcp('a', { port: 70_000 })], '0.port'],
	['an empty address', [{ type: 'http', name: 'a', url: '' }], '0.url'],
	['an address of a file', [{ type: 'http', name: 'a', url: 'file:///etc/passwd' }], '0.url'],
	['a time-out below zero', [tcp('a', { timeoutSeconds: -1 })], '0.timeoutSeconds'],
	[
		'a threshold that is no number',
		[{ type: 'host', name: 'a', measure: 'cpu', warning: Number.NaN }],
		'0.warning',
	],
	[
		'a warning above the failure',
		[{ type: 'host', name: 'a', measure: 'cpu', warning: 90, critical: 80 }],
		'0.warning',
	],
	[
		'no threshold at all',
		[{ type: 'host', name: 'a', measure: 'cpu' }],
		'needs "warning", "critical" or both',
	],
	['two checks of one name', [tcp('a'), tcp('a')], '1.name'],
	['a reminder of no time', [tcp('a', { alert: { reminder: '0min' } })], '0.alert.reminder'],
	['more failures than results', [tcp('a', { alert: { failures: 5, outOf: 3 } })], '0.alert.outOf'],
	['a name that nobody knows', [tcp('a', { port: 80, prot: 1 })], 'prot'],
	['a parent that does not exist', [tcp('a', { dependsOn: ['b'] })], 'depends on "b"'],
	['a circle', [tcp('a', { dependsOn: ['b'] }), tcp('b', { dependsOn: ['a'] })], 'in a circle: "a", "b"'],
	['no list', 'checks', 'has faults'],
])('HC-29: %s is refused, and the field is named', (_, list, field) => {
	expect(() => targetsOfChecks(parseChecks(list))).toThrow(field);
});

test('HC-10: a maintenance window of a site that ends before it begins, or of an unknown zone, is refused', async () => {
	const site = (window: object) => [{ name: 'shop', checks: [tcp('a')], maintenance: [window] }];
	await expect(readCheckedSites(site({ start: '2026-12-27', end: '2026-12-24' }))).rejects.toThrow(
		'maintenance',
	);
	await expect(readCheckedSites(site({ from: '01:00', to: '02:00', timeZone: 'Berlin' }))).rejects.toThrow(
		'timeZone',
	);
});
