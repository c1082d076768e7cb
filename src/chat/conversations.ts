import { z } from 'zod';

import type { Store } from '../store';
import type { ConversationName } from './history';
import { page, pageSchema, type Page, type PageOptions } from './paging';

export const conversationSchema = z.looseObject({
	id: z.number(),
	kind: z.enum(['private', 'group', 'channel']),
	title: z.string().optional(),
	status: z.enum(['active', 'assigned_human', 'closed']),
	assignedMemberId: z.number().optional(),
	teamId: z.number().optional(),
	tier: z.string().optional(),
	summary: z.string().optional(),
	lastMessageAt: z.string().optional(),
	readUpTo: z.string().optional(),
	isUnread: z.boolean().optional(),
	archivedAt: z.string().optional(),
	chats: z.array(z.object({ platform: z.string(), account: z.string(), chatId: z.string() })),
});
export type Conversation = z.output<typeof conversationSchema>;

export interface ConversationQuery {
	status?: Conversation['status'];
	assignedMemberId?: number;
	teamId?: number;
	contactId?: number;
	/** A part of it, whatever its case. */
	title?: string;
	unread?: boolean;
	includeArchived?: boolean;
}

/** Null empties a field. */
export interface ConversationFields {
	status?: Conversation['status'];
	title?: string | null;
	tier?: string | null;
	assignedMemberId?: number | null;
	teamId?: number | null;
	summary?: string | null;
	keyTopics?: string[];
	links?: string[];
	archived?: boolean;
	custom?: Record<string, unknown>;
}

const one = { answer: conversationSchema, repeatable: true };

/** @throws StoreError `not_found` */
export async function getConversation(store: Store, which: ConversationName): Promise<Conversation> {
	return await store.call('get_conversation', which, one);
}

/** The one with the newest message first. @throws StoreError */
export async function getConversations(
	store: Store,
	query: ConversationQuery = {},
	options: PageOptions = {},
): Promise<Page<Conversation>> {
	return await page(store, 'get_conversations', { ...query }, pageSchema(conversationSchema), options);
}

/**
 * @param asOf ISO 8601, for a summary: when the messages it was made of were read. It is refused when somebody was erased
 *   since, because it may speak of them.
 * @throws StoreError `not_found`, also for a member who was removed; `conflict` as said of `asOf`
 */
export async function updateConversation(
	store: Store,
	which: ConversationName,
	fields: ConversationFields,
	{ asOf }: { asOf?: string } = {},
): Promise<Conversation> {
	return await store.call(
		'update_conversation',
		{ ...which, set: fields, ...(asOf !== undefined && { asOf }) },
		one,
	);
}

/** @param upTo ISO 8601; default: all there is. What was read stays read. @throws StoreError `not_found` */
export async function markRead(store: Store, which: ConversationName, upTo?: string): Promise<Conversation> {
	return await store.call('mark_read', { ...which, ...(upTo !== undefined && { upTo }) }, one);
}

const statistics = z.object({
	conversationId: z.number(),
	messages: z.number(),
	inbound: z.number(),
	outbound: z.number(),
	edited: z.number(),
	deleted: z.number(),
	files: z.number(),
	participants: z.number(),
	activeDays: z.number(),
	firstMessageAt: z.string().nullable(),
	lastMessageAt: z.string().nullable(),
	averageSentiment: z.number().nullable(),
	positive: z.number(),
	neutral: z.number(),
	negative: z.number(),
});

/** @throws StoreError `not_found` */
export async function summariseStatistics(
	store: Store,
	which: ConversationName,
	period: { from?: string; to?: string } = {},
): Promise<z.output<typeof statistics>> {
	return await store.call(
		'conversation_statistics',
		{ ...which, ...period },
		{ answer: statistics, repeatable: true },
	);
}
