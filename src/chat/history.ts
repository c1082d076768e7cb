import { z } from 'zod';

import type { Store } from '../store';
import { storedMessageSchema, type StoredMessage } from './message';
import { ask, page, pageSchema, toCursor, type Page, type PageOptions } from './paging';

export interface MessageQuery {
	conversationId?: number;
	contactId?: number;
	direction?: 'inbound' | 'outbound';
	/** Sent at or after, ISO 8601. */
	from?: string;
	/** Sent before. */
	to?: string;
	/** As it stood then: what was sent later is not there, and edited or deleted messages say what they said. */
	asOf?: string;
	includeDeleted?: boolean;
	/** Default newest first. Messages of one instant keep the order in which they came. */
	order?: 'newest' | 'oldest';
}

const messagesPage = pageSchema(storedMessageSchema);

/** Messages, page by page. What arrives meanwhile makes none come twice or be missed. @throws StoreError */
export async function getMessages(
	store: Store,
	query: MessageQuery = {},
	options: PageOptions = {},
): Promise<Page<StoredMessage>> {
	return await page(store, 'get_messages', { ...query }, messagesPage, options);
}

export interface SearchQuery {
	/** Words; "in quotes" as they stand; `-not`, `or`. */
	query: string;
	/** Whose endings are known, e.g. `ru`. Default: Russian, English, and words as they stand. */
	language?: string;
	conversationId?: number;
	contactId?: number;
	from?: string;
	to?: string;
}

const searchPage = pageSchema(storedMessageSchema).extend({ matchedBy: z.enum(['words', 'parts']) });

/** Messages with these words, newest first; where there are none, with this text anywhere within. @throws StoreError */
export async function searchMessages(
	store: Store,
	query: SearchQuery,
	options: PageOptions = {},
): Promise<Page<StoredMessage> & { matchedBy: 'words' | 'parts' }> {
	const { cursor, ...rest } = options;
	const request = { ...query };
	const { next, ...found } = await ask(store, 'search_messages', request, searchPage, { ...rest, cursor });
	return { ...found, cursor: next ? toCursor(next, request) : undefined };
}

export type ConversationName =
	{ conversationId: number } | { platform: string; account?: string; chatId: string };

export interface ContextOptions {
	/** At most so many messages. Default 50. */
	limit?: number;
	/** Not older than. Default 168. */
	hours?: number;
	/** For a language model: leaves out what people have not allowed to be given to one. */
	purpose?: 'ai_analysis';
	signal?: AbortSignal;
}

const contextSchema = z.object({
	conversation: z.looseObject({ id: z.number() }),
	messages: z.array(storedMessageSchema),
	/** Messages left out because of what their authors allow. */
	withheld: z.number(),
	limit: z.number(),
	contacts: z.array(z.looseObject({ id: z.number(), aiAllowed: z.boolean() })),
});
export type Context = z.output<typeof contextSchema>;

/** The last messages, oldest first, with the summary and what is known of who takes part. @throws StoreError `not_found` */
export async function getContext(
	store: Store,
	conversation: ConversationName,
	{ signal, ...options }: ContextOptions = {},
): Promise<Context> {
	return await store.call(
		'get_context',
		{ ...conversation, ...options },
		{ answer: contextSchema, repeatable: true, signal },
	);
}
