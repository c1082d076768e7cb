import { z } from 'zod';

import type { Store } from '../../store';
import { storedDecisionSchema } from './answers';

const attachment = z.looseObject({
	kind: z.string(),
	fileName: z.string().optional(),
	ocrText: z.string().optional(),
	transcription: z.string().optional(),
});

const message = z.looseObject({
	id: z.number(),
	conversationId: z.number(),
	platform: z.string(),
	account: z.string(),
	chatId: z.string(),
	externalId: z.string(),
	direction: z.enum(['inbound', 'outbound']),
	author: z.enum(['contact', 'member', 'bot', 'system']),
	sender: z
		.looseObject({ id: z.string(), name: z.string().optional(), username: z.string().optional() })
		.optional(),
	sentAt: z.string(),
	editedAt: z.string().optional(),
	type: z.string(),
	text: z.string().optional(),
	language: z.string().optional(),
	forwardedFrom: z.looseObject({ name: z.string().optional() }).optional(),
	replyTo: z.object({ externalId: z.string() }).optional(),
	attachments: z.array(attachment).default([]),
	sentiment: z.enum(['positive', 'negative', 'neutral']).optional(),
	sentimentScore: z.number().optional(),
	intent: z.string().optional(),
	topics: z.array(z.string()).optional(),
	priority: z.number().optional(),
});
export type ContextMessage = z.output<typeof message>;

const contextSchema = z.object({
	/** The clock of the database. */
	nowMs: z.number(),
	/** Tells one state of the message from another: an edit that says the same is the same. */
	edition: z.string(),
	/** Changes when people take the conversation, give it back or speak in it. */
	standing: z.string(),
	message,
	/** What was decided on this before; null when nothing was, or it is to be decided once more. */
	known: storedDecisionSchema.nullable(),
	contact: z
		.object({
			isVip: z.boolean(),
			isBlocked: z.boolean(),
			isKnown: z.boolean(),
			isFirstContact: z.boolean(),
			tags: z.array(z.string()),
			/** At most 1,000. */
			messageCount: z.number(),
		})
		.nullable(),
	aiAllowed: z.boolean(),
	conversation: z.object({
		kind: z.enum(['private', 'group', 'channel']),
		title: z.string().optional(),
		status: z.string(),
		tier: z.string().optional(),
		team: z.string().optional(),
		isHandledByPerson: z.boolean(),
		/** Operators work in it. */
		isDesk: z.boolean(),
		/** Since when nobody has it any more. */
		handedBackAt: z.string().optional(),
		/** Replies that were decided on within the last hour and since a person wrote, sent or not. */
		automaticReplies: z.number(),
	}),
	/** Empty texts: of people who do not allow an analysis, and of messages without words. */
	history: z.array(
		z.object({
			id: z.string(),
			sentAt: z.string(),
			author: z.enum(['contact', 'bot', 'person']),
			text: z.string(),
		}),
	),
	quoted: z.string().optional(),
	teams: z.array(z.string()),
	templates: z.array(z.object({ id: z.number(), title: z.string(), content: z.string() })),
	/** The best first. */
	faq: z.array(
		z.object({
			id: z.number(),
			question: z.string(),
			answer: z.string(),
			matched: z.array(z.string()),
		}),
	),
	/** The active ones, where none were given; null when none are active. Without `set` where it is known here. */
	rules: z.object({ version: z.string(), set: z.unknown().optional() }).nullable(),
	spamModel: z.object({ version: z.string(), model: z.unknown().optional() }).nullable(),
	/** Null when there is none. */
	schedule: z.object({ name: z.string(), definition: z.unknown() }).nullable(),
});
/** All that is known of a message and its surroundings, as of one instant. */
export type DecisionContext = z.output<typeof contextSchema>;

export interface ContextRequest {
	which: Record<string, unknown>;
	/** Of rules that were given; else the active ones are asked for. */
	rulesVersion: string | undefined;
	/** By which it is decided when none are active. */
	fallbackVersion: string;
	/** Titles that the given rules, or those of the fallback, name. */
	templates: readonly string[];
	/** Versions that need not be sent. */
	knownRules: readonly string[];
	knownSpamModels: readonly string[];
	/** Whether the active one is wanted. */
	wantsSpamModel: boolean;
	/** Name of the schedule; default: that of the conversation's promises. */
	schedule: string | undefined;
	historyMessages: number;
	historyHours: number;
	isShadow: boolean;
	again: boolean;
}

/** One round trip. @throws StoreError `not_found` for the message or the schedule */
export async function readContext(
	store: Store,
	{ which, rulesVersion, schedule, ...request }: ContextRequest,
	signal: AbortSignal | undefined,
): Promise<DecisionContext> {
	return await store.call(
		'decision_context',
		{
			...{ ...request, ...which },
			...(rulesVersion !== undefined && { rulesVersion }),
			...(schedule !== undefined && { schedule }),
		},
		{ answer: contextSchema, repeatable: true, signal },
	);
}
