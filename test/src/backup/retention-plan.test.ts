import { planRetention, type RetentionDecision } from '../../../src/backup/retention/plan';
import type { RetentionPoint } from '../../../src/backup/retention/point';
import type { RetentionPolicyInput } from '../../../src/shared';
import { idAt, policyOf } from './retention-stand';

const now = new Date('2026-11-20T12:00:00Z');

/** A good restore point that began at this time, with what is said besides. */
function point(startedAt: string, more: Partial<RetentionPoint> = {}): RetentionPoint {
	const instant = new Date(startedAt);
	return { id: idAt(instant), startedAtMs: instant.getTime(), state: 'good', verified: false, ...more };
}

const plan = (points: RetentionPoint[], policy: RetentionPolicyInput, at = now): RetentionDecision[] =>
	planRetention(points, policyOf(policy), at);

/** The times of those that are kept, newest first. */
const kept = (points: RetentionPoint[], policy: RetentionPolicyInput, at = now): string[] =>
	plan(points, policy, at)
		.filter(({ action }) => action === 'keep')
		.map(({ id }) => id.slice(0, 13));

const daily = (days: number, time = '02:00:00Z'): RetentionPoint[] =>
	Array.from({ length: days }, (_, day) => {
		const date = new Date(Date.UTC(2026, 10, 20 - day)).toISOString().slice(0, 10);
		return point(`${date}T${time}`);
	});

test.each<[string, RetentionPolicyInput, string[]]>([
	['keepLast', { keepLast: 2 }, ['20261120T0200', '20261119T0200']],
	['daily', { daily: 2 }, ['20261120T0200', '20261119T0200']],
	// 20 November 2026 is a Friday; the newest of the week before is that of Sunday.
	['weekly', { weekly: 2 }, ['20261120T0200', '20261115T0200']],
	['monthly', { monthly: 2 }, ['20261120T0200', '20261031T0200']],
	['yearly', { yearly: 5 }, ['20261120T0200']],
	['keepWithin', { keepWithin: '2d' }, ['20261120T0200', '20261119T0200', '20261118T0200']],
	['two rules', { keepLast: 1, monthly: 2 }, ['20261120T0200', '20261031T0200']],
	['a rule of 0 beside another', { keepLast: 1, daily: 0 }, ['20261120T0200']],
])('the rule %s keeps what restic would keep by it', (_rule, policy, expected) => {
	expect(kept(daily(40), policy)).toEqual(expected);
});

test('the newest of an hour, a day, a week, a month and a year is kept, as the reasons say', () => {
	const points = [
		point('2026-11-20T11:50:00Z'),
		point('2026-11-20T11:10:00Z'),
		point('2026-11-20T10:00:00Z'),
		point('2025-12-31T23:59:00Z'),
	];
	const policy = { hourly: 2, daily: 1, weekly: 1, monthly: 2, yearly: 2 };
	expect(plan(points, policy).map(({ action, reason }) => [action, reason])).toEqual([
		[
			'keep',
			'kept: the newest good one; hourly 2026-11-20 11h +00:00 (1 of 2); daily 2026-11-20 (1 of 1); weekly 2026-W47 (1 of 1); monthly 2026-11 (1 of 2); yearly 2026 (1 of 2)',
		],
		['drop', 'dropped: no rule keeps it (hourly 2, daily 1, weekly 1, monthly 2, yearly 2)'],
		['keep', 'kept: hourly 2026-11-20 10h +00:00 (2 of 2)'],
		['keep', 'kept: monthly 2025-12 (2 of 2); yearly 2025 (2 of 2)'],
	]);
});

test('a day is that of the time zone, and a run counts for the time it began', () => {
	const points = [
		point('2026-11-19T21:30:00Z'),
		point('2026-11-19T20:59:00Z'),
		point('2026-11-19T02:00:00Z'),
	];
	// In Moscow the first is of the 20th, the second began at 23:59 of the 19th.
	expect(kept(points, { daily: 2, timezone: 'Europe/Moscow' })).toEqual(['20261119T2130', '20261119T2059']);
	expect(kept(points, { daily: 2 })).toEqual(['20261119T2130']);
});

test('an hour that comes twice when summer time ends is two hours', () => {
	const points = [point('2026-11-01T06:30:00Z'), point('2026-11-01T05:30:00Z')];
	expect(kept(points, { hourly: 2, timezone: 'America/New_York' })).toHaveLength(2);
});

