import { statusSite } from '../../../src/backup';
import { checkExpectation, dueTimes } from '../../../src/backup/catalogue/expectation';
import { siteSchema, type BackupExpectation } from '../../../src/shared';
import { Scope } from '../../support/scope';
import { dayMs, hourMs, idAt, storePoint } from './retention-stand';
import { listTree, siteOf } from './stand';

const at = (times: string[], timezone: string, more: Partial<BackupExpectation> = {}): BackupExpectation => ({
	at: times,
	timezone,
	grace: '2h',
	...more,
});

const instants = (expectation: BackupExpectation, from: string, to: string): string[] => {
	const [fromMs, toMs] = [Date.parse(from), Date.parse(to)];
	return dueTimes(expectation, fromMs)
		.filter((due) => due >= fromMs && due < toMs)
		.map((due) => new Date(due).toISOString().slice(0, 16));
};

test.each<[string, BackupExpectation, string, string, string[]]>([
	[
		'New York in spring, when 02:00 does not exist',
		at(['02:00'], 'America/New_York'),
		'2026-03-07T05:00:00Z',
		'2026-03-10T04:00:00Z',
		['2026-03-07T07:00', '2026-03-08T07:00', '2026-03-09T06:00'],
	],
	[
		'New York in autumn, when 01:30 comes twice',
		at(['01:30'], 'America/New_York'),
		'2026-10-31T04:00:00Z',
		'2026-11-03T05:00:00Z',
		['2026-10-31T05:30', '2026-11-01T05:30', '2026-11-02T06:30'],
	],
	[
		'Lord Howe, which moves by half an hour',
		at(['02:00'], 'Australia/Lord_Howe'),
		'2026-10-02T14:00:00Z',
		'2026-10-05T13:00:00Z',
		['2026-10-02T15:30', '2026-10-03T15:30', '2026-10-04T15:00'],
	],
	[
		'Sao Paulo, where midnight did not exist',
		at(['00:00'], 'America/Sao_Paulo'),
		'2018-11-03T03:00:00Z',
		'2018-11-06T02:00:00Z',
		['2018-11-03T03:00', '2018-11-04T03:00', '2018-11-05T02:00'],
	],
	[
		'Sundays in Moscow',
		at(['03:00'], 'Europe/Moscow', { days: ['sun'] }),
		'2026-11-14T00:00:00Z',
		'2026-11-22T23:00:00Z',
		['2026-11-15T00:00', '2026-11-22T00:00'],
	],
	[
		'twice a day',
		at(['14:00', '02:00'], 'UTC'),
		'2026-11-20T00:00:00Z',
		'2026-11-21T00:00:00Z',
		['2026-11-20T02:00', '2026-11-20T14:00'],
	],
])('BK-33: backups are due once a day, week or time in %s', (_case, expectation, from, to, expected) => {
	expect(instants(expectation, from, to)).toEqual(expected);
});

test('BK-33: in every zone each local day has exactly one time, the whole year', () => {
	for (const timezone of ['America/New_York', 'Australia/Lord_Howe', 'Europe/Moscow', 'Asia/Kathmandu']) {
		for (const time of ['00:00', '02:00', '02:30', '23:59']) {
			const found = new Set<number>();
			for (
				let now = Date.parse('2026-01-01T12:00:00Z');
				now < Date.parse('2027-01-01T12:00:00Z');
				now += 7 * dayMs
			) {
				for (const due of dueTimes(at([time], timezone), now)) found.add(due);
			}
			const days = [...found].map((due) =>
				new Intl.DateTimeFormat('sv-SE', { timeZone: timezone }).format(new Date(due)),
			);
			expect(new Set(days).size).toBe(days.length);
			expect(days.length).toBeGreaterThan(365);
		}
	}
});

const check = (expectation: BackupExpectation, newestGood: string | undefined, now: string) =>
	checkExpectation(expectation, newestGood === undefined ? undefined : Date.parse(newestGood), new Date(now));

test('BK-33: a missed night is told as soon as the grace is over, and not before', () => {
	const nightly = at(['02:00'], 'UTC');
	const last = '2026-11-19T02:00:03Z';
	expect(check(nightly, last, '2026-11-20T01:59:00Z')).toMatchObject({ missed: false });
	expect(check(nightly, last, '2026-11-20T03:59:59Z')).toMatchObject({ missed: false, overdueHours: 0 });
	expect(check(nightly, last, '2026-11-20T04:30:00Z')).toEqual({
		dueAt: '2026-11-20T02:00:00.000Z',
		nextDueAt: '2026-11-21T02:00:00.000Z',
		missed: true,
		overdueHours: 0.5,
	});
	// Caught up by hand.
	expect(check(nightly, '2026-11-20T04:31:00Z', '2026-11-20T04:32:00Z')).toMatchObject({ missed: false });
});

test('BK-33: a run counts for the time it began, and may begin a little early but not hours', () => {
	const nightly = at(['23:59'], 'UTC');
	expect(check(nightly, '2026-11-19T23:59:00Z', '2026-11-20T12:00:00Z')).toMatchObject({ missed: false });
	expect(check(nightly, '2026-11-19T23:58:57Z', '2026-11-20T12:00:00Z')).toMatchObject({ missed: false });
	expect(check(nightly, '2026-11-19T20:00:00Z', '2026-11-20T12:00:00Z')).toMatchObject({ missed: true });
});

