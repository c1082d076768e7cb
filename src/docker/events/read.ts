import { z } from 'zod';

import type { Engine } from '../engine';
import { DockerError } from '../errors';
import { isoInstant, nanoseconds, parseEvent, type RawEvent } from './event';
import { LineCutter } from './lines';

/** The engine remembers 256; more between two instants that have passed is no answer of an engine. */
const mostEvents = 10_000;

/**
 * The events between two instants that the engine still remembers, oldest first.
 *
 * @param from nanoseconds since 1970, by the engine's clock; that instant included
 * @param until the same, included; it should have passed, or the engine waits for it
 * @throws DockerError
 */
export async function readRemembered(
	engine: Engine,
	from: bigint,
	until: bigint,
	signal?: AbortSignal,
): Promise<RawEvent[]> {
	const query = { since: engineTime(from), until: engineTime(until) };
	const response = await engine.open({ path: '/events', query, signal });
	const events: RawEvent[] = [];
	const cutter = new LineCutter((line) => {
		const event = typeof line === 'string' ? parseEvent(line) : undefined;
		if (event) events.push(event);
	});
	try {
		for await (const chunk of response as AsyncIterable<Buffer>) {
			cutter.push(chunk);
			if (events.length > mostEvents) throw notAnEngine();
		}
	} catch (thrown) {
		response.destroy();
		throw thrown instanceof DockerError ? thrown : answerCut(thrown);
	}
	if (!response.complete || cutter.midway) throw answerCut();
	return events;
}

/** As the engine reads an instant: seconds and nanoseconds. */
export function engineTime(timeNano: bigint): string {
	const past = timeNano < 1n ? 1n : timeNano;
	return `${past / 1_000_000_000n}.${String(past % 1_000_000_000n).padStart(9, '0')}`;
}

const systemInfo = z.looseObject({ SystemTime: z.string().nullish() });

/**
 * What the engine's clock says, which is not the clock of n8n: to the nanosecond, or where a proxy hides that to the
 * second.
 */
export async function engineNow(engine: Engine, signal?: AbortSignal): Promise<bigint> {
	try {
		const { SystemTime: said } = await engine.call({ path: '/info', signal }, systemInfo);
		const now = said ? nanoseconds(said) : undefined;
		if (now !== undefined) return now;
	} catch (thrown) {
		if (!(thrown instanceof DockerError) || thrown.code !== 'proxy_refused') throw thrown;
	}
	return await engineSecond(engine, signal);
}

/** The second that the engine's clock is in, from the head of its smallest answer; without one, n8n's own. */
export async function engineSecond(engine: Engine, signal?: AbortSignal): Promise<bigint> {
	const said = await engine.send({ path: '/_ping', signal }).then(
		({ headers }) => Date.parse(headers.date ?? ''),
		(thrown: unknown) => {
			if (thrown instanceof DockerError && thrown.code === 'proxy_refused') return Number.NaN;
			throw thrown;
		},
	);
	const milliseconds = Number.isNaN(said) ? Date.now() : said;
	return BigInt(Math.floor(milliseconds / 1000)) * 1_000_000_000n;
}

function answerCut(cause?: unknown): DockerError {
	return new DockerError(
		'answer_cut',
		'The answer to GET /events ended in the middle.',
		'The engine or the proxy was probably stopped meanwhile. Run again.',
		{ cause },
	);
}

function notAnEngine(): DockerError {
	return new DockerError(
		'not_an_engine',
		`The answer to GET /events holds more than ${mostEvents} events of the past; an engine remembers 256.`,
		'See whether a proxy changes the answers of the engine.',
	);
}

/** A time in which things may have happened that nobody can tell any more. */
export interface HistoryGap {
	eventId: string;
	/** When it was noticed, by the engine's clock. */
	at: string;
	type: 'history_gap';
	from: string;
	to: string;
	message: string;
}

/** @param from nanoseconds since 1970 */
export function historyGap(from: bigint, to: bigint, why: string): HistoryGap {
	const [earlier, later] = from <= to ? [from, to] : [to, from];
	return {
		at: isoInstant(later),
		type: 'history_gap',
		from: isoInstant(earlier),
		to: isoInstant(later),
		message: why,
		eventId: `gap-${earlier}-${later}`,
	};
}
