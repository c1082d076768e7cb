import { setTimeout as timer } from 'node:timers/promises';

/** What was claimed, by the clock of the store. */
export interface Claim<Event extends { id: number }> {
	events: readonly Event[];
	/** When the next one is due; null: none is planned. Milliseconds since 1970. */
	nextDueAtMs: number | null;
	/** When the store answered. */
	clockMs: number;
}

/** Where events are claimed, and told what has become of them. */
export interface DueEvents<Event extends { id: number }> {
	claim(limit: number): Promise<Claim<Event>>;
	acknowledge(events: readonly Event[]): Promise<unknown>;
	giveBack(ids: readonly number[]): Promise<unknown>;
	/** Keeps them for a whole lease from now on. */
	renew(ids: readonly number[]): Promise<unknown>;
}

/** `again`: that was in vain; the event comes again once its lease has ended. */
export type Outcome = 'done' | 'again';

export interface WatchOptions<Event extends { id: number }> {
	/** Hands an event over; settles when whatever it has started has come to its end, and rejects when nothing was started. */
	handOver(event: Event): Promise<Outcome>;
	/** How often to look, in milliseconds; sooner when the store says that something is due sooner. */
	intervalMs: number;
	/** Events that are handed over and not settled yet, at most. */
	mostAtOnce: number;
	/** For how long a claim keeps what it has given, in milliseconds; twice in that time it is renewed. */
	leaseMs: number;
	/** A hand-over that takes longer counts as done: what it has started is there, and goes on. */
	patienceMs: number;
	signal: AbortSignal;
	/** After each claim that was answered. */
	onReached?(): void;
	/** After each call that failed; the next attempt comes by itself. */
	onFailure?(failure: unknown): void;
	/** Resolves after the time, or as soon as the signal is aborted. Default: the clock of the machine. */
	sleep?(ms: number, signal: AbortSignal): Promise<void>;
	/** Milliseconds that only go forward. Default: those of the machine. */
	now?(): number;
}

const realSleep = async (ms: number, signal: AbortSignal): Promise<void> =>
	await timer(ms, undefined, { signal }).catch(() => undefined);

/** A store that does not answer is asked again after this time at first, and then after longer ones. */
const firstRetryMs = 1000;
/** Not longer: what falls due in an outage is told within a minute of its end. */
const lastRetryMs = 20_000;
/** Between two looks, whatever the store says. */
const shortestMs = 50;
/** What could not be handed over is tried again after this time at the latest. */
const refusedMs = 10_000;
/** Who ends it waits so long for what is on its way. */
const closingMs = 2000;

/**
 * Hands over each event once it is due, and acknowledges it when that has settled. What could not be handed over is
 * given back. Nothing that the store does ends it, only the signal does. A process that dies acknowledges nothing:
 * what was on its way comes again when its lease ends.
 */
export class Watch<Event extends { id: number }> {
	/** Handed over, and not settled yet. */
	private readonly onTheWay = new Map<number, { event: Event; ended: Promise<void> }>();
	/** Settled; told to the store with the next call that succeeds. */
	private readonly done = new Map<number, Event>();
	private readonly refused = new Set<number>();
	private wake = new AbortController();
	private failures = 0;
	private renewAtMs = 0;
	private readonly sleep: NonNullable<WatchOptions<Event>['sleep']>;
	private readonly now: NonNullable<WatchOptions<Event>['now']>;

	constructor(
		private readonly source: DueEvents<Event>,
		private readonly options: WatchOptions<Event>,
	) {
		this.sleep = options.sleep ?? realSleep;
		this.now = options.now ?? (() => performance.now());
	}

	/** Runs until the signal is aborted. */
	async run(): Promise<void> {
		const { signal } = this.options;
		while (!signal.aborted) {
			const waitMs = await this.round();
			if (!signal.aborted) await this.pause(waitMs);
		}
		await this.close().catch((failure: unknown) => this.options.onFailure?.(failure));
	}

