import { checkedDuration } from '../duration';
import { SlaError } from '../errors';
import { parseSchedule, type ScheduleDefinition } from './definition';
import { clip, type Interval } from './interval';
import type { Closure } from './opening';
import { Timeline } from './timeline';

/** Business time of one schedule. All instants are milliseconds since 1970, from 1970 to 2102, UTC. */
export interface CompiledSchedule {
	readonly timezone: string;
	/**
	 * The instant by which so much working time has passed. Where it fits exactly, that is the closing instant.
	 *
	 * @param workingMs 0 gives the start if it is open then, else the next opening
	 * @throws SlaError `no-working-time` when it is closed for two years after the start, or does not open for so long
	 */
	deadline(startMs: number, workingMs: number): number;
	/** The working time between two instants in milliseconds; 0 when the end is not later than the start. */
	workingTime(startMs: number, endMs: number): number;
	/** Whether it is open; at the closing instant it is not. */
	isOpen(ms: number): boolean;
	/**
	 * The same instant when it is open, else that of the next opening.
	 *
	 * @throws SlaError `no-working-time` when it is closed for two years
	 */
	nextOpen(ms: number): number;
	/** The opening hours between two instants; neither overlaps or touches another. */
	segments(startMs: number, endMs: number): Interval[];
	/** The times between two instants that do not count, and why: together with the segments, all of it. */
	closures(startMs: number, endMs: number): Closure[];
}

/**
 * Makes a schedule ready for questions. It depends neither on the time zone of the machine nor on its clock.
 *
 * @throws SlaError `invalid_input` with every fault of the schedule
 */
export function compileSchedule(definition: ScheduleDefinition): CompiledSchedule {
	return readSchedule(definition);
}

/**
 * The same of what comes from outside, such as JSON of a store or a node.
 *
 * @throws SlaError `invalid_input` with every fault of the schedule
 */
export function readSchedule(definition: unknown): CompiledSchedule {
	const parsed = parseSchedule(definition);
	const timeline = new Timeline(parsed);

	const nextOpening = (ms: number): Interval => {
		const limitMs = twoYearsAfter(ms);
		const next = timeline.openingFrom(timeline.positionOf(ms), ms, limitMs);
		if (next !== undefined && next.start <= limitMs) return next;
		throw new SlaError(
			'no-working-time',
			`The schedule is closed for two years from ${new Date(ms).toISOString()} on.`,
			'Give the schedule opening hours, or remove holidays that close it.',
		);
	};
	const nextOpen = (ms: number): number => {
		const from = checkedInstant('ms', ms);
		return Math.max(from, nextOpening(from).start);
	};

	return {
		timezone: parsed.timezone,
		nextOpen,
		deadline(startMs, workingMs) {
			const from = checkedInstant('startMs', startMs);
			const wantedMs = checkedDuration(workingMs);
			if (wantedMs === 0) return nextOpen(from);
			const position = timeline.positionOf(from);
			// What is open now, or again in the block of the start, needs no search for an end of being closed.
			if (!timeline.opensSoon(position)) nextOpening(from);
			const reached = timeline.reach(position.workedMs + wantedMs, position.block);
			if (reached !== undefined) return reached;
			throw new SlaError(
				'no-working-time',
				`After ${new Date(from).toISOString()}, the schedule is never open for ${wantedMs} ms in all.`,
				'Give the schedule weekly hours, or a shorter duration.',
			);
		},
		workingTime(startMs, endMs) {
			const from = checkedInstant('startMs', startMs);
			const to = checkedInstant('endMs', endMs);
			return to <= from ? 0 : timeline.positionOf(to).workedMs - timeline.positionOf(from).workedMs;
		},
		isOpen(ms) {
			const at = checkedInstant('ms', ms);
			return timeline.isOpen(timeline.positionOf(at), at);
		},
		segments(startMs, endMs) {
			const span = { start: checkedInstant('startMs', startMs), end: checkedInstant('endMs', endMs) };
			return span.end <= span.start ? [] : clip([...timeline.intervals(span.start, span.end)], span);
		},
		closures: (startMs, endMs) =>
			timeline.closures(checkedInstant('startMs', startMs), checkedInstant('endMs', endMs)),
	};
}

const firstMs = 0;

/** Instants are whole milliseconds, as those of a clock. */
function checkedInstant(field: string, ms: number): number {
	if (typeof ms === 'number' && ms >= firstMs && ms < Timeline.endMs) return Math.floor(ms);
	throw new SlaError(
		'invalid_input',
		`"${field}" is no instant from 1970 to 2102 in milliseconds since 1970: ${String(ms)}`,
		'Give milliseconds; seconds are to be multiplied by 1000, and texts to be parsed.',
		[{ field, problem: `is ${String(ms)}` }],
	);
}

function twoYearsAfter(ms: number): number {
	const date = new Date(ms);
	return date.setUTCFullYear(date.getUTCFullYear() + 2);
}
