import { z } from 'zod';

import { idField, textField } from '../handover/input';
import { outcomes } from '../rules/definition';

const decision = z.looseObject({
	rule: z.string().nullish(),
	reasons: z.array(z.object({ code: z.string(), text: z.string() })).default([]),
	actions: z
		.looseObject({
			team: z.string().nullish(),
			notify: z.array(z.string()).default([]),
			withinMinutes: z.number().nullish(),
		})
		.default({ notify: [] }),
	draft: z.string().nullish(),
	facts: z.record(z.string(), z.unknown()).default({}),
});

const target = z.object({
	platform: z.string(),
	account: z.string(),
	chatId: z.string(),
	chatKind: z.enum(['private', 'group', 'channel']),
	threadId: z.string().optional(),
});

export const decidedSchema = z.object({
	/** Of the message in the store. */
	messageId: idField,
	conversationId: idField,
	decisionId: idField.nullish(),
	outcome: z.enum(outcomes),
	/** In words for operators. */
	reason: z.string().default(''),
	/** What the client is to hear. */
	text: z.string().nullish(),
	target: target.nullish(),
	/** Under which the outbox sends it once. */
	key: textField(200).nullish(),
	/** ISO 8601; at once unless given. */
	sendAt: z.string().nullish(),
	isShadow: z.boolean().default(false),
	handoverId: idField.nullish(),
	decision: decision.nullish(),
	/** Why nothing could be decided; then `outcome` is what becomes of it all the same. */
	problem: z.string().optional(),
	/** What was written, as far as desk and timers have to know. */
	said: z
		.object({
			/** Of the message on its platform. */
			id: z.string(),
			/** ISO 8601; of an edit when it was made. */
			sentAt: z.string().optional(),
			text: z.string().default(''),
			isEdit: z.boolean().default(false),
		})
		.optional(),
	/** Whether timers hear of it. */
	timers: z.boolean().default(true),
});
/** What was decided on a stored message, as `decideStored` gives it, and what is known of the message. */
export type DecidedInput = z.input<typeof decidedSchema>;
export type Decided = z.output<typeof decidedSchema>;

/** A person has the conversation, so what Eva would leave alone is theirs to see. */
export function isTalkedTo({ handoverId, decision: made }: Decided): boolean {
	return (handoverId ?? null) !== null || !!made?.reasons.some(({ code }) => code === 'person_answers');
}

/** Whether people get it at their desk. */
export function needsPeople(decided: Decided): boolean {
	if (decided.isShadow) return false;
	const { outcome } = decided;
	return outcome === 'ignore' ? isTalkedTo(decided) : outcome !== 'reply';
}
