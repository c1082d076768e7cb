import { longestPause, usualSpacing, type FoundLevel } from '../alert';

/** A look, and the one before it. */
export interface Sample {
	key: string;
	/** In milliseconds since 1970. */
	at: number;
	level: FoundLevel;
	latencyMs: number | null;
	/** Undefined for the first look. */
	previous: { at: number; level: FoundLevel; isMaintenance: boolean } | undefined;
	/** Instants of the last looks, to know how often there is one. */
	recent: readonly number[];
}

/** A stretch of time in which a level is taken to have been the case. */
export interface Credit {
	level: FoundLevel | 'maintenance';
	/** In milliseconds since 1970; the end is not included. */
	from: number;
	to: number;
}

/**
 * What a look found holds until the next look. Where that is much later than usual, nobody has looked in between: the look
 * then counts for as long as usual, and the rest is time without data, neither up nor down.
 *
 * @returns undefined when there is nothing to credit, also after the clock was set back
 */
export function creditOf({ at, previous, recent }: Sample): Credit | undefined {
	if (previous === undefined || previous.at >= at) return undefined;
	const { level, isMaintenance } = previous;
	const usual = usualSpacing(recent.filter((instant) => instant <= previous.at));
	const elapsed = at - previous.at;
	const held = elapsed <= longestPause(usual) ? elapsed : usual;
	return { level: isMaintenance ? 'maintenance' : level, from: previous.at, to: previous.at + held };
}

/** Cuts a stretch where the clock strikes. @param unitMs length of an hour or a day */
export function* cut({ from, to }: Credit, unitMs: number): Generator<{ start: number; ms: number }> {
	for (let at = from; at < to;) {
		const start = Math.floor(at / unitMs) * unitMs;
		const end = Math.min(to, start + unitMs);
		yield { start, ms: end - at };
		at = end;
	}
}
