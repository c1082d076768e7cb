import { planRetention } from '../../../src/backup/retention/plan';
import type { RetentionPoint } from '../../../src/backup/retention/point';
import type { RetentionPolicy } from '../../../src/shared';
import { dayMs, hourMs, idAt, policyOf, seededRandom } from './retention-stand';

/** Some with summer time at another date, one with half an hour of it, one without. */
const zones = [
	'UTC',
	'Europe/Moscow',
	'America/New_York',
	'Australia/Lord_Howe',
	'Europe/Berlin',
	'Asia/Kathmandu',
];
const states = ['damaged', 'suspicious', 'partial', 'unfinished', 'unusable'] as const;
const seed = Number(process.env['RETENTION_SEED'] ?? 20_261_120);

type Random = () => number;

const pick = <Value>(random: Random, values: readonly [Value, ...Value[]]): Value =>
	values[Math.floor(random() * values.length)] ?? values[0];

function randomPolicy(random: Random): RetentionPolicy {
	const most = (): number => (random() < 0.5 ? 0 : Math.floor(random() * 8));
	const keepWithin = pick(random, [undefined, undefined, '14d', '6m', '1y6m', '36h']);
	const minimumAge = pick(random, [undefined, undefined, '24h', '3d']);
	return policyOf({
		keepLast: 1 + most(),
		...(random() < 0.5 && { keepLast: 0, daily: 1 }),
		hourly: most(),
		weekly: most(),
		monthly: most(),
		yearly: most(),
		...(keepWithin !== undefined && { keepWithin }),
		...(minimumAge !== undefined && { minimumAge }),
		timezone: pick(random, zones as [string, ...string[]]),
	});
}

/** Where a clock begins: around changes of summer time, the end of 32-bit time, leap days and an ordinary day. */
const beginnings = [
	'2026-03-05T02:00:00Z',
	'2026-10-01T15:00:00Z',
	'2026-10-30T05:00:00Z',
	'2038-01-15T03:00:00Z',
	'2028-02-25T23:30:00Z',
	'2026-06-10T12:00:00Z',
] as const;

/** What a destination holds, and what is true of it whatever the rules are. */
class Sequence {
	points: RetentionPoint[] = [];
	private clockMs: number;

	constructor(private readonly random: Random) {
		this.clockMs = Date.parse(pick(random, beginnings));
	}

	get now(): Date {
		return new Date(this.clockMs);
	}

	/** One day, or part of one, with what may happen on it. */
	step(): void {
		const { random } = this;
		const jump = random();
		if (jump < 0.02) this.clockMs -= 2 * hourMs;
		else if (jump < 0.03) this.clockMs += 365 * dayMs;
		else if (jump < 0.035) this.clockMs = Date.parse('2038-01-19T03:14:08Z');
		// Days are missed too.
		this.clockMs += pick(random, [hourMs, 6 * hourMs, dayMs, dayMs, dayMs, 3 * dayMs, 40 * dayMs]);
		const happened = random();
		// A failed run leaves nothing.
		if (happened < 0.1) return;
		const id = idAt(this.now, this.points.length);
		if (this.points.some((point) => point.id === id)) return;
		const isGood = happened >= 0.35;
		this.points.push({
			id,
			startedAtMs: this.clockMs,
			state: isGood ? 'good' : pick(random, states),
			verified: isGood && random() < 0.2,
			...(random() < 0.03 && { held: 'held: by a person' }),
		});
		// Somebody sets the clock right again.
		if (jump >= 0.02 && jump < 0.035 && random() < 0.5) this.clockMs -= 365 * dayMs;
	}
}

const newest = (points: RetentionPoint[]): RetentionPoint | undefined =>
	[...points].sort((a, b) => b.startedAtMs - a.startedAtMs || (a.id < b.id ? 1 : -1))[0];

