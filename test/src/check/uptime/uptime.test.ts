import {
	calendarMonth,
	getUptime,
	parseChecks,
	parseMaintenance,
	runChecks,
	targetsOf,
	targetsOfChecks,
	type FoundLevel,
} from '../../../../src/check';
import { History, type Sample } from '../../../../src/check/history';
import { FileStateStore, readCheckedSites } from '../../../../src/shared';
import { Scope } from '../../../support/scope';

const hour = 3_600_000;
const day = 24 * hour;

let scope: Scope;
beforeAll(async () => {
	scope = await Scope.open('check-uptime');
});
afterAll(() => scope.close());

const levels: FoundLevel[] = ['ok', 'ok', 'ok', 'warning', 'critical', 'unknown'];

/** One look each hour on the hour, with levels that come as if by chance. */
function looks(from: number, count: number): Sample[] {
	let seed = 7;
	const levelAt = Array.from({ length: count }, () => {
		seed = (seed * 1103515245 + 12345) % 2147483648;
		return levels[Math.floor((seed / 2147483648) * levels.length)] ?? 'ok';
	});
	const at = (index: number): number => from + index * hour;
	return levelAt.map((level, index) => ({
		...{ key: 'shop/Page', at: at(index), level, latencyMs: 10 },
		previous:
			index === 0
				? undefined
				: { at: at(index - 1), level: levelAt[index - 1] ?? 'ok', isMaintenance: false },
		recent: Array.from({ length: 10 }, (_, number) => at(index - 9 + number)),
	}));
}

/** By adding up every single hour. */
function oracle(samples: readonly Sample[], from: number, to: number): number {
	const within = samples.flatMap(({ previous }) =>
		previous && previous.at >= from && previous.at < to ? [previous.level] : [],
	);
	const [up, down] = [
		within.filter((level) => level === 'ok' || level === 'warning').length,
		within.filter((level) => level === 'critical').length,
	];
	return (100 * up) / (up + down);
}

test('HC-23: a month by the clock of any time zone is right to the hour, also where the clocks are changed, weeks later', async () => {
	const store = new FileStateStore(scope.emptyFolder());
	const history = new History(store, 'sites');
	// Where March begins and ends somewhere on Earth; in between the clocks are changed in America and in Europe.
	const samples = [
		...looks(Date.UTC(2026, 1, 27, 22), 48),
		...looks(Date.UTC(2026, 2, 31, 4), 46),
		// Days later, when most hours are forgotten.
		...looks(Date.UTC(2026, 3, 6), 2),
	];
	for (const batch of [samples.slice(0, 48), samples.slice(48, 94), samples.slice(94)])
		await history.add(batch, batch.at(-1)?.at ?? 0);
	const now = Date.UTC(2026, 3, 7);
	for (const zone of ['UTC', 'Europe/Berlin', 'America/Los_Angeles', 'Pacific/Kiritimati', 'Asia/Kolkata']) {
		const { from, to } = calendarMonth(zone, 1, now);
		const report = await getUptime(store, ['sites'], { from, to, now });
		const [check] = report.checks;
		const whole = (at: number): number => Math.floor(at / hour) * hour;
		expect([zone, check?.uptimePercent]).toEqual([
			zone,
			expect.closeTo(oracle(samples, whole(from), whole(to)), 9) as number,
		]);
	}
	const prefix = 'checks/sites/hour/';
	const kept = (await store.keys(prefix)).map((key) => key.slice(prefix.length, prefix.length + 10));
	expect([...new Set(kept)]).toEqual(['2026-02-28', '2026-03-01', '2026-03-31', '2026-04-01', '2026-04-06']);
	await history.add(looks(Date.UTC(2026, 6, 20), 2), Date.UTC(2026, 6, 20, 1));
	expect((await store.keys(prefix)).filter((key) => key < `${prefix}2026-04-06`)).toEqual([]);
});

test('HC-21: time without checks counts for nothing, and what has only begun has no future', async () => {
	const store = new FileStateStore(scope.emptyFolder());
	const start = Date.UTC(2026, 4, 10);
	const samples = looks(start, 5).map((sample) => ({ ...sample, level: 'ok' as const }));
	await new History(store, 'sites').add(samples, start + 4 * hour);
	const { from, to } = calendarMonth('UTC', 0, start + day);
	const report = await getUptime(store, ['sites'], { from, to, now: start + day });
	expect(report).toMatchObject({
		from: '2026-05-01T00:00:00.000Z',
		to: '2026-05-11T00:00:00.000Z',
		outages: [],
	});
	const [check] = report.checks;
	expect((check?.noDataMs ?? 0) + 4 * hour).toBe(10 * day);
	expect(await getUptime(store, ['nothing'], { from, to })).toMatchObject({ checks: [], sites: [] });
});

