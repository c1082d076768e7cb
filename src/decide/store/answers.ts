import { z } from 'zod';

import type { Decision } from '../decision';
import { outcomes, type RuleSet } from '../rules/definition';
import { parseSpamModel, type SpamModel } from '../spam/model';

/** ISO 8601 in UTC, as JavaScript writes it. */
const instant = z.string().transform((text) => new Date(text).toISOString());

/** Written by this package, and checked when it was. */
const written = <Value extends object>() =>
	z.custom<Value>((value) => typeof value === 'object' && value !== null);

export const savedVersionSchema = z.object({
	/** SHA-256 in hexadecimal digits. */
	version: z.string(),
	/** 1, 2, 3 … in the order in which they came. */
	number: z.number(),
	/** False where the same was saved before. */
	isNew: z.boolean(),
	isActive: z.boolean(),
});
export type SavedVersion = z.output<typeof savedVersionSchema>;

export const savedModelSchema = savedVersionSchema.extend({ trainedAt: instant });
export type SavedModel = z.output<typeof savedModelSchema>;

export const ruleVersionSchema = z.object({
	version: z.string(),
	number: z.number(),
	/** What the rule set calls itself. */
	name: z.string().optional(),
	note: z.string().optional(),
	ruleCount: z.number(),
	savedAt: instant,
	/** When it was made the active one last. */
	activatedAt: instant.optional(),
	isActive: z.boolean(),
});
/** A rule set of the store, without its rules. */
export type RuleVersion = z.output<typeof ruleVersionSchema>;

export const storedRulesSchema = ruleVersionSchema.extend({ rules: written<RuleSet>() });
export type StoredRules = z.output<typeof storedRulesSchema>;

export const modelVersionSchema = z.object({
	version: z.string(),
	number: z.number(),
	/** How many different texts it has learnt from; how many of them are spam, and how many people set right. */
	examples: z.number(),
	spam: z.number(),
	corrected: z.number(),
	trainedAt: instant,
	/** When a person has made it the active one, and not training. */
	chosenAt: instant.optional(),
	isActive: z.boolean(),
});
/** A spam model of the store, without what it has learnt. */
export type SpamModelVersion = z.output<typeof modelVersionSchema>;

const spamModel = z.unknown().transform((value): SpamModel => parseSpamModel(value));
export const storedSpamModelSchema = modelVersionSchema.extend({
	model: spamModel,
	/** Hash of what it has learnt from besides corrections, and how. */
	training: z.string().nullable(),
});
export type StoredSpamModel = z.output<typeof storedSpamModelSchema>;

export const feedbackSchema = z.object({
	id: z.number(),
	decisionId: z.number(),
	messageId: z.number(),
	/** Who says so; `unknown` where nobody was named. */
	by: z.string(),
	isSpam: z.boolean().optional(),
	category: z.string().optional(),
	outcome: z.enum(outcomes).optional(),
	team: z.string().optional(),
	/** 1 … 5 */
	rating: z.number().optional(),
	comment: z.string().optional(),
	givenAt: instant,
});
/** What a person says of a decision. */
export type Feedback = z.output<typeof feedbackSchema>;

const target = z.object({
	platform: z.string(),
	/** The bot, page or number. */
	account: z.string(),
	chatId: z.string(),
	chatKind: z.enum(['private', 'group', 'channel']),
	/** Id on the platform of the message that is answered. */
	replyTo: z.string(),
	/** The topic of a forum. */
	threadId: z.string().optional(),
});
/** Where an answer goes. */
export type DecisionTarget = z.output<typeof target>;

export const storedDecisionSchema = z.object({
	id: z.number(),
	/** `known`: it was made before, of this call's message and by its rules if it names any; nothing was decided or counted anew. */
	status: z.enum(['new', 'known']).default('known'),
	/** Made beside what really happened: nothing of it is sent. */
	isShadow: z.boolean(),
	messageId: z.number(),
	conversationId: z.number(),
	/**
	 * The handover of the conversation that nobody has ended, also when its people have been silent for so long that Eva decides
	 * again: what she would ignore is theirs to see. Null: nobody has it.
	 */
	handoverId: z.number().nullable(),
	decision: written<Decision>(),
	/** Null when the message is in the archive or its chat is gone: nothing can be sent any more. */
	target: target.nullable(),
	/** What is to be sent: a model's answer, a template with its variables, an answer of the FAQ. Null: nothing. */
	text: z.string().nullable(),
	/** When it is to be sent, or looked at again where the outcome is `defer`. Null: at once. */
	sendAt: instant.nullable(),
	/** For the outbox: with it the same answer is not sent twice. */
	key: z.string(),
	decidedAt: instant,
	/** Of the message, e.g. `REQUEST`. */
	category: z.string().nullable(),
	/** What the spam model said of it; null without one. */
	isSpam: z.boolean().nullable(),
	/** Number of the rule set's version. */
	rulesNumber: z.number(),
	/** From 2 on where it was decided once more. */
	attempt: z.number(),
	/** What a language model has cost; an estimate. */
	tokens: z.number(),
	/** What went wrong on the way, although a decision came in the end. */
	notes: z.array(z.string()),
	/** Whether the words it was made of are kept: they go with the message. */
	hasWords: z.boolean(),
	/** What people say of it, each once. */
	feedback: z.array(feedbackSchema),
});
/** A decision as the store keeps it. */
export type StoredDecision = z.output<typeof storedDecisionSchema>;

/** `stale`: the message or who has the conversation is not any more what was decided on; nothing was recorded. */
export const recordedSchema = z.union([z.object({ status: z.literal('stale') }), storedDecisionSchema]);
