import { parseChecks, targetsOf, targetsOfChecks } from '../../../../src/check/sweep/targets';
import { readCheckedSites } from '../../../../src/shared';
import { Checks, minute } from './set';

const tcp = (name: string, more: object = {}) => ({
	...{ type: 'tcp', name, host: 'shop.example.com', port: 443 },
	...more,
});
const checksOf = (...list: object[]): Checks => new Checks(targetsOfChecks(parseChecks(list)));
const page = (more: object = {}): object => tcp('Page', { dependsOn: ['Database'], ...more });
const both = { Page: 'critical', Database: 'critical' } as const;

function say(checks: Checks, key: string, field: 'silenced' | 'acknowledged'): void {
	const kept = checks.memory.get(key);
	if (!kept) throw new Error(`Nothing is remembered of ${key}.`);
	const word = { by: 'Ada', at: checks.now, until: null, note: '' };
	checks.memory = new Map([...checks.memory, [key, { ...kept, record: { ...kept.record, [field]: word } }]]);
}

test('HC-16: what is worse than a parent that is slow to be told is told by itself, as soon as otherwise', () => {
	const slow = tcp('Database', { severity: 'warning', alert: { for: '1h' } });
	const checks = checksOf(page(), slow);
	checks.run();
	checks.runs(3, both);
	expect(checks.told).toMatchObject([{ title: 'Page fails', severity: 'critical' }]);
	checks.runs(60, both);
	expect(checks.titles).toEqual(['Page fails', 'Database needs attention']);
	checks.runs(5);
	expect(checks.titles.slice(2)).toEqual(['Page is well again', 'Database is well again']);
});

test('HC-16: what is as bad as its parent, and the parent far from its threshold, is told by itself', () => {
	for (const alert of [{ for: '1h' }, { failures: 30 }]) {
		const checks = checksOf(page(), tcp('Database', { alert }));
		checks.runs(20, both);
		expect(checks.titles).toEqual(['Page fails']);
	}
});

test.each([
	['with the same thresholds', {}, {}],
	['told at once', { failures: 1 }, {}],
	['told a little earlier', {}, { failures: 5 }],
	['told at once, the parent after five minutes', { failures: 1 }, { for: '5min' }],
	['told by its share of failures', { failures: 2, outOf: 10 }, {}],
])('HC-16: one outage is one alert where what depends on it is %s', (_, child, parent) => {
	const checks = checksOf(page({ alert: child }), tcp('Database', { alert: parent }));
	checks.run();
	checks.runs(20, both);
	checks.runs(5);
	expect(checks.titles).toEqual(['Database fails', 'Database is well again']);
});

test('HC-16: so it is where the parent was seen to be well just before it failed', () => {
	const checks = checksOf(page(), tcp('Database'));
	checks.run({ Page: 'critical' });
	checks.runs(20, both);
	checks.run({ Database: 'critical' });
	checks.runs(5);
	expect(checks.titles).toEqual(['Database fails', 'Database is well again']);
});

test('HC-16: a parent that is silenced hides nothing, unless people were told of it before', () => {
	const checks = checksOf(page(), tcp('Wiki', { dependsOn: ['Page'] }), tcp('Database'));
	checks.run();
	say(checks, 'Database', 'silenced');
	checks.runs(20, { ...both, Wiki: 'critical' });
	expect(checks.titles).toEqual(['Page fails']);
	const told = checksOf(page(), tcp('Database'));
	told.runs(5, both);
	say(told, 'Database', 'silenced');
	told.runs(20, both);
	expect(told.titles).toEqual(['Database fails']);
});

test('HC-16: a second outage of a parent that was silenced in the first one hides nothing', () => {
	const checks = checksOf(page(), tcp('Database'));
	checks.runs(5, both);
	say(checks, 'Database', 'silenced');
	checks.runs(5);
	checks.runs(5, both);
	expect(checks.titles).toEqual(['Database fails', 'Page fails']);
});

test('HC-31: a parent that somebody takes care of holds what depends on it', () => {
	const checks = checksOf(page(), tcp('Database'));
	checks.runs(5, both);
	say(checks, 'Database', 'acknowledged');
	checks.runs(500, both);
	expect(checks.titles).toEqual(['Database fails']);
});

test('HC-9: a parent that is in maintenance by itself hides nothing', async () => {
	const sites = await readCheckedSites([
		{ name: 'shop', checks: [tcp('Page', { dependsOn: ['base/Database'] })] },
		{ name: 'base', maintenance: [{ from: '12:00', to: '13:00' }], checks: [tcp('Database')] },
	]);
	const checks = new Checks(targetsOf({ sites }));
	checks.runs(20, { 'shop/Page': 'critical', 'base/Database': 'critical' });
	expect(checks.titles).toEqual(['shop/Page fails']);
});

test('HC-16: what cannot be looked at because of a parent is never told, even where that one is silenced', () => {
	const checks = checksOf({ type: 'container', name: 'web', container: 'web' });
	checks.run();
	say(checks, 'Container engine', 'silenced');
	checks.runs(60, { 'Container engine': 'critical', web: ['unknown', 'engine_unreachable'] });
	expect(checks.titles).toEqual([]);
	expect(checks.now).toBeGreaterThan(60 * minute);
});
