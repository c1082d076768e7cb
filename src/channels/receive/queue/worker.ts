import { setTimeout as sleep } from 'node:timers/promises';

import { errorMessage, OpsdeskError, type MessageInput } from '../../../shared';
import type { ChannelEvent } from '../event';
import { ThreadLag } from './thread-lag';
import type { EventQueue } from './event-queue';
import type { Waiting } from './names';

/** What the store says of a message. */
export interface StoreVerdict {
	status: 'created' | 'duplicate' | 'edited' | 'deleted' | 'refused' | 'failed';
	reason?: string | undefined;
	id?: number | undefined;
	conversationId?: number | undefined;
	contactId?: number | undefined;
	/** Of the team, when one of them has written it. */
	memberId?: number | undefined;
	/** Operators work in that chat. */
	isDesk?: true | undefined;
}

/** An event on its way out of the queue. */
export interface HandedOver {
	event: ChannelEvent;
	/** Of a message, where there is a store. */
	stored?: StoreVerdict;
	/** 1 for the first time. More: it was handed over before, and the process ended before that was settled. */
	attempt: number;
}

export interface WorkerOptions {
	/** Stores messages, one answer for each; throws when the store cannot be reached. */
	store?: (messages: MessageInput[]) => Promise<StoreVerdict[]>;
	/** Settles when the event has been worked on. When it fails, the event is handed over again with the same attempt. */
	handOver: (event: HandedOver) => Promise<void>;
	/** Events that are handed over at the same time, while the thread is not late. Default 10. */
	atOnce?: number;
	/** Events that go together where they wait; so many times `atOnce` are handed over at the same time. Default 1. */
	together?: number;
	/** Handed over this often without an end, an event is put aside. Default 3. */
	mostAttempts?: number;
	/** How often to look for what other processes have put into the folder; undefined: never. */
	rescanMs?: number;
	onProblem?: (problem: string) => void;
}

const lookAgainMs = 250;
const storeBatch = 100;
/** Runs at the same time while somebody waits until a message is stored, or the thread is late. */
const atOnceMeanwhile = 2;
const firstPauseMs = 500;
const longestPauseMs = 30_000;
const tidyMs = 60 * 60_000;
/** How often to look for what ended processes have left. */
const lookForLeftMs = 10_000;

/** Codes with which a store refuses what it was given, whenever it is asked. */
const finalCodes = ['invalid_input', 'conflict', 'on_hold', 'rejected'];

/**
 * Works a queue off: stores what is to be stored, many at once, then hands over, a few chats at a time and each of them
 * one event after the other.
 */
export class QueueWorker {
	private readonly verdicts = new Map<string, StoreVerdict>();
	private readonly inHand = new Set<string>();
	private readonly settled = new Map<string, () => void>();
	private readonly timers: NodeJS.Timeout[] = [];
	private storing: Promise<void> | undefined;
	private readonly lag = new ThreadLag();
	private readonly closed = new AbortController();

	constructor(
		private readonly queue: EventQueue,
		private readonly options: WorkerOptions,
	) {
		const { rescanMs } = options;
		const again = (work: () => Promise<void>, ms: number): void => {
			this.timers.push(setInterval(() => void work().catch((thrown) => this.report(thrown)), ms).unref());
		};
		again(async () => await queue.tidy(), tidyMs);
		again(async () => await queue.takeUpLeft().then(() => this.nudge()), lookForLeftMs);
		if (rescanMs !== undefined) again(async () => await queue.rescan().then(() => this.nudge()), rescanMs);
		// What gave way goes on when the thread is free again.
		again(() => Promise.resolve(this.handOverMore()), lookAgainMs);
		this.nudge();
	}

	/** Something waits. */
	nudge(): void {
		if (this.closed.signal.aborted) return;
		if (this.options.store) this.startStoring();
		this.handOverMore();
	}

	/** Until these are stored or refused, at most so long. */
	async untilStored(names: string[], atMostMs: number): Promise<void> {
		if (!this.options.store || names.length === 0) return;
		const each = names.map(
			async (name) =>
				await new Promise<void>((resolve) => {
					if (this.verdicts.has(name) || !this.queue.isWaiting(name)) resolve();
					else this.settled.set(name, resolve);
				}),
		);
		this.nudge();
		await Promise.race([Promise.all(each), sleep(atMostMs, undefined, { ref: false })]);
		for (const name of names) this.settled.delete(name);
		this.handOverMore();
	}

	/** Takes up nothing more, and waits for what is being stored; what is handed over is settled when it ends. */
	async close(): Promise<void> {
		this.closed.abort();
		for (const timer of this.timers) clearInterval(timer);
		this.lag.close();
		await this.storing;
	}

