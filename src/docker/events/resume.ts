import type { Engine } from '../engine';
import { overlapNano, SeenEvents } from './position';
import { engineNow, historyGap, readRemembered, type HistoryGap } from './read';

/** How events are gone on with at one moment. */
export interface Resumption {
	seen: SeenEvents;
	/** What came since the events were seen and is not remembered any more. */
	gap: HistoryGap | undefined;
	/** From when on the engine is to tell; nanoseconds since 1970. */
	since: bigint;
	/** The engine's clock. */
	now: bigint;
	/** Whether the engine will begin with an event that was seen. */
	beginsWithSeen: boolean;
}

/** As many events as the engine remembers: with fewer, none was forgotten since it was started. */
const memorySize = 256;
/** Where only the second of the engine's clock is known, an event may seem to come from the future. */
const secondNano = 1_000_000_000n;

const forgotten =
	'The engine does not remember what happened then: it keeps its newest 256 events, and none over a restart. Look at the containers themselves.';
const setBack =
	'The clock of the engine was set back, so that what happened meanwhile cannot be asked for. Look at the containers themselves.';
const tooOld = 'n8n was away for longer than events are caught up with. Look at the containers themselves.';

/** Begins now: everything the engine remembers has been seen. @throws DockerError */
export async function begin(engine: Engine, signal: AbortSignal): Promise<Resumption> {
	const now = await engineNow(engine, signal);
	const remembered = await readRemembered(engine, 1n, now, signal);
	const seen = new SeenEvents({ at: String(now), key: null, recent: [] });
	for (const event of remembered) seen.add(event);
	const since = seen.anchor === null ? now : seen.at - overlapNano;
	return { seen, gap: undefined, since, now, beginsWithSeen: seen.anchor !== null };
}

/**
 * Goes on after what was seen. What the engine remembers has no holes in itself, so nothing is lost if any event that was
 * seen is among it.
 *
 * @param wasAway whether the engine may have been restarted since
 * @throws DockerError
 */
export async function resume(
	engine: Engine,
	seen: SeenEvents,
	wasAway: boolean,
	signal: AbortSignal,
): Promise<Resumption> {
	const now = await engineNow(engine, signal);
	const { at, anchor } = seen;
	if (at > now + secondNano) {
		const gap = historyGap(now, at, setBack);
		return { seen, gap, since: now, now, beginsWithSeen: false };
	}
	const since = anchor === null ? at : at - overlapNano;
	const remembered = await readRemembered(engine, since, at > now ? at : now, signal);
	const lost =
		anchor === null
			? wasAway || remembered.length >= memorySize
			: !remembered.some((event) => seen.has(event));
	const next = remembered.find((event) => !seen.has(event));
	const gap = lost ? historyGap(at, next?.timeNano ?? now, forgotten) : undefined;
	return { seen, gap, since, now, beginsWithSeen: anchor !== null && !lost };
}

/**
 * Goes on after a long time: what is older than an instant is left out.
 *
 * @param awaySince nanoseconds since 1970
 * @param oldest the same, later
 * @throws DockerError
 */
export async function resumeLate(
	engine: Engine,
	awaySince: bigint,
	oldest: bigint,
	signal: AbortSignal,
): Promise<Resumption> {
	const now = await engineNow(engine, signal);
	const remembered = await readRemembered(engine, 1n, now, signal);
	const seen = new SeenEvents({ at: String(oldest), key: null, recent: [] });
	for (const event of remembered) if (event.timeNano < oldest) seen.add(event);
	const next = remembered.find((event) => !seen.has(event));
	const reaches = seen.anchor !== null;
	const gap = historyGap(awaySince, reaches ? oldest : (next?.timeNano ?? now), tooOld);
	const since = reaches ? seen.at - overlapNano : oldest;
	return { seen, gap, since, now, beginsWithSeen: reaches };
}
