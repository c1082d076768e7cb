import { Access } from '../access';
import type { EngineConnection } from '../connection';
import { Engine } from '../engine';
import { describeEvent, type DockerEvent } from './event';
import { EventGate, fitsFilter, type EventFilter } from './filter';
import { engineNow, historyGap, readRemembered, type HistoryGap } from './read';

export interface PastEvents {
	/** Oldest first. */
	events: DockerEvent[];
	/**
	 * Set unless the engine's memory reaches back to the first instant: what was before is not known, and nothing may
	 * have happened as well.
	 */
	gap: HistoryGap | undefined;
}

/**
 * What has happened between two instants, as far as the engine remembers: 256 events, health checks counted, none from
 * before its start.
 *
 * @param since included
 * @param until now when absent, or when it has not come yet
 * @throws DockerError `not_permitted`
 */
export async function listEvents(
	connection: EngineConnection,
	{ since, until, filter = {} }: { since: Date; until?: Date | undefined; filter?: EventFilter },
	signal?: AbortSignal,
): Promise<PastEvents> {
	const access = new Access(connection);
	access.requireAction('events');
	const engine = new Engine(connection);
	const now = await engineNow(engine, signal);
	const from = BigInt(since.getTime()) * 1_000_000n;
	// To the end of the millisecond that was given.
	const asked = until === undefined ? now : BigInt(until.getTime()) * 1_000_000n + 999_999n;
	const to = asked < now ? asked : now;
	const remembered = await readRemembered(engine, 1n, now, signal);
	const gate = new EventGate();
	const events = remembered.flatMap((raw) => {
		const event = describeEvent(raw);
		const admitted = event !== undefined && gate.admits(access, raw, event);
		return admitted && raw.timeNano >= from && raw.timeNano <= to && fitsFilter(event, filter) ? [event] : [];
	});
	const oldest = remembered[0]?.timeNano ?? now;
	const why = 'The engine remembers its newest 256 events, and none from before its start.';
	return { events, gap: oldest > from && from < to ? historyGap(from, oldest, why) : undefined };
}
