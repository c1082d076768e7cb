import { writeFileSync } from 'node:fs';

import { availabilityOf, emptyBucket, History, total, type Sample } from '../../../../src/check/history';
import type { FoundLevel } from '../../../../src/check/alert';
import { FileStateStore } from '../../../../src/shared';
import { readBytes } from '../../../support/read-bytes';
import { Scope } from '../../../support/scope';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const levels = ['ok', 'warning', 'critical', 'unknown'] as const;

let scope: Scope;
let made = 0;
beforeAll(async () => {
	scope = await Scope.open('check-history');
});
afterAll(() => scope.close());

function newHistory(): { history: History; store: FileStateStore; folder: string } {
	made += 1;
	const folder = scope.path(`state-${made}`);
	const store = new FileStateStore(folder);
	return { history: new History(store, 'shop'), store, folder };
}

/** The same numbers for the same seed. */
function randomFrom(seed: number): () => number {
	let state = seed;
	return () => {
		state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
		return state / 2 ** 32;
	};
}

interface Look {
	at: number;
	level: FoundLevel;
	latencyMs: number | null;
}

async function record(history: History, looks: readonly Look[], key = 'page'): Promise<void> {
	for (const [index, look] of looks.entries()) {
		const before = looks[index - 1];
		const sample: Sample = {
			...{ key, ...look },
			previous: before && { at: before.at, level: before.level, isMaintenance: false },
			recent: looks.slice(Math.max(0, index - 20), index + 1).map(({ at }) => at),
		};
		await history.add([sample], look.at);
	}
}

const isClose = (got: number | null, want: number): void => {
	expect(Math.abs((got ?? Number.NaN) - want)).toBeLessThanOrEqual(want * 0.0101);
};

test.each([1, 2, 3])(
	'HC-23: uptime and latencies of random looks are what counting by hand gives (seed %i)',
	async (seed) => {
		const random = randomFrom(seed);
		const { history } = newHistory();
		const start = Date.UTC(2026, 9, 24, 22, 17);
		const looks = Array.from({ length: 300 }, (_, index): Look => {
			const level = levels[Math.floor(random() * levels.length)] ?? 'ok';
			const latencyMs = level === 'ok' || level === 'warning' ? random() ** 3 * 5000 + 0.2 : null;
			return { at: start + index * minute, level, latencyMs };
		});
		await record(history, looks);
		const end = start + 299 * minute;
		for (const unit of ['hour', 'day'] as const) {
			const bucket = total(await history.read(unit, start, end)).get('page') ?? emptyBucket;
			const found = availabilityOf(bucket, end - start);
			const count = (level: FoundLevel): number =>
				looks.slice(0, -1).filter((look) => look.level === level).length;
			const up = count('ok') + count('warning');
			expect(found.uptimePercent).toBeCloseTo((100 * up) / (up + count('critical')), 10);
			expect(found).toMatchObject({
				...{ checks: 300, noDataMs: 0, downMs: count('critical') * minute },
				...{ unknownMs: count('unknown') * minute, maintenanceMs: 0 },
				failures: looks.filter(({ level }) => level === 'critical').length,
			});
			const sorted = looks
				.flatMap(({ latencyMs }) => (latencyMs === null ? [] : [latencyMs]))
				.sort((one, other) => one - other);
			isClose(found.p50Ms, sorted[Math.ceil(sorted.length * 0.5) - 1] ?? 0);
			isClose(found.p95Ms, sorted[Math.ceil(sorted.length * 0.95) - 1] ?? 0);
		}
	},
);

test('HC-23: of no history nothing is known, and of one look only that it was made', async () => {
	const { history } = newHistory();
	expect(await history.read('day', 0, 10 * day)).toEqual([]);
	expect(availabilityOf(emptyBucket, hour)).toMatchObject({
		uptimePercent: null,
		noDataMs: hour,
		p95Ms: null,
	});
	await record(history, [{ at: 5 * day, level: 'ok', latencyMs: 80 }]);
	const one = total(await history.read('day', 5 * day, 6 * day)).get('page') ?? emptyBucket;
	expect(availabilityOf(one, day)).toMatchObject({ uptimePercent: null, checks: 1, noDataMs: day });
	isClose(availabilityOf(one, day).p95Ms, 80);
});

