import { IANAZone } from 'luxon';

import { dayMs, type CalendarDay } from './calendar-day';
import type { Interval } from './interval';

/** Clocks are looked at so often. The shortest summer time in the database lasted six days and 23 hours (Brazil, 2000). */
const stepMs = 4 * dayMs;

/** Clocks were changed: before `at` they were `beforeMs` ahead of UTC, from then on `afterMs`. */
interface Change {
	at: number;
	beforeMs: number;
	afterMs: number;
}

/** The clock on the wall within a span of time. */
export interface WallClock {
	/**
	 * The instant at which the clock shows a time.
	 *
	 * @param wallMs what it shows, in milliseconds, as if it were UTC; a time that is left out is moved forward by what is
	 * left out, and of one that comes twice the first is taken ("compatible" in Temporal, and in luxon)
	 */
	instant(wallMs: number): number;
	/** Whether the whole day was left out, such as 2011-12-30 in Apia. */
	isMissing(day: CalendarDay): boolean;
	/** The day at an instant. */
	dayAt(ms: number): CalendarDay;
}

/** The rules of one time zone, found out from its offsets once for each span. */
export class Zone {
	private static readonly known = new Map<string, Zone>();
	private readonly clocks = new Map<number, WallClock>();

	private constructor(private readonly zone: IANAZone) {}

	/** @param name of a zone that is known to be one */
	static named(name: string): Zone {
		const known = Zone.known.get(name) ?? new Zone(IANAZone.create(name));
		Zone.known.set(name, known);
		return known;
	}

	/** The clock within a span; spans with the same start must be the same. */
	clockIn({ start, end }: Interval): WallClock {
		const known = this.clocks.get(start) ?? clockOf(this.offset(start), this.changes(start, end));
		this.clocks.set(start, known);
		return known;
	}

	private offset(ms: number): number {
		return Math.round(this.zone.offset(ms) * 60_000);
	}

	private changes(start: number, end: number): Change[] {
		const changes: Change[] = [];
		let offsetMs = this.offset(start);
		for (let from = start; from < end; from += stepMs) {
			const to = Math.min(from + stepMs, end);
			const target = this.offset(to);
			for (let at = from; offsetMs !== target;) {
				const change = this.firstChange(at, to, offsetMs);
				changes.push(change);
				({ at, afterMs: offsetMs } = change);
			}
		}
		return changes;
	}

	/** @param from in whole seconds, with `beforeMs` as its offset, which is not that of `to` */
	private firstChange(from: number, to: number, beforeMs: number): Change {
		let [same, changed] = [from / 1000, to / 1000];
		while (changed - same > 1) {
			const middle = Math.floor((same + changed) / 2);
			if (this.offset(middle * 1000) === beforeMs) same = middle;
			else changed = middle;
		}
		return { at: changed * 1000, beforeMs, afterMs: this.offset(changed * 1000) };
	}
}

function clockOf(firstOffsetMs: number, changes: readonly Change[]): WallClock {
	// From this time on the wall, the new offset holds: after a gap, or after the first of two passages.
	const steps = changes.map(({ at, beforeMs, afterMs }) => ({
		at,
		wall: at + Math.max(beforeMs, afterMs),
		offsetMs: afterMs,
	}));
	const gaps = changes.filter(({ beforeMs, afterMs }) => afterMs - beforeMs >= dayMs);
	const offsetBy = (key: 'at' | 'wall', ms: number): number => {
		let offsetMs = firstOffsetMs;
		for (const step of steps) {
			if (ms < step[key]) break;
			offsetMs = step.offsetMs;
		}
		return offsetMs;
	};
	return {
		instant: (wallMs) => wallMs - offsetBy('wall', wallMs),
		isMissing: (day) =>
			gaps.some(
				({ at, beforeMs, afterMs }) => at + beforeMs <= day * dayMs && (day + 1) * dayMs <= at + afterMs,
			),
		dayAt: (ms) => Math.floor((ms + offsetBy('at', ms)) / dayMs),
	};
}
