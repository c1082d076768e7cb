import { z } from 'zod';

import type { Message } from '../../shared';
import { page, pageSchema, type Page, type PageOptions, type Store } from '../../store';
import { parseContent } from '../send/request';
import { normalForms } from './deliver';
import { entrySchema, targetOf, type OutboxEntry } from './entry';

export interface OutboxQuery {
	state?: OutboxEntry['state'];
	platform?: string;
	account?: string;
	chatId?: string;
	key?: string;
}

/** The newest first. @throws StoreError */
export async function getOutbox(
	store: Store,
	query: OutboxQuery = {},
	options: PageOptions = {},
): Promise<Page<OutboxEntry>> {
	return await page(store, 'get_outbox', { ...query }, pageSchema(entrySchema), options);
}

/** `resend`: once more, also what has failed. `sent`: it has arrived, and is stored as a message. `giveUp`: it is not sent, nor the parts after it. */
export type OutboxDecision = 'resend' | 'sent' | 'giveUp';

/**
 * What a person decides of an entry whose outcome is unknown, or that was not sent.
 * @param externalId of the message that it became, for `sent`
 * @throws StoreError `not_found`; `conflict` when there is nothing to decide of it
 */
export async function decideOutbox(
	store: Store,
	id: number,
	decision: OutboxDecision,
	externalId?: string,
): Promise<OutboxEntry & { was: string }> {
	const messages = decision === 'sent' ? await messagesOf(store, id, externalId) : undefined;
	const request = {
		id,
		decision,
		...(externalId !== undefined && { externalId }),
		...(messages && { messages }),
	};
	const answer = entrySchema.extend({ was: z.string() });
	return await store.call('decide_outbox', request, { answer, repeatable: false });
}

/** What the entry is as messages, with the time at which it was under way. */
async function messagesOf(store: Store, id: number, externalId?: string): Promise<Message[] | undefined> {
	const { items } = await page(store, 'get_outbox', { id }, pageSchema(entrySchema), { limit: 1 });
	const [entry] = items;
	if (entry?.payload === undefined) return undefined;
	const { payload, updatedAt: sentAt } = entry;
	const externalIds = externalId === undefined ? (entry.externalIds ?? []) : [externalId];
	return normalForms(targetOf(entry), parseContent(payload), { externalIds, sentAt });
}

export interface ReplayQuery {
	ids?: number[];
	platform?: string;
	account?: string;
	/** As entries have it, such as `unauthorised`. */
	errorCode?: string;
	/** From 1 to 1,000; default 100. */
	limit?: number;
}

/** Queues dead letters once more: what has failed, or was tried as often as it may be. @throws StoreError */
export async function replayOutbox(store: Store, query: ReplayQuery = {}): Promise<OutboxEntry[]> {
	const answer = z.object({ items: z.array(entrySchema) });
	return (await store.call('replay_outbox', query, { answer, repeatable: true })).items;
}