	private startStoring(): void {
		if (this.storing) return;
		this.storing = this.storeAll()
			.catch((thrown: unknown) => this.report(thrown))
			.finally(() => {
				this.storing = undefined;
			});
	}

	private async storeAll(): Promise<void> {
		let pauseMs = firstPauseMs;
		while (!this.closed.signal.aborted) {
			const batch = await this.unstored();
			if (batch.length === 0) return;
			try {
				await this.storeTogether(batch);
				pauseMs = firstPauseMs;
			} catch (thrown) {
				this.report(thrown);
				await this.pause(pauseMs);
				pauseMs = Math.min(pauseMs * 2, longestPauseMs);
			}
			this.handOverMore();
		}
	}

	private async unstored(): Promise<Array<{ waiting: Waiting; message: MessageInput }>> {
		const batch: Array<{ waiting: Waiting; message: MessageInput }> = [];
		for (const waiting of this.queue.waiting) {
			if (this.verdicts.has(waiting.name) || this.inHand.has(waiting.name)) continue;
			const event = await this.queue.read(waiting);
			if (event?.kind === 'message') batch.push({ waiting, message: event.message });
			// Nothing is to be stored of it.
			else await this.settle(waiting, { status: 'created' });
			if (batch.length === storeBatch) break;
		}
		return batch;
	}

	private async storeTogether(batch: Array<{ waiting: Waiting; message: MessageInput }>): Promise<void> {
		const { store } = this.options;
		if (!store) return;
		let verdicts: StoreVerdict[];
		try {
			verdicts = await store(batch.map(({ message }) => message));
		} catch (thrown) {
			if (!isFinal(thrown)) throw thrown;
			// One of them keeps the others out: each for itself.
			const [only, ...others] = batch;
			if (!only) return;
			if (others.length === 0) {
				this.report(thrown);
				await this.settle(only.waiting, { status: 'failed', reason: errorMessage(thrown) });
				return;
			}
			for (const one of batch) await this.storeTogether([one]);
			return;
		}
		for (const [place, { waiting }] of batch.entries()) {
			const verdict = verdicts[place];
			if (verdict) await this.settle(waiting, verdict);
		}
	}

	private async settle(waiting: Waiting, verdict: StoreVerdict): Promise<void> {
		// Somebody else has stored it: another worker, which hands it over.
		if (verdict.status === 'duplicate' && !waiting.recovered) await this.queue.done(waiting);
		else this.verdicts.set(waiting.name, verdict);
		this.settled.get(waiting.name)?.();
	}

	private handOverMore(): void {
		const { atOnce = 10, together = 1, store } = this.options;
		// A platform that waits for its answer goes first: runs share the thread with it.
		const givesWay = this.settled.size > 0 || this.lag.isLate;
		const most = (givesWay ? Math.min(atOnce, atOnceMeanwhile) : atOnce) * together;
		for (const waiting of this.queue.next()) {
			if (this.closed.signal.aborted || this.inHand.size >= most) return;
			if (this.inHand.has(waiting.name) || (store && !this.verdicts.has(waiting.name))) continue;
			this.inHand.add(waiting.name);
			void this.workOn(waiting)
				.catch((thrown: unknown) => this.report(thrown))
				.finally(() => {
					this.inHand.delete(waiting.name);
					this.handOverMore();
				});
		}
	}

	private async workOn(waiting: Waiting): Promise<void> {
		const { mostAttempts = 3, store } = this.options;
		if (waiting.attempts >= mostAttempts) {
			const place = await this.queue.bury(waiting);
			this.report(
				`An event was handed over ${waiting.attempts} times without an end. It is kept in ${place}.`,
			);
			return;
		}
		const event = await this.queue.read(waiting);
		if (!event) {
			this.queue.forget(waiting);
			return;
		}
		const begun = await this.queue.begin(waiting);
		if (!begun) return;
		const stored = this.verdicts.get(waiting.name);
		try {
			const isStored = store && event.kind === 'message' && stored;
			await this.options.handOver({ event, attempt: begun.attempts, ...(isStored && { stored }) });
		} catch (thrown) {
			this.report(thrown);
			await sleep(firstPauseMs, undefined, { ref: false });
			await this.queue.giveBack(begun);
			return;
		}
		await this.queue.done(begun);
		this.verdicts.delete(waiting.name);
	}

	/** Ends at once when the worker is closed. */
	private async pause(pauseMs: number): Promise<void> {
		const { signal } = this.closed;
		await sleep(pauseMs, undefined, { ref: false, signal }).catch(() => undefined);
	}

	private report(problem: unknown): void {
		this.options.onProblem?.(errorMessage(problem));
	}
}

function isFinal(thrown: unknown): boolean {
	return thrown instanceof OpsdeskError && finalCodes.includes(thrown.code);
}
