import { z } from 'zod';

import { SharedDocument, StateError, type StateStore } from '../../shared';
import { bucketSchema, emptyBucket, merge, withCheck, withTime, type Bucket } from './bucket';
import { creditOf, cut, type Sample } from './credit';

const hour = 60 * 60_000;
const day = 24 * hour;

/** How long the hours are kept in which months begin and end. */
const turnKeptMs = 100 * day;

/** How long each unit is kept. */
const units = {
	hour: {
		ms: hour,
		keptMs: 3 * day,
		format: (at: number) => new Date(at).toISOString().slice(0, 13).toLowerCase(),
	},
	day: { ms: day, keptMs: 400 * day, format: (at: number) => new Date(at).toISOString().slice(0, 10) },
} as const;
export type Unit = keyof typeof units;

const bucketsDocument = z.object({
	version: z.literal(1),
	buckets: z.array(z.object({ key: z.string().max(500), bucket: bucketSchema })).max(10_000),
});

type BucketsDocument = z.infer<typeof bucketsDocument>;

/** Ends of the names of the document of an hour or day, and of the one that is used where that is damaged. */
const places = ['', '-2'];

/** An hour or a day (UTC) of all targets. */
export interface Period {
	/** In milliseconds since 1970. */
	start: number;
	/** By the keys of the targets. */
	buckets: ReadonlyMap<string, Bucket>;
}

/**
 * What the targets of a set were like, hour by hour for three days and day by day (UTC) for 400: one small document for
 * each hour and each day, so that it never grows beyond that. The hours of the first and the last day of a month are kept
 * for 100 days, because months begin at another hour in each time zone.
 */
export class History {
	constructor(
		private readonly store: StateStore,
		private readonly set: string,
	) {}

	/** @param now in milliseconds since 1970 @throws StateError */
	async add(samples: readonly Sample[], now: number): Promise<void> {
		for (const unit of ['hour', 'day'] as const) {
			let isNew = false;
			for (const [start, changes] of changesOf(samples, unit)) {
				await this.change(unit, start, (before) => {
					isNew ||= before.buckets.length === 0;
					const buckets = new Map(before.buckets.map(({ key, bucket }) => [key, bucket]));
					for (const { key, change } of changes) buckets.set(key, change(buckets.get(key) ?? emptyBucket));
					const value = [...buckets].map(([key, bucket]) => ({ key, bucket }));
					return { version: 1, buckets: value };
				});
			}
			// Once for each hour and day: all of them are looked at.
			if (isNew) await this.forget(unit, now);
		}
	}

	/**
	 * The hours or days of a stretch of time that something is known of, oldest first.
	 * @param from in milliseconds since 1970
	 * @param to not included
	 * @throws StateError
	 */
	async read(unit: Unit, from: number, to: number): Promise<Period[]> {
		const { ms } = units[unit];
		const periods: Period[] = [];
		for (let start = Math.floor(from / ms) * ms; start < to; start += ms) {
			const buckets = await this.bucketsOf(unit, start);
			if (buckets.length > 0)
				periods.push({ start, buckets: new Map(buckets.map(({ key, bucket }) => [key, bucket])) });
		}
		return periods;
	}

	/**
	 * All that is known of each target over a stretch of time, to the hour: the hour in which it begins counts as a whole, and
	 * that in which it ends not at all.
	 *
	 * @param from in milliseconds since 1970
	 * @param to not included
	 * @throws StateError
	 */
	async over(from: number, to: number): Promise<Map<string, Bucket>> {
		const [firstHour, lastHour] = [floor(from, hour), floor(to, hour)];
		const [firstDay, lastDay] = [Math.ceil(firstHour / day) * day, floor(lastHour, day)];
		if (firstDay >= lastDay) return total(await this.read('hour', firstHour, lastHour));
		return total([
			...(await this.read('hour', firstHour, firstDay)),
			...(await this.read('day', firstDay, lastDay)),
			...(await this.read('hour', lastDay, lastHour)),
		]);
	}

