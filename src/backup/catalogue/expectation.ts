import { DateTime } from 'luxon';

import { intervalMs, weekdays, type BackupExpectation } from '../../shared';
import { clockToleranceMs, hours } from './clock';

/** So many days back a time of a week is found in any case. */
const daysBack = 8;

/** How the backups of one destination stand to what is expected. */
export interface ExpectationState {
	/** When the last backup was due; by `every`, that is so long after the newest good one. ISO 8601. */
	dueAt?: string;
	/** When the next one is due. */
	nextDueAt: string;
	/** Whether the last one that was due has not come, and its grace is over. */
	missed: boolean;
	/** So many hours the grace is over; 0 when nothing is missed. */
	overdueHours: number;
}

/**
 * Whether a backup was missed. A run counts for the time it began, however long it took: one that began at 23:59 is
 * that of its day.
 *
 * Times of day are those of the zone's clock, one instant for each local day: a time that summer time leaves out is as
 * much later as the clock was put forward, and of one that comes twice the first is meant.
 *
 * @param newestGoodMs when the run of the newest good restore point began; undefined when there is none
 */
export function checkExpectation(
	expectation: BackupExpectation,
	newestGoodMs: number | undefined,
	now: Date,
): ExpectationState {
	const nowMs = now.getTime();
	const graceMs = intervalMs(expectation.grace);
	const state = (dueMs: number | undefined, nextDueMs: number, isThere: boolean): ExpectationState => {
		const overdueMs = dueMs === undefined || isThere ? 0 : nowMs - dueMs - graceMs;
		return {
			...(dueMs !== undefined && { dueAt: new Date(dueMs).toISOString() }),
			nextDueAt: new Date(nextDueMs).toISOString(),
			missed: overdueMs > 0,
			overdueHours: overdueMs > 0 ? hours(overdueMs) : 0,
		};
	};
	if (expectation.every !== undefined) {
		const everyMs = intervalMs(expectation.every);
		// Without any there is no time from which on one is late; that there is none is told by itself.
		if (newestGoodMs === undefined) return state(undefined, nowMs, false);
		const dueMs = newestGoodMs + everyMs;
		return state(dueMs <= nowMs ? dueMs : undefined, dueMs, false);
	}
	const due = dueTimes(expectation, nowMs);
	const last = due.findLast((instant) => instant <= nowMs);
	const next = due.find((instant) => instant > nowMs) ?? nowMs;
	return state(
		last,
		next,
		newestGoodMs !== undefined && last !== undefined && newestGoodMs >= last - clockToleranceMs,
	);
}

/** The instants around now at which a backup is to begin, in order. */
export function dueTimes({ at = [], days, timezone }: BackupExpectation, nowMs: number): number[] {
	const today = DateTime.fromMillis(nowMs, { zone: timezone }).startOf('day');
	const instants: number[] = [];
	for (let offset = -daysBack; offset <= daysBack; offset += 1) {
		// Noon exists everywhere, and midnight does not.
		const day = today.plus({ days: offset }).set({ hour: 12 });
		const weekday = weekdays[day.weekday - 1];
		if (days && (weekday === undefined || !days.includes(weekday))) continue;
		for (const time of at) {
			const [hour, minute] = time.split(':').map(Number);
			instants.push(instantOf(day, hour ?? 0, minute ?? 0));
		}
	}
	return [...new Set(instants)].sort((a, b) => a - b);
}

function instantOf(day: DateTime, hour: number, minute: number): number {
	const local = DateTime.fromObject(
		{ year: day.year, month: day.month, day: day.day, hour, minute },
		{ zone: day.zone },
	);
	return Math.min(...local.getPossibleOffsets().map((possible) => possible.toMillis()));
}
