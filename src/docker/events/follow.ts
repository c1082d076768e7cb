import { setTimeout as sleep } from 'node:timers/promises';

import { Access } from '../access';
import type { EngineConnection } from '../connection';
import { Engine } from '../engine';
import { DockerError } from '../errors';
import { describeEvent, type DockerEvent, type RawEvent } from './event';
import { EventGate, fitsFilter, type EventFilter } from './filter';
import { SeenEvents, type EventPosition } from './position';
import { engineSecond, historyGap, readRemembered, type HistoryGap } from './read';
import { begin, resume, resumeLate, type Resumption } from './resume';
import { EventStream } from './stream';

export interface FollowOptions {
	filter?: EventFilter | undefined;
	/** Where to go on; from now on when absent. */
	from?: EventPosition | undefined;
	/** Until when events were followed, which may be long after the newest one. */
	awaySince?: Date | undefined;
	/** Of what came since that position, what is older than this is left out, and told as a gap. */
	notBefore?: Date | undefined;
	/** Called each time the connection is there. */
	onConnected?: (() => void) | undefined;
	/** Called each time it cannot be made; the next attempt follows by itself. */
	onFailure?: ((failure: DockerError, attempts: number) => void) | undefined;
	/** A number from 0 to 1 that spreads the attempts of many who follow one engine. */
	random?: (() => number) | undefined;
	/** Between two looks whether the engine still answers and has told everything. */
	checkEveryMs?: number | undefined;
}

const firstPauseMs = 250;
const longestPauseMs = 30_000;
/** A connection that has held so long was a good one: the pauses begin anew. */
const steadyMs = 5_000;
const usualCheckMs = 30_000;
/** What the engine told so long ago must have come through the connection. */
const underwayNano = 2_000_000_000n;

/**
 * Follows the events of one engine for as long as its signal allows, within the rights of one credential: each event
 * once and in the engine's order, over any number of lost connections. Where the engine no longer remembers what was
 * between two connections, a `history_gap` tells from when to when.
 */
export class EventFollower {
	private readonly gate = new EventGate();
	private seen: SeenEvents | undefined;
	private notBefore: bigint | undefined;
	/** Whether the engine could not be reached since the newest event, so that it may have been restarted. */
	private wasAway: boolean;

	/** @param connection asked for on each attempt, so that a credential that was corrected counts at once */
	constructor(
		private readonly connection: () => EngineConnection | Promise<EngineConnection>,
		private readonly signal: AbortSignal,
		private readonly options: FollowOptions = {},
	) {
		const { from, notBefore } = options;
		this.seen = from && new SeenEvents(from);
		this.notBefore = inNanoseconds(notBefore);
		this.wasAway = from !== undefined;
	}

	/** Everything up to the item that was given last has been seen. Undefined before the first connection. */
	get position(): EventPosition | undefined {
		return this.seen?.position();
	}

	/** Ends with the signal alone; errors of the engine and of the way to it are waited out. */
	async *[Symbol.asyncIterator](): AsyncGenerator<DockerEvent | HistoryGap, void, undefined> {
		const { random = Math.random, onFailure } = this.options;
		let attempts = 0;
		while (!this.signal.aborted) {
			const newest = this.seen?.anchor;
			const startedAt = performance.now();
			try {
				yield* this.followOnce();
			} catch (thrown) {
				if (this.signal.aborted) return;
				if (!(thrown instanceof DockerError)) throw thrown;
				this.wasAway = true;
				onFailure?.(thrown, attempts + 1);
			}
			const wasGood = performance.now() - startedAt > steadyMs || this.seen?.anchor !== newest;
			attempts = wasGood ? 1 : attempts + 1;
			const pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(attempts - 1, 16)) * random();
			await sleep(pauseMs, undefined, { signal: this.signal }).catch(() => undefined);
		}
	}

	/** Over one connection, until it ends. */
	private async *followOnce(): AsyncGenerator<DockerEvent | HistoryGap, void, undefined> {
		// Made anew, because an engine that was updated meanwhile may speak another version of its API.
		const connection = await this.connection();
		const access = new Access(connection);
		access.requireAction('events');
		const engine = new Engine(connection);
		const { seen, gap, since, now, beginsWithSeen } = await this.start(engine);
		const stream = await EventStream.open(engine, since, this.signal);
		const check = new Check(engine, stream, seen, now, this.options.checkEveryMs ?? usualCheckMs);
		try {
			this.seen = seen;
			this.notBefore = undefined;
			this.wasAway = false;
			this.options.onConnected?.();
			if (gap) yield gap;
			let first = beginsWithSeen;
			for (let told = await stream.next(); told !== undefined; told = await stream.next()) {
				const isNew = !seen.has(told);
				// More has happened since it was asked what the engine remembers than it can remember.
				if (isNew && first && 'type' in told) yield historyGap(seen.at, told.timeNano, tooMuch);
				first = false;
				if (!isNew) continue;
				if ('unreadable' in told) {
					seen.add({ key: told.key, timeNano: seen.at }, true);
					yield historyGap(
						seen.at,
						now > seen.at ? now : seen.at,
						`It is not known what happened: ${told.unreadable}.`,
					);
					continue;
				}
				seen.add(told, check.found(told));
				const event = describeEvent(told);
				if (event && this.gate.admits(access, told, event) && fitsFilter(event, this.options.filter ?? {}))
					yield event;
			}
		} finally {
			await check.end();
			await stream.close();
		}
	}

	private async start(engine: Engine): Promise<Resumption> {
		if (this.seen === undefined) return await begin(engine, this.signal);
		if (this.notBefore === undefined || this.seen.at >= this.notBefore) {
			return await resume(engine, this.seen, this.wasAway, this.signal);
		}
		const away = inNanoseconds(this.options.awaySince) ?? this.seen.at;
		return await resumeLate(engine, away, this.notBefore, this.signal);
	}
}

function inNanoseconds(instant: Date | undefined): bigint | undefined {
	return instant && BigInt(instant.getTime()) * 1_000_000n;
}

const tooMuch =
	'More happened than the engine remembers, which are its newest 256 events. Look at the containers themselves.';

/**
 * Looks every so often whether the engine answers and whether everything it has told has come through a connection. So
 * a connection that is dead without having been closed is noticed, and what an engine under load has left out comes late
 * and not never.
 */
class Check {
	private readonly ending = new AbortController();
	private readonly late = new Set<string>();
	private readonly work: Promise<void>;

	constructor(
		private readonly engine: Engine,
		private readonly stream: EventStream,
		private readonly seen: SeenEvents,
		private checkedTo: bigint,
		private readonly everyMs: number,
	) {
		// Whatever is wrong, a new connection tells it.
		this.work = this.repeat().catch(() => stream.end());
	}

	/** Whether an event came by the check, after others that are newer. */
	found({ key }: RawEvent): boolean {
		return this.late.delete(key);
	}

	async end(): Promise<void> {
		this.ending.abort();
		await this.work;
	}

	private async repeat(): Promise<void> {
		const { signal } = this.ending;
		for (;;) {
			await sleep(this.everyMs, undefined, { signal });
			const until = (await engineSecond(this.engine, signal)) - underwayNano;
			if (until <= this.checkedTo) continue;
			const told = await readRemembered(this.engine, this.checkedTo, until, signal);
			const missed = told.filter((event) => !this.seen.has(event) && !this.stream.hasReceived(event.key));
			this.checkedTo = until;
			if (missed.length === 0) continue;
			for (const { key } of missed) this.late.add(key);
			this.stream.insert(missed);
			this.stream.end();
		}
	}
}
