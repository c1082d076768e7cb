import { z } from 'zod';

import { errorMessage, messageInputSchema, parseInput, type Message } from '../../shared';
import type { Store } from '../../store';
import { ChannelError } from '../errors';
import { pauseAfter } from '../limits';
import { outboundMessages } from '../send/outbound';
import { withoutSecrets } from '../send/refusals';
import { parseContent, type ChannelClient, type Content, type Sent, type Target } from '../send/request';
import { sendOnce } from '../send/window';
import { entrySchema, targetOf, type ClaimedEntry, type OutboxEntry } from './entry';
import { persistently } from './persistently';
import { stopAfter } from './stops';

const settledSchema = z.object({
	/** `lost`: the entry is gone, or was taken by somebody else. */
	status: z.enum(['settled', 'lost']),
	entry: entrySchema.optional(),
});

/**
 * Hands one claimed entry over and says what came of it.
 *
 * @param leaseMs of the claim: for most of it the store is asked to note the outcome
 * @throws StoreError
 */
export async function deliver(
	store: Store,
	client: ChannelClient,
	entry: ClaimedEntry,
	claimId: string,
	leaseMs: number,
): Promise<OutboxEntry | undefined> {
	const until = performance.now() + leaseMs * 0.9;
	const { id, platform, account, chatId, sinceInboundMs } = entry;
	const target = targetOf(entry);
	const outcome = await outcomeOf(client, target, entry, sinceInboundMs);
	const request = { id, claimId, platform, account, chatId, ...outcome };
	// Noting it is worth a longer try than anything else: what was sent would be uncertain otherwise.
	const { entry: settled } = await persistently(until, () =>
		store.call('settle_outbox', request, { answer: settledSchema, repeatable: true }),
	);
	return settled;
}

type Outcome =
	| { outcome: 'sent'; externalIds: string[]; messages: Message[] }
	| { outcome: 'retry' | 'failed' | 'uncertain' | 'migrated'; errorCode: string; error: string };

async function outcomeOf(
	client: ChannelClient,
	target: Target,
	entry: ClaimedEntry,
	sinceInboundMs: number | undefined,
): Promise<Outcome> {
	try {
		const content = parseContent(entry.payload);
		const { sent, content: said } = await sendOnce(client, { target, content }, { sinceInboundMs });
		return { outcome: 'sent', externalIds: sent.externalIds, messages: normalForms(target, said, sent) };
	} catch (thrown) {
		return refusedOutcome(thrown, target, entry);
	}
}

/** It was sent by now: what the store would not take as a message is no reason to doubt that. */
export function normalForms(target: Target, content: Content, sent: Sent): Message[] {
	return outboundMessages(target, content, sent).flatMap((message) => {
		const parsed = parseInput(messageInputSchema, message);
		return parsed.ok ? [parsed.value] : [];
	});
}

const firstPauseMs = 2_000;
const longestPauseMs = 10 * 60_000;

/** What is not one of our own errors has happened somewhere on the way: nobody knows how far it came. */
function refusedOutcome(thrown: unknown, target: Target, { attempts }: ClaimedEntry) {
	if (!(thrown instanceof ChannelError))
		return {
			outcome: 'uncertain' as const,
			afterMs: firstPauseMs,
			errorCode: 'outcome_unknown',
			error: withoutSecrets(errorMessage(thrown), []),
		};
	const { code, message, details } = thrown;
	const said = { errorCode: code, error: message };
	switch (code) {
		case 'outcome_unknown':
			return { outcome: 'uncertain' as const, afterMs: firstPauseMs, ...said };
		case 'rate_limited': {
			const pause = pauseAfter(thrown, target);
			return { outcome: 'retry' as const, counts: false, afterMs: pause?.pauseMs ?? 1000, ...pause, ...said };
		}
		case 'unavailable': {
			const afterMs = Math.min(firstPauseMs * 2 ** (attempts - 1), longestPauseMs);
			return { outcome: 'retry' as const, afterMs, ...said };
		}
		case 'chat_migrated':
			return details.migratedTo === undefined
				? { outcome: 'failed' as const, ...said }
				: { outcome: 'migrated' as const, newChatId: details.migratedTo, ...said };
		default: {
			const stop = stopAfter(code, target);
			return { outcome: 'failed' as const, ...(stop && { stop }), ...said };
		}
	}
}
