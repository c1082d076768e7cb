import type { IncomingMessage } from 'node:http';
import { once } from 'node:events';

import type { Engine } from '../engine';
import { eventKey, parseEvent, type RawEvent } from './event';
import { LineCutter, type TooLong } from './lines';
import { engineTime } from './read';

/** A line of the engine that could not be read as an event. */
export interface Unreadable {
	key: string;
	unreadable: string;
}

/** Waiting events beyond this are left to the engine's memory: the connection is ended and asked for them again. */
const mostWaiting = 10_000;
const mostWaitingBytes = 32 * 1024 * 1024;

/**
 * One connection to the engine's events. It is read as fast as the events come, whatever their reader does: the engine
 * drops what a slow listener does not take within 100 ms.
 *
 * Source: moby, daemon/events/events.go, `events.pub`.
 */
export class EventStream {
	private waiting: { event: RawEvent | Unreadable; sizeBytes: number }[] = [];
	private waitingBytes = 0;
	private readonly received = new Set<string>();
	private open = true;
	private wake: () => void = () => {};

	private constructor(private readonly response: IncomingMessage) {
		const cutter = new LineCutter((line) => this.take(line));
		response.on('data', (chunk: Buffer) => cutter.push(chunk));
		// Why it has ended is of no interest: it is opened again, and that tells what is wrong.
		response.on('error', () => this.ended());
		response.on('close', () => this.ended());
		response.on('end', () => this.ended());
	}

	/** @param since nanoseconds since 1970; what the engine remembers from then on comes first */
	static async open(engine: Engine, since: bigint, signal: AbortSignal): Promise<EventStream> {
		const query = { since: engineTime(since) };
		return new EventStream(await engine.open({ path: '/events', query, mayBeSilent: true, signal }));
	}

	/** The next event in the order of the engine; undefined once the connection has ended and all are taken. */
	async next(): Promise<RawEvent | Unreadable | undefined> {
		for (;;) {
			const first = this.waiting.shift();
			if (first) {
				this.waitingBytes -= first.sizeBytes;
				return first.event;
			}
			if (!this.open) return undefined;
			await new Promise<void>((resolve) => (this.wake = resolve));
		}
	}

	/** Whether an event has come through this connection lately, taken or not. */
	hasReceived(key: string): boolean {
		return this.received.has(key);
	}

	/** Puts events in that came another way. */
	insert(events: RawEvent[]): void {
		for (const event of events) this.waiting.push({ event, sizeBytes: 0 });
		this.wake();
	}

	/** Ends the connection; what has come already can still be taken. */
	end(): void {
		this.response.destroy();
		this.ended();
	}

	async close(): Promise<void> {
		this.waiting = [];
		this.end();
		if (!this.response.closed) await once(this.response, 'close');
	}

	private ended(): void {
		this.open = false;
		this.wake();
	}

	private take(line: string | TooLong): void {
		if (!this.open) return;
		const sizeBytes = typeof line === 'string' ? line.length : line.start.length;
		const event = readLine(line);
		this.received.add(event.key);
		const [oldest] = this.received;
		if (this.received.size > mostWaiting && oldest !== undefined) this.received.delete(oldest);
		this.waiting.push({ event, sizeBytes });
		this.waitingBytes += sizeBytes;
		if (this.waiting.length > mostWaiting || this.waitingBytes > mostWaitingBytes) this.end();
		this.wake();
	}
}

function readLine(line: string | TooLong): RawEvent | Unreadable {
	if (typeof line !== 'string') {
		const key = eventKey(0n, [String(line.sizeBytes), line.start]);
		return { key, unreadable: `an event of ${line.sizeBytes} bytes was too long to be read` };
	}
	return (
		parseEvent(line) ?? {
			key: eventKey(0n, [line]),
			unreadable: 'the engine told something that is no event',
		}
	);
}