	/** What goes on for longer was handed over all the same: nobody is to be told of it again. */
	private async close(): Promise<void> {
		const giveUp = new AbortController();
		const settled = Promise.all([...this.onTheWay.values()].map(({ ended }) => ended));
		await Promise.race([settled, this.sleep(closingMs, giveUp.signal)]);
		giveUp.abort();
		for (const [id, { event }] of this.onTheWay) this.done.set(id, event);
		await this.settle();
	}

	/** @returns how long to wait until the next one */
	private async round(): Promise<number> {
		const { intervalMs, onFailure } = this.options;
		try {
			const returned = await this.settle();
			if (returned > 0) return Math.min(intervalMs, refusedMs);
			await this.renew();
			const waitMs = await this.look();
			this.failures = 0;
			return this.onTheWay.size === 0 ? waitMs : Math.min(waitMs, this.renewAtMs - this.now());
		} catch (failure) {
			onFailure?.(failure);
			this.failures += 1;
			return Math.min(lastRetryMs, firstRetryMs * 2 ** (this.failures - 1));
		}
	}

	/** What takes long stays with this one, and takes no place in a claim from what is due. */
	private async renew(): Promise<void> {
		if (this.onTheWay.size === 0 || this.now() < this.renewAtMs) return;
		await this.source.renew([...this.onTheWay.keys()]);
		this.renewAtMs = this.now() + this.options.leaseMs / 2;
	}

	/** @returns how long to wait until the next one */
	private async look(): Promise<number> {
		const { mostAtOnce, intervalMs, leaseMs, onReached } = this.options;
		const free = mostAtOnce - this.onTheWay.size;
		// With the hands full, whoever settles first wakes it.
		if (free <= 0) return intervalMs;
		if (this.onTheWay.size === 0) this.renewAtMs = this.now() + leaseMs / 2;
		const { events, nextDueAtMs, clockMs } = await this.source.claim(free);
		onReached?.();
		const isNews = events.map((event) => this.begin(event)).some(Boolean);
		const untilDueMs = nextDueAtMs === null ? intervalMs : nextDueAtMs - clockMs;
		// What is due and was not given out is held by another worker: asking at once again would change nothing.
		if (untilDueMs <= 0) return isNews ? 0 : intervalMs;
		return Math.min(intervalMs, untilDueMs);
	}

	/** @returns whether it was handed over now; one that is still on its way only has its lease renewed by the claim */
	private begin(event: Event): boolean {
		const { id } = event;
		if (this.options.signal.aborted) {
			this.refused.add(id);
			return false;
		}
		// Settled, but the store did not hear of it: it is told again, and the event is not.
		if (this.onTheWay.has(id) || this.done.has(id)) return false;
		const settled = this.handOver(event).then(
			(outcome) => void (outcome === 'again' || this.done.set(id, event)),
			() => void this.refused.add(id),
		);
		const ended = settled.then(() => {
			this.onTheWay.delete(id);
			this.wake.abort();
		});
		this.onTheWay.set(id, { event, ended });
		return true;
	}

	private async handOver(event: Event): Promise<Outcome> {
		const { handOver, patienceMs } = this.options;
		const giveUp = new AbortController();
		const enough = this.sleep(patienceMs, giveUp.signal);
		try {
			return await Promise.race([handOver(event), enough.then((): Outcome => 'done')]);
		} finally {
			giveUp.abort();
		}
	}

	/** Tells the store what has become of what was handed over. @returns how many it has given back */
	private async settle(): Promise<number> {
		const done = [...this.done.values()];
		if (done.length > 0) {
			await this.source.acknowledge(done);
			for (const { id } of done) this.done.delete(id);
		}
		const refused = [...this.refused];
		if (refused.length === 0) return 0;
		await this.source.giveBack(refused);
		for (const id of refused) this.refused.delete(id);
		return refused.length;
	}

	private async pause(ms: number): Promise<void> {
		const { signal } = this.options;
		// Whatever has settled in the meantime is told at once.
		if (this.failures === 0 && this.done.size + this.refused.size > 0) return;
		this.wake = new AbortController();
		const woken = AbortSignal.any([signal, this.wake.signal]);
		await this.sleep(Math.max(shortestMs, ms), woken);
	}
}