test('BK-33: in the nights in which the clock changes one run is enough', () => {
	const nightly = at(['02:00'], 'America/New_York');
	// In spring the run of 02:00 comes at 03:00 by the clock.
	expect(check(nightly, '2026-03-08T07:00:00Z', '2026-03-08T12:00:00Z')).toMatchObject({ missed: false });
	expect(check(nightly, '2026-03-07T07:00:00Z', '2026-03-08T09:30:00Z')).toMatchObject({ missed: true });
	const autumn = at(['01:30'], 'America/New_York');
	for (const run of ['2026-11-01T05:30:00Z', '2026-11-01T06:30:00Z']) {
		expect(check(autumn, run, '2026-11-01T12:00:00Z')).toMatchObject({ missed: false });
	}
});

test('a backup that is expected every so often is missed by its age', () => {
	const often: BackupExpectation = { every: '6h', timezone: 'UTC', grace: '30min' };
	expect(check(often, '2026-11-20T00:00:00Z', '2026-11-20T06:29:00Z')).toEqual({
		dueAt: '2026-11-20T06:00:00.000Z',
		nextDueAt: '2026-11-20T06:00:00.000Z',
		missed: false,
		overdueHours: 0,
	});
	expect(check(often, '2026-11-20T00:00:00Z', '2026-11-20T07:30:00Z')).toMatchObject({
		missed: true,
		overdueHours: 1,
	});
	expect(check(often, '2026-11-20T00:00:00Z', '2026-11-20T05:00:00Z')).toEqual({
		nextDueAt: '2026-11-20T06:00:00.000Z',
		missed: false,
		overdueHours: 0,
	});
});

describe('the status of a site', () => {
	let scope: Scope;

	beforeAll(async () => {
		scope = await Scope.open('status');
	});
	afterAll(() => scope.close());

	const now = new Date('2026-11-20T12:00:00Z');
	const siteIn = (...roots: string[]) =>
		siteSchema.parse({
			...siteOf(
				{ www: scope.emptyFolder() },
				Object.fromEntries(roots.map((root, index) => [`to${index + 1}`, root])),
			),
			expect: { at: ['02:00'], grace: '2h' },
		});

	test('tells a missed backup with its numbers, for each destination by itself', async () => {
		const [fresh, old] = [scope.emptyFolder(), scope.emptyFolder()];
		await storePoint(fresh, { startedAt: '2026-11-19T02:00:00Z', verified: 'proved' });
		await storePoint(fresh, { startedAt: '2026-11-20T02:00:00Z', sizeBytes: 500 });
		await storePoint(old, { startedAt: '2026-11-18T02:00:00Z' });
		// None of these is good.
		await storePoint(old, { startedAt: '2026-11-20T02:00:00Z', state: 'partial' });
		await storePoint(old, { startedAt: '2026-11-20T02:30:00Z', state: 'unfinished' });
		await storePoint(old, { startedAt: '2027-11-20T02:00:00Z' });
		const report = await statusSite(siteIn(fresh, old), { now: () => now });
		expect(report).toMatchObject({
			status: 'warning',
			missed: true,
			checkedAt: now.toISOString(),
			destinations: [
				{
					name: 'to1',
					status: 'ok',
					newestGood: { id: idAt(new Date('2026-11-20T02:00:00Z')), ageHours: 10, storedBytes: 500 },
					newestVerified: { ageHours: 34, verifiedHoursAgo: 34 },
					storedBytes: 600,
					expected: { missed: false, nextDueAt: '2026-11-21T02:00:00.000Z' },
					findings: [],
				},
				{
					name: 'to2',
					status: 'warning',
					newestGood: { ageHours: 58 },
					counts: { good: 2, partial: 1, unfinished: 1, future: 1 },
					expected: { missed: true, overdueHours: 8 },
				},
			],
		});
		expect(report.destinations[0]?.freeBytes).toBeGreaterThan(0);
		expect(report.destinations[1]?.findings.map(({ code }) => code)).toEqual([
			'missed',
			'newest_not_good',
			'future',
		]);
		expect(report.destinations[1]?.newestVerified).toBeUndefined();
	});

	test('is failed where there is no good one, and where nothing can be known', async () => {
		const [empty, bad] = [scope.emptyFolder(), scope.emptyFolder()];
		await storePoint(bad, { startedAt: '2026-11-20T02:00:00Z', verified: 'damaged' });
		const site = siteIn(empty, bad, scope.path('gone'));
		const report = await statusSite(site, { now: () => now });
		expect(report.status).toBe('failed');
		expect(report.destinations.map(({ status }) => status)).toEqual(['failed', 'failed', 'unknown']);
		expect(report.destinations.map(({ findings }) => findings.map(({ code }) => code))).toEqual([
			['none_good', 'missed'],
			['none_good', 'missed', 'newest_not_good', 'damaged'],
			[],
		]);
		expect(report.destinations[2]?.problem).toMatchObject({ code: 'destination_missing' });
		expect(report.destinations[0]?.message).not.toContain('newest good restore point is');
	});

	test('is the same on any machine: it is read from the manifests alone', async () => {
		const root = scope.emptyFolder();
		await storePoint(root, { startedAt: new Date(now.getTime() - 3 * hourMs).toISOString() });
		const asked = async () => {
			const { destinations } = await statusSite(siteIn(root), { now: () => now });
			// Others write to the same disk.
			return destinations.map((destination) => ({ ...destination, freeBytes: 0 }));
		};
		expect(await asked()).toEqual(await asked());
		expect(listTree(root).filter((path) => path.endsWith('.json'))).toHaveLength(1);
	});
});