test('BK-31: whatever happens, the newest good and the newest verified generation survive, held and future ones are left alone, and a second prune removes nothing', () => {
	const random = seededRandom(seed);
	let dropped = 0;
	let futures = 0;
	for (let run = 0; run < 2000; run += 1) {
		const sequence = new Sequence(random);
		let policy = randomPolicy(random);
		for (let day = 0; day < 40; day += 1) {
			sequence.step();
			// Another time zone between two runs.
			if (random() < 0.02) policy = { ...policy, timezone: pick(random, zones as [string, ...string[]]) };
			if (random() < 0.5) continue;
			const { points, now } = sequence;
			const decisions = planRetention(points, policy, now);
			const gone = new Set(decisions.filter(({ action }) => action === 'drop').map(({ id }) => id));
			const where = `seed ${seed}, run ${run}, day ${day}, ${JSON.stringify(policy)}`;
			const survives = (point: RetentionPoint | undefined, what: string): void => {
				if (point && gone.has(point.id)) throw new Error(`${what} ${point.id} was dropped (${where})`);
			};
			const past = points.filter(({ startedAtMs }) => startedAtMs <= now.getTime());
			const good = past.filter(({ state }) => state === 'good');
			survives(newest(good), 'The newest good one');
			survives(newest(good.filter(({ verified }) => verified)), 'The newest verified one');
			for (const point of points) {
				if (point.held !== undefined) survives(point, 'The held one');
				if (point.startedAtMs > now.getTime() + hourMs) {
					futures += 1;
					survives(point, 'The future one');
				}
				if (point.state === 'unusable') survives(point, 'The unusable one');
				if (policy.minimumAge !== undefined && now.getTime() - point.startedAtMs < dayMs) {
					survives(point, 'The young one');
				}
			}
			if (decisions.length !== points.length || decisions.some(({ reason }) => reason === '')) {
				throw new Error(`Not every one has a decision and a reason (${where})`);
			}
			// Those of the future are not counted: without them the decisions on the others are the same.
			const decide = (some: RetentionPoint[]): string =>
				planRetention(some, policy, now)
					.filter(({ id }) => past.some((point) => point.id === id))
					.map(({ id, action }) => `${id} ${action}`)
					.join();
			const near = points.filter(({ startedAtMs }) => startedAtMs <= now.getTime() + hourMs);
			if (near.length < points.length && decide(near) !== decide(points)) {
				throw new Error(`A future one was counted (${where})`);
			}
			const rest = points.filter(({ id }) => !gone.has(id));
			const again = planRetention(rest, policy, now).filter(({ action }) => action === 'drop');
			if (again.length > 0) throw new Error(`A second prune would drop ${again[0]?.id} (${where})`);
			sequence.points = rest;
			dropped += gone.size;
		}
	}
	// That something happened at all.
	expect(dropped).toBeGreaterThan(10_000);
	expect(futures).toBeGreaterThan(1000);
});

test.each(zones)(
	'BK-31, BK-33: one backup a day in %s leaves exactly one daily generation for each local day',
	(timezone) => {
		const policy = policyOf({ daily: 400, timezone });
		const dayOf = (instantMs: number): string =>
			new Intl.DateTimeFormat('sv-SE', { timeZone: timezone }).format(new Date(instantMs));
		const points: RetentionPoint[] = [];
		// Every half hour around all changes of summer time of a year would be too many; every third hour meets each day.
		for (
			let at = Date.parse('2026-01-01T00:30:00Z');
			at < Date.parse('2027-01-02T00:00:00Z');
			at += 3 * hourMs
		) {
			points.push({ id: idAt(new Date(at)), startedAtMs: at, state: 'good', verified: false });
		}
		const kept = planRetention(points, policy, new Date('2027-01-02T00:00:00Z'))
			.filter(({ action }) => action === 'keep')
			.map(({ id }) => points.find((point) => point.id === id)?.startedAtMs ?? 0);
		expect(kept.map(dayOf)).toEqual(
			[...new Set(points.map(({ startedAtMs }) => dayOf(startedAtMs)))].reverse(),
		);
	},
);