test('weeks are those of ISO 8601, also around New Year', () => {
	// 1 January 2027 is a Friday: with 28 December it lies in week 53 of 2026.
	const points = [
		point('2027-01-03T02:00:00Z'),
		point('2027-01-01T02:00:00Z'),
		point('2026-12-28T02:00:00Z'),
	];
	expect(kept(points, { weekly: 2 }, new Date('2027-01-03T12:00:00Z'))).toEqual(['20270103T0200']);
});

test('keepWithin counts from the newest backup and not from now, so that nothing is lost when backups stop', () => {
	expect(kept(daily(10), { keepWithin: '3d' }, new Date('2028-01-01T00:00:00Z'))).toHaveLength(4);
});

test('a single backup after a long pause does not take all others out of keepWithin', () => {
	const points = [
		point('2026-11-20T02:00:00Z'),
		...daily(3, '03:00:00Z').map(({ startedAtMs }) => {
			return point(new Date(startedAtMs - 365 * 86_400_000).toISOString());
		}),
	];
	expect(kept(points, { keepWithin: '14d' })).toHaveLength(4);
	expect(kept([point('2026-11-20T03:00:00Z'), ...points], { keepWithin: '14d' })).toHaveLength(2);
});

test('nothing younger than the minimum age is dropped', () => {
	const points = daily(3);
	expect(kept(points, { keepLast: 1, minimumAge: '36h' })).toEqual(['20261120T0200', '20261119T0200']);
	expect(plan(points, { keepLast: 1, minimumAge: '36h' })[1]?.reason).toBe('kept: younger than 36h');
});

test('the newest verified one is kept however old it is', () => {
	const points = daily(30).map((one, index) => ({ ...one, verified: index === 20 || index === 25 }));
	const decisions = plan(points, { keepLast: 2 });
	expect(decisions[20]).toMatchObject({ action: 'keep', reason: 'kept: the newest verified one' });
	expect(decisions.filter(({ action }) => action === 'keep')).toHaveLength(3);
});

test('a held one is kept and counts as the generation it is', () => {
	const points = daily(4).map((one, index) => (index === 1 ? { ...one, held: 'held: the audit' } : one));
	const decisions = plan(points, { keepLast: 2 });
	expect(decisions.map(({ action }) => action)).toEqual(['keep', 'keep', 'drop', 'drop']);
	expect(decisions[1]?.reason).toBe('kept: held: the audit; last 2 of 2');
});

test('what is not good is never counted, and is dropped once a newer one is good', () => {
	const states = ['damaged', 'suspicious', 'partial', 'unfinished'] as const;
	for (const state of states) {
		const bad = point('2026-11-19T03:00:00Z', { state });
		const older = [bad, point('2026-11-18T02:00:00Z')];
		expect(plan(older, { keepLast: 1 })).toMatchObject([
			{ action: 'keep', reason: expect.stringContaining('no newer one is good') as string },
			{ action: 'keep' },
		]);
		expect(plan([point('2026-11-20T02:00:00Z'), ...older], { keepLast: 2 })).toMatchObject([
			{ action: 'keep' },
			{ action: 'drop', reason: expect.stringContaining('is newer and good') as string },
			{ action: 'keep' },
		]);
		const young = plan([point('2026-11-20T02:00:00Z'), ...older], { keepLast: 1, minimumAge: '2d' });
		expect(young[1]).toMatchObject({ action: 'keep', reason: 'kept: younger than 2d' });
	}
});

test.each(['unusable', 'foreign'] as const)('one that is %s is left to a person', (state) => {
	const points = [point('2026-11-20T02:00:00Z'), point('2026-11-01T02:00:00Z', { state })];
	expect(plan(points, { keepLast: 1 })[1]).toMatchObject({ action: 'keep' });
});

test('two clocks may differ a little: one that is two minutes ahead is no future', () => {
	const points = [point('2026-11-20T12:02:00Z'), point('2026-11-20T02:00:00Z')];
	expect(kept(points, { keepLast: 1 })).toEqual(['20261120T1202']);
	const ahead = [point('2026-11-20T12:06:00Z'), point('2026-11-20T02:00:00Z')];
	expect(kept(ahead, { keepLast: 1 })).toEqual(['20261120T1206', '20261120T0200']);
});
