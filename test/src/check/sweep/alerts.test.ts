import { parseChecks, targetsOf, targetsOfChecks } from '../../../../src/check';
import { readCheckedSites } from '../../../../src/shared';
import { Checks } from './set';

const tcp = (name: string) => ({
	...{ name, type: 'tcp', host: 'shop.example.com', port: 443, alert: { failures: 1, recoveries: 1 } },
});
const fail = (names: string[]) => Object.fromEntries(names.map((name) => [name, 'critical' as const]));

test('many at once are one message for each owner, so that none reads of the sites of another', async () => {
	const site = (name: string, owner?: string) => ({ name, owner, checks: ['a', 'b'].map(tcp) });
	const sites = await readCheckedSites([
		...[site('one', 'ada@example.com'), site('two', 'bob@example.com')],
		...[site('three', 'ada@example.com'), site('four')],
	]);
	const targets = targetsOf({ sites });
	const checks = new Checks(targets);
	const alerts = checks.run(fail(targets.map(({ key }) => key)));
	expect(alerts.map(({ owner, details }) => [owner, details['checks']])).toEqual([
		['ada@example.com', 'one/a, one/b, three/a, three/b'],
		['bob@example.com', 'two/a, two/b'],
		[null, 'four/a, four/b'],
	]);
	expect(new Set(alerts.map(({ dedupeKey }) => dedupeKey)).size).toBe(3);
});

test('what is handed out again is the same event, and what tells of more is another one', () => {
	const names = ['a', 'b', 'c', 'd', 'e'];
	const checks = new Checks(targetsOfChecks(parseChecks(names.map(tcp))));
	const [first] = checks.run(fail(['a', 'b', 'c', 'd']), 'some');
	const [again] = checks.run(fail(['a', 'b', 'c', 'd']), 'some');
	expect(again?.eventId).toBe(first?.eventId);
	const [fewer] = checks.run(fail(['a', 'b', 'c']), 'everybody');
	expect(fewer?.eventId).not.toBe(first?.eventId);
	const [single] = checks.run(fail(['a', 'b', 'c', 'e']), 'everybody').slice(-1);
	expect(single?.eventId).toMatch(/^[0-9a-f]{32}$/);
	expect(single?.eventId).not.toBe(fewer?.eventId);
});
