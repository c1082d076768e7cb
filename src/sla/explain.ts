import { formatInstant } from './instant';
import { intersect, merge, subtract, type Interval } from './schedule/interval';
import type { ClosedReason } from './schedule/opening';
import type { CompiledSchedule } from './schedule/schedule';

/** Why a time did not count. */
export type NotCountedReason = ClosedReason | { kind: 'paused' };

/** A part of a span of time: either all of it counted or none. */
export type Piece = Interval & ({ counted: true } | { counted: false; reason: NotCountedReason });

/** How a working time came about. */
export interface Explanation extends Interval {
	workingMs: number;
	/** What passed on the clock. */
	calendarMs: number;
	/** In order and without gaps; those that count add up to `workingMs`. */
	pieces: Piece[];
}

/**
 * Explains the working time between two instants.
 *
 * @param pauses times that do not count although it is open
 * @throws SlaError `invalid_input` for what is no instant
 */
export function explainElapsed(
	schedule: Pick<CompiledSchedule, 'segments' | 'closures'>,
	startMs: number,
	endMs: number,
	pauses: readonly Interval[] = [],
): Explanation {
	const open = schedule.segments(startMs, endMs);
	const still = merge(pauses);
	const counted = subtract(open, still);
	const paused = intersect(open, still);
	const pieces: Piece[] = [
		...counted.map(({ start, end }): Piece => ({ start, end, counted: true })),
		...paused.map(({ start, end }): Piece => ({ start, end, counted: false, reason: { kind: 'paused' } })),
		...schedule.closures(startMs, endMs).map((closure): Piece => ({ ...closure, counted: false })),
	];
	return {
		...{ start: startMs, end: Math.max(startMs, endMs) },
		workingMs: counted.reduce((sum, { start, end }) => sum + end - start, 0),
		calendarMs: Math.max(0, endMs - startMs),
		pieces: joined(pieces.sort((one, other) => one.start - other.start)),
	};
}

/**
 * Explains a deadline: what is counted until it.
 *
 * @throws SlaError `no-working-time` or `invalid_input` as the deadline itself
 */
export const explainDeadline = (
	schedule: CompiledSchedule,
	startMs: number,
	workingMs: number,
): Explanation => explainElapsed(schedule, startMs, schedule.deadline(startMs, workingMs));

/** An explanation for people and programs: times in ISO 8601 with the offset of the zone. */
export interface ToldExplanation {
	start: string;
	end: string;
	workingMs: number;
	calendarMs: number;
	timezone: string;
	pieces: ToldPiece[];
}

export interface ToldPiece {
	start: string;
	end: string;
	durationMs: number;
	counted: boolean;
	reason?: NotCountedReason;
}

export function tellExplanation(explanation: Explanation, timezone: string): ToldExplanation {
	const at = (ms: number): string => formatInstant(ms, timezone);
	return {
		start: at(explanation.start),
		end: at(explanation.end),
		workingMs: explanation.workingMs,
		calendarMs: explanation.calendarMs,
		timezone,
		pieces: explanation.pieces.map((piece) => ({
			...piece,
			...{ start: at(piece.start), end: at(piece.end), durationMs: piece.end - piece.start },
		})),
	};
}

/** Neighbours that say the same are one, such as a night at the end of a year. */
function joined(pieces: readonly Piece[]): Piece[] {
	const found: Piece[] = [];
	for (const piece of pieces) {
		const last = found.at(-1);
		if (last && last.end === piece.start && says(last) === says(piece)) last.end = piece.end;
		else found.push({ ...piece });
	}
	return found;
}

const says = (piece: Piece): string => (piece.counted ? '' : JSON.stringify(piece.reason));
