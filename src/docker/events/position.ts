import { z } from 'zod';

import { parseInput } from '../../shared';
import type { RawEvent } from './event';

/** How far the events of an engine have been followed; plain JSON, to go on there after a restart. */
export interface EventPosition {
	/** The newest event that was seen, or the instant the engine had none; nanoseconds since 1970, in digits. */
	at: string;
	/** Its key; null when the engine remembered no event at that instant. */
	key: string | null;
	/** Keys of the events seen shortly before it. */
	recent: string[];
}

const keyText = z.string().max(100);
const position = z.object({
	at: z.string().regex(/^\d{1,19}$/),
	key: keyText.nullable(),
	recent: z.array(keyText).max(2000),
});

/** @returns undefined for what is no position, as of another version */
export function parsePosition(value: unknown): EventPosition | undefined {
	const parsed = parseInput(position, value);
	return parsed.ok ? parsed.value : undefined;
}

/**
 * Events are asked for again from a little before the newest that was seen: the engine takes the time of an event before
 * it puts it into its list, so that two may stand there in another order than that of their times.
 */
export const overlapNano = 2_000_000_000n;

/** More than the engine remembers, so that nothing it tells again is taken for new. */
const mostKept = 2048;

/** What has been seen of the events, which tells new ones from those that are told again. */
export class SeenEvents {
	private readonly keys = new Map<string, bigint>();
	private newest: { timeNano: bigint; key: string | null };

	constructor(from: EventPosition) {
		this.newest = { timeNano: BigInt(from.at), key: from.key };
		for (const key of from.recent) this.remember(key, keyTime(key) ?? this.newest.timeNano);
		if (from.key !== null) this.remember(from.key, this.newest.timeNano);
	}

	get at(): bigint {
		return this.newest.timeNano;
	}

	/** Key of the newest event. */
	get anchor(): string | null {
		return this.newest.key;
	}

	has({ key }: Pick<RawEvent, 'key'>): boolean {
		return this.keys.has(key);
	}

	/** @param late it is older than what has been seen since, so that the position stays */
	add({ key, timeNano }: Pick<RawEvent, 'key' | 'timeNano'>, late = false): void {
		this.remember(key, timeNano);
		if (!late) this.newest = { timeNano, key };
	}

	position(): EventPosition {
		const { timeNano, key } = this.newest;
		const recent = [...this.keys].filter(([, at]) => at >= timeNano - overlapNano).map(([known]) => known);
		return { at: String(timeNano), key, recent: recent.slice(-mostKept / 2) };
	}

	private remember(key: string, timeNano: bigint): void {
		this.keys.set(key, timeNano);
		if (this.keys.size <= mostKept) return;
		const [oldest] = this.keys.keys();
		if (oldest !== undefined) this.keys.delete(oldest);
	}
}

function keyTime(key: string): bigint | undefined {
	const digits = /^(\d{1,19})-/.exec(key)?.[1];
	return digits === undefined ? undefined : BigInt(digits);
}