	/** A document that cannot be read is time without data, and stops nothing: a second one takes its place. */
	private async bucketsOf(unit: Unit, start: number): Promise<BucketsDocument['buckets']> {
		for (const place of places) {
			try {
				return (await this.document(unit, start, place).read()).buckets;
			} catch (thrown) {
				if (!(thrown instanceof StateError)) throw thrown;
			}
		}
		return [];
	}

	private async change(
		unit: Unit,
		start: number,
		decide: (before: BucketsDocument) => BucketsDocument,
	): Promise<void> {
		for (const place of places) {
			try {
				await this.document(unit, start, place).change((before) => ({
					value: decide(before),
					result: undefined,
				}));
				return;
			} catch (thrown) {
				if (!isUnreadable(thrown) || place === places.at(-1)) throw thrown;
			}
		}
	}

	private document(unit: Unit, start: number, place: string): SharedDocument<BucketsDocument> {
		return new SharedDocument<BucketsDocument>(
			this.store,
			`${this.prefix(unit)}${units[unit].format(start)}${place}`,
			{
				title: `The history of the checks "${this.set}"`,
				schema: bucketsDocument,
				empty: { version: 1, buckets: [] },
			},
		);
	}

	private prefix(unit: Unit): string {
		return `checks/${this.set}/${unit}/`;
	}

	private async forget(unit: Unit, now: number): Promise<void> {
		const { keptMs, format } = units[unit];
		const prefix = this.prefix(unit);
		// Names sort as their times do.
		const oldest = `${prefix}${format(now - keptMs)}`;
		const oldestTurn = `${prefix}${format(now - turnKeptMs)}`;
		for (const key of await this.store.keys(prefix)) {
			if (key >= oldest) continue;
			if (unit === 'hour' && key >= oldestTurn && isTurnOfMonth(key.slice(prefix.length))) continue;
			const version = await this.versionOf(key);
			if (version !== undefined) await this.store.delete(key, version);
		}
	}

	/** Undefined for one that cannot be read: it must not keep the newer ones from being written. */
	private async versionOf(key: string): Promise<string | undefined> {
		try {
			return (await this.store.get(key))?.version;
		} catch (thrown) {
			if (isUnreadable(thrown)) return undefined;
			throw thrown;
		}
	}
}

const floor = (at: number, unitMs: number): number => Math.floor(at / unitMs) * unitMs;

/** Whether a day, or a day and hour, is of the first or last day of a month. */
function isTurnOfMonth(name: string): boolean {
	const date = name.slice(0, 10);
	const next = new Date(Date.parse(date) + day).toISOString().slice(8, 10);
	return date.endsWith('-01') || next === '01';
}

const isUnreadable = (thrown: unknown): boolean =>
	thrown instanceof StateError && thrown.code === 'state_invalid';

type Change = { key: string; change: (bucket: Bucket) => Bucket };

/** What is to be changed, by the start of the hour or day. */
function changesOf(samples: readonly Sample[], unit: Unit): Map<number, Change[]> {
	const { ms } = units[unit];
	const changes = new Map<number, Change[]>();
	const add = (start: number, change: Change): void => {
		const known = changes.get(start);
		if (known) known.push(change);
		else changes.set(start, [change]);
	};
	for (const sample of samples) {
		const { key, at, level, latencyMs } = sample;
		add(Math.floor(at / ms) * ms, { key, change: (bucket) => withCheck(bucket, level, latencyMs) });
		const credit = creditOf(sample);
		if (credit === undefined) continue;
		for (const piece of cut(credit, ms))
			add(piece.start, { key, change: (bucket) => withTime(bucket, credit.level, piece.ms) });
	}
	return changes;
}

/** All that is known of each target over several periods. */
export function total(periods: readonly Period[]): Map<string, Bucket> {
	const all = new Map<string, Bucket>();
	for (const { buckets } of periods)
		for (const [key, bucket] of buckets) all.set(key, merge(all.get(key) ?? emptyBucket, bucket));
	return all;
}
