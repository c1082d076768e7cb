import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';

import type { Store } from '../../store';
import type { RateLimits } from '../limits';
import { usualLimits } from '../limits';
import type { Platform } from '../platform';
import type { ChannelClient } from '../send/request';
import { claimedSchema, entrySchema, type ClaimedEntry, type OutboxEntry } from './entry';
import { deliver } from './deliver';

export interface SendDueOptions {
	platform: Platform;
	/** Only what this account sends. */
	account?: string | undefined;
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
	/** How many attempts have to be repeated. */
	retried: number;
	/** When there will be something to send; undefined when nothing waits. */
	nextInMs: number | undefined;
}

const claimSchema = z.object({
	items: z.array(claimedSchema),
	uncertain: z.array(entrySchema),
	refused: z.array(entrySchema),
	nextInMs: z.number().optional(),
});

/**
 * Sends what is due, within the limits, in the order of each chat; any number of processes may do so at once.
 *
 * An entry is noted as under way before it is handed over, and settled after that: a process that is killed in between leaves
 * it `uncertain`, and everything else as it was.
 *
 * @throws StoreError; what is under way then is settled by a later run
 */
export async function sendDue(
	store: Store,
	client: ChannelClient,
	options: SendDueOptions,
): Promise<DueReport> {
	const { parallel = 4, forMs = 0, signal } = options;
	const until = performance.now() + forMs;
	const report: DueReport = { settled: [], uncertain: [], retried: 0, nextInMs: undefined };
	const underWay = new Set<Promise<void>>();
	let failure: { thrown: unknown } | undefined;
	const start = (entry: ClaimedEntry, claimId: string): void => {
		const work = deliver(store, client, entry, claimId)
			.then((settled) => note(report, settled))
			.catch((thrown: unknown) => {
				failure ??= { thrown };
			})
			.finally(() => underWay.delete(work));
		underWay.add(work);
	};
	while (!signal?.aborted && failure === undefined) {
		const claimId = randomUUID();
		const claimed =
			underWay.size < parallel ? await claim(store, claimId, parallel - underWay.size, options) : undefined;
		for (const entry of claimed?.items ?? []) start(entry, claimId);
		report.uncertain.push(...(claimed?.uncertain ?? []));
		report.settled.push(...(claimed?.refused ?? []));
		if (claimed && claimed.items.length > 0) continue;
		const nextInMs = claimed?.nextInMs;
		if (underWay.size > 0) {
			await Promise.race([...underWay, sleep(nextInMs ?? 60_000, undefined, { ref: false })]);
			continue;
		}
		report.nextInMs = nextInMs;
		if (nextInMs === undefined || performance.now() + nextInMs > until) break;
		// What is handed in meanwhile is not to wait for that.
		await sleep(Math.min(nextInMs, 1000), undefined, { signal }).catch(() => undefined);
	}
	await Promise.all(underWay);
	if (failure) throw failure.thrown;
	return report;
}

async function claim(
	store: Store,
	claimId: string,
	limit: number,
	{ platform, account, leaseMs = 90_000, limits = usualLimits[platform], signal }: SendDueOptions,
) {
	return await store.call(
		'claim_outbox',
		{ claimId, limit, platform, leaseMs, limits, ...(account !== undefined && { account }) },
		{ answer: claimSchema, repeatable: true, signal },
	);
}

function note(report: DueReport, entry: OutboxEntry | undefined): void {
	if (entry === undefined) return;
	if (entry.state === 'queued') report.retried += 1;
	else report.settled.push(entry);
	if (entry.state === 'uncertain') report.uncertain.push(entry);
}