const check = (name: string, more: object = {}) => ({
	...{ type: 'tcp', name, host: 'shop.example.com', port: 443, alert: { failures: 2, recoveries: 2 } },
	...more,
});

test('outages are listed with their true beginning, the longest first, those that go on too, none of a maintenance', async () => {
	const store = new FileStateStore(scope.emptyFolder());
	const windows = parseMaintenance([{ start: '2020-01-01T00:00', end: '2040-01-01T00:00', timeZone: 'UTC' }]);
	const run = async (failing: string[], maintenance = parseMaintenance([])) =>
		await runChecks({
			...{ store, set: 'sites', timeZone: 'UTC', context: { secrets: {} } },
			targets: targetsOfChecks(
				parseChecks(['Short', 'Long', 'Still'].map((name) => check(name))),
				maintenance,
			),
			lookAt: ({ name }) => {
				const isDown = failing.includes(name);
				return Promise.resolve({
					...{
						level: isDown ? 'critical' : 'ok',
						reason: 'x',
						message: isDown ? `${name} is away.` : 'It is well.',
					},
					...{ latencyMs: null, details: {} },
				});
			},
		});
	const before = Date.now();
	await run(['Long']);
	await run(['Long', 'Short', 'Still']);
	await run(['Long', 'Short', 'Still']);
	const tooFew = await getUptime(store, ['sites'], { from: before, to: before + day });
	expect(tooFew.outages.map(({ to }) => to)).toEqual([null, null, null]);
	await run(['Long', 'Still']);
	await run(['Long', 'Still']);
	await run(['Still']);
	await run(['Still']);
	const report = await getUptime(store, ['sites'], { from: before - hour, to: before + day, mostOutages: 2 });
	expect(report.outageCount).toBe(3);
	expect(report.outages).toHaveLength(2);
	const all = await getUptime(store, ['sites'], { from: before - hour, to: before + day });
	const [still] = all.outages.filter(({ key }) => key === 'Still');
	expect(still).toMatchObject({ set: 'sites', to: null, message: 'Still is away.' });
	const [long, short] = ['Long', 'Short'].map((name) => all.outages.find(({ key }) => key === name));
	expect(long).toMatchObject({ message: 'Long is away.', to: expect.any(String) as string });
	expect(long?.durationMs).toBeGreaterThan(short?.durationMs ?? Infinity);
	expect(Date.parse(long?.from ?? '')).toBeGreaterThanOrEqual(before);
	expect(all.outages.map(({ durationMs }) => durationMs)).toEqual(
		all.outages.map(({ durationMs }) => durationMs).sort((one, other) => other - one),
	);
	expect(await getUptime(store, ['sites'], { from: before - 2 * day, to: before - day })).toMatchObject({
		outageCount: 0,
	});
	// What was down in a maintenance window only was no outage.
	for (const failing of [['Short'], ['Short'], [], []]) await run([...failing, 'Still'], windows);
	const after = await getUptime(store, ['sites'], { from: before - hour, to: Date.now() + hour });
	expect(after.checks.find(({ key }) => key === 'Short')?.outages).toBe(1);
});

test('a site is as good as its worst check that says whether it works', async () => {
	const store = new FileStateStore(scope.emptyFolder());
	const [front, slow, backups] = [
		check('Front'),
		check('Slow', { severity: 'warning' }),
		{ type: 'backup', name: 'Backups' },
	];
	const sites = await readCheckedSites({ name: 'shop', checks: [front, slow, backups] });
	await runChecks({
		...{ store, set: 'sites', timeZone: 'UTC', context: { secrets: {} } },
		targets: targetsOf({ sites }),
		lookAt: () => Promise.resolve({ level: 'ok', reason: 'ok', message: '', latencyMs: 1, details: {} }),
	});
	const start = Date.UTC(2026, 4, 10);
	const samples = (key: string, hoursDown: number): Sample[] =>
		looks(start, 9).map((one, index) => ({
			...{ ...one, key, level: 'ok' as const },
			previous: one.previous && { ...one.previous, level: index <= hoursDown ? 'critical' : 'ok' },
		}));
	for (const [key, hoursDown] of [
		['shop/Front', 1],
		['shop/Slow', 2],
		['shop/Backups', 8],
	] as const)
		await new History(store, 'sites').add(samples(key, hoursDown), start + day);
	const report = await getUptime(store, ['sites'], { from: start, to: start + day, now: start + day });
	expect(report.sites).toEqual([{ site: 'shop', uptimePercent: 87.5, check: 'Front' }]);
	expect(report.checks.map(({ name, type }) => [name, type])).toEqual([
		['Backups', 'backup'],
		['Front', 'tcp'],
		['Slow', 'tcp'],
	]);
});
