import type { Interval } from '../schedule/interval';
import type { CompiledSchedule } from '../schedule/schedule';
import type { ClockKind } from './definition';

/** What counts time: opening hours, or every hour. */
export type Clock = Pick<CompiledSchedule, 'deadline' | 'workingTime' | 'segments' | 'closures'>;

const calendar: Clock = {
	deadline: (startMs, workingMs) => startMs + workingMs,
	workingTime: (startMs, endMs) => Math.max(0, endMs - startMs),
	segments: (startMs, endMs) => (endMs > startMs ? [{ start: startMs, end: endMs }] : []),
	closures: () => [],
};

export const clockOf = (kind: ClockKind, schedule: CompiledSchedule): Clock =>
	kind === 'working' ? schedule : calendar;

/**
 * The instant by which so much has been counted, not counting pauses. A pause at a time that would not have counted
 * moves nothing.
 *
 * @param pauses in order, each after the one before
 * @throws SlaError `no-working-time`
 */
export function reachedAt(
	clock: Clock,
	startMs: number,
	workingMs: number,
	pauses: readonly Interval[],
): number {
	let from = startMs;
	let leftMs = workingMs;
	for (const { start, end } of pauses) {
		if (end <= from) continue;
		const countedMs = clock.workingTime(from, start);
		if (start > from && countedMs >= leftMs) break;
		leftMs -= countedMs;
		from = end;
	}
	return clock.deadline(from, leftMs);
}

/** What was counted between two instants, not counting pauses. */
export function countedBetween(
	clock: Clock,
	startMs: number,
	endMs: number,
	pauses: readonly Interval[],
): number {
	const paused = pauses.map(({ start, end }) =>
		clock.workingTime(Math.max(start, startMs), Math.min(end, endMs)),
	);
	return paused.reduce((left, pausedMs) => left - pausedMs, clock.workingTime(startMs, endMs));
}
