import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';

import type { Store } from '../../store';
import type { Carrier } from '../carrier';
import type { RateLimits } from '../limits';
import { usualLimits } from '../limits';
import type { Platform } from '../platform';
import type { ChannelClient } from '../send/request';
import { claimedSchema, entrySchema, type ClaimedEntry, type OutboxEntry } from './entry';
import { deliver } from './deliver';
import { persistently } from './persistently';

const usualLeaseMs = 90_000;
const mostPauseMs = 1000;

export interface SendDueOptions {
	platform: Platform;
	/** Only what this account sends. */
	account?: string | undefined;
	/** Id of the bot that sends, for an account of which nobody knows whose it is: only while the store knows no other bot. */
	onlyBot?: string | undefined;
	/** What goes over Twilio to that platform; by default what goes straight there. */
	carrier?: Carrier | undefined;
	/** How many requests are under way at once. Default 4. */
	parallel?: number;
	/** For how long it goes on, also when all that is left has to wait. Default 0: until nothing may be sent now. */
	forMs?: number;
	/** After which a request whose process does not answer is uncertain: longer than a request may take. Default 90,000. */
	leaseMs?: number;
	limits?: RateLimits;
	/** Ends it: what is under way is finished. */
	signal?: AbortSignal | undefined;
}

export interface DueReport {
	/** What is settled: sent, failed, dead or uncertain. What goes back into the queue is not among them. */
	settled: OutboxEntry[];
	/** Of them and of former runs: what nobody knows of whether it was sent. Each is told once. */
	uncertain: OutboxEntry[];
	/** What timers have to hear, whichever platform it is of: once, and again where they have not heard of it a minute later. */
	timers: TimerNews[];
	/** How many attempts have to be repeated. */
	retried: number;
	/** When there will be something to send; undefined when nothing waits. */
	nextInMs: number | undefined;
}

const newsSchema = z.object({
	conversationId: z.number(),
	/** As its platform calls it. */
	messageId: z.string(),
	/** ISO 8601 */
	sentAt: z.string(),
	/** `outbound`: an operator's answer was sent. `inbound`: a message waits for a person, for Eva's answer was not delivered. */
	direction: z.enum(['inbound', 'outbound']),
	author: z.string(),
	/** Who has answered; else empty. */
	by: z.string(),
	/** Of a message that waits `REQUEST`; else empty. */
	category: z.string(),
});
/** What has happened in a conversation without a run that could tell its timers. */
export type TimerNews = z.output<typeof newsSchema>;

const claimSchema = z.object({
	items: z.array(claimedSchema),
	refused: z.array(entrySchema),
	nextInMs: z.number().optional(),
});

/**
 * Sends what is due, within the limits, in the order of each chat; any number of processes may do so at once.
 *
 * An entry is noted as under way before it is handed over, and settled after that: a process that is killed in between leaves
 * it `uncertain`, and everything else as it was.
 *
 * @throws StoreError, when what is under way is finished; what is uncertain is told by the next run then
 */
export async function sendDue(
	store: Store,
	client: ChannelClient,
	options: SendDueOptions,
): Promise<DueReport> {
	const { parallel = 4, forMs = 0, signal } = options;
	const until = performance.now() + forMs;
	const report: DueReport = { settled: [], uncertain: [], timers: [], retried: 0, nextInMs: undefined };
	const underWay = new Set<Promise<void>>();
	let failure: { thrown: unknown } | undefined;
	const fail = (thrown: unknown): undefined => {
		failure ??= { thrown };
	};
	const start = (entry: ClaimedEntry, claimId: string): void => {
		const work = deliver(store, client, entry, claimId, options.leaseMs ?? usualLeaseMs)
			.then((settled) => note(report, settled))
			.catch(fail)
			.finally(() => underWay.delete(work));
		underWay.add(work);
	};
	while (!signal?.aborted && failure === undefined) {
		const claimId = randomUUID();
		const free = parallel - underWay.size;
		const claimed = free > 0 ? await claim(store, claimId, free, options).catch(fail) : undefined;
		for (const entry of claimed?.items ?? []) start(entry, claimId);
		report.settled.push(...(claimed?.refused ?? []));
		// Behind what was refused there may be something to send.
		if (claimed && claimed.refused.length > 0) continue;
		const nextInMs = claimed?.nextInMs;
		// What is handed in meanwhile is not to wait for what has to.
		const pauseMs = Math.min(nextInMs ?? mostPauseMs, mostPauseMs);
		if (underWay.size > 0) {
			const isFull = underWay.size >= parallel;
			await Promise.race([...underWay, ...(isFull ? [] : [sleep(pauseMs, undefined, { ref: false })])]);
			continue;
		}
		report.nextInMs = nextInMs;
		if (nextInMs === undefined || performance.now() + nextInMs > until) break;
		await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
	}
	await Promise.all(underWay);
	if (failure) throw failure.thrown;
	const { items, timers } = await tell(store, options);
	return { ...report, uncertain: items, timers };
}

const releaseForMs = 10_000;

/** Not ended by the signal: the store would carry it out all the same, and nobody would send what it took. */
async function claim(
	store: Store,
	claimId: string,
	limit: number,
	{ leaseMs = usualLeaseMs, ...options }: SendDueOptions,
) {
	const { limits = usualLimits[options.platform], onlyBot } = options;
	const request = { claimId, limit, leaseMs, limits, ...served(options), ...(onlyBot && { onlyBot }) };
	try {
		return await store.call('claim_outbox', request, { answer: claimSchema, repeatable: true });
	} catch (thrown) {
		const until = performance.now() + releaseForMs;
		const release = { answer: z.unknown(), repeatable: true };
		await persistently(until, () => store.call('release_outbox', { claimId }, release)).catch(
			() => undefined,
		);
		throw thrown;
	}
}

/** What is uncertain and nobody was told of, also that of runs that broke off. */
async function tell(store: Store, options: SendDueOptions) {
	const request = { tellId: randomUUID(), ...served(options) };
	const answer = z.object({ items: z.array(entrySchema), timers: z.array(newsSchema) });
	return await store.call('tell_outbox', request, { answer, repeatable: true });
}

/** Whose entries it is about. */
const served = ({ platform, account, carrier }: SendDueOptions) => ({
	...{ platform, ...(account !== undefined && { account }), ...(carrier && { carrier }) },
});

function note(report: DueReport, entry: OutboxEntry | undefined): void {
	if (entry === undefined) return;
	if (entry.state === 'queued') report.retried += 1;
	else report.settled.push(entry);
}