test('HC-21: twenty minutes in which nobody looked are time without data, neither up nor down', async () => {
	const { history } = newHistory();
	const start = Date.UTC(2026, 0, 1, 12);
	const before = Array.from({ length: 10 }, (_, index) => start + index * minute);
	const after = Array.from({ length: 10 }, (_, index) => start + (29 + index) * minute);
	const looks = [...before, ...after].map((at): Look => ({ at, level: 'critical', latencyMs: null }));
	await record(history, looks);
	const bucket = total(await history.read('hour', start, start + hour)).get('page') ?? emptyBucket;
	// One of the ten pauses before is the beginning of the gap: it counts for as long as a pause usually is.
	expect(availabilityOf(bucket, 38 * minute)).toMatchObject({
		downMs: 19 * minute,
		noDataMs: 19 * minute,
		uptimePercent: 0,
	});
});

test('HC-22: a clock that is set back takes nothing away and adds nothing', async () => {
	const { history } = newHistory();
	const start = Date.UTC(2026, 0, 1, 12);
	await record(history, [
		{ at: start, level: 'ok', latencyMs: 1 },
		{ at: start + minute, level: 'ok', latencyMs: 1 },
		{ at: start - hour, level: 'ok', latencyMs: 1 },
		{ at: start - hour + minute, level: 'ok', latencyMs: 1 },
	]);
	const bucket = total(await history.read('day', start, start + 1)).get('page') ?? emptyBucket;
	expect(bucket).toMatchObject({ okMs: 2 * minute, checks: 4 });
});

test('HC-23: hours are kept for three days and days for 400, and no more', async () => {
	const { history, store } = newHistory();
	const start = Date.UTC(2025, 0, 1);
	for (const passed of [0, 1, 2, 300, 400, 401, 402])
		await history.add([sampleAt(start + passed * day)], start + passed * day);
	const end = start + 402 * day;
	for (const passed of [30, 71, 72, 73, 74])
		await history.add([sampleAt(end + passed * hour)], end + passed * hour);
	const kept = (await store.keys('checks/shop/')).map((key) => key.slice('checks/shop/'.length));
	expect(kept).toEqual([
		...[
			'day/2025-10-28',
			'day/2026-02-05',
			'day/2026-02-06',
			'day/2026-02-07',
			'day/2026-02-08',
			'day/2026-02-09',
			'day/2026-02-10',
		],
		...[
			'hour/2026-02-08t06',
			'hour/2026-02-09t23',
			'hour/2026-02-10t00',
			'hour/2026-02-10t01',
			'hour/2026-02-10t02',
		],
	]);
});

test('a new day reads none of the days that stay, and one that is damaged keeps nothing from being written', async () => {
	const { history, store, folder } = newHistory();
	const start = Date.UTC(2025, 0, 1);
	const buckets = Array.from({ length: 2000 }, (_, index) => ({ key: `${index}`, bucket: emptyBucket }));
	for (let passed = 0; passed < 30; passed += 1) {
		const name = new Date(start + passed * day).toISOString().slice(0, 10);
		await store.compareAndSet(`checks/shop/day/${name}`, undefined, { version: 1, buckets });
	}
	writeFileSync(`${folder}/checks/shop/day/2024-01-01.1.json`, '{"format":');
	const before = readBytes();
	await history.add([sampleAt(start + 30 * day)], start + 30 * day);
	expect(readBytes() - before).toBeLessThan(500_000);
	expect(await store.keys('checks/shop/day/')).toHaveLength(32);
});

function sampleAt(at: number): Sample {
	return { key: 'page', at, level: 'ok', latencyMs: 5, previous: undefined, recent: [at] };
}
