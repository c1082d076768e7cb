import { z } from 'zod';

export const handoverStates = ['open', 'held', 'handedBack', 'closed'] as const;

const placeSchema = z.object({
	platform: z.string(),
	account: z.string(),
	chatId: z.string(),
	threadId: z.string().nullable(),
});

/**
 * A conversation that waits for a person (`open`), or that a person has (`held`). In both Eva is silent in it. After
 * `handedBack` and `closed` she decides again.
 */
export const handoverSchema = z.object({
	/** Operators see it as `#12`. */
	id: z.number(),
	state: z.enum(handoverStates),
	/** Whether nobody has said a word for longer than the desk allows: Eva decides again, and an answer is taken all the same. */
	isIdle: z.boolean(),
	conversationId: z.number(),
	/** The message it began with; null once that is gone. */
	messageId: z.number().nullable(),
	decisionId: z.number().nullable(),
	/** Why a person is needed. */
	reason: z.string(),
	/** What a person may send. */
	draft: z.string().nullable(),
	team: z.string().nullable(),
	/** Null: nobody was told where. */
	desk: placeSchema.nullable(),
	/** Who has it, or had it last. */
	holder: z.object({ memberId: z.number().nullable(), name: z.string() }).nullable(),
	/** By when somebody should answer. */
	deadlineAt: z.string().nullable(),
	/** Until then it is shown to nobody and nobody has it; null, or past, when it was shown at once. */
	notBefore: z.string().nullable(),
	openedAt: z.string(),
	takenAt: z.string().nullable(),
	/** Of the first answer. */
	answeredAt: z.string().nullable(),
	/** The last word of an operator, or its beginning. */
	activeAt: z.string(),
	endedAt: z.string().nullable(),
	endedBy: z.string().nullable(),
	/** How many answers were sent to the client. */
	answers: z.number(),
});
export type Handover = z.output<typeof handoverSchema>;

/** A place to send to, as Channel Send takes it; `replyTo` is the message that is answered there. */
export const sendPlaceSchema = z.object({
	platform: z.string(),
	account: z.string(),
	chatId: z.string(),
	chatKind: z.enum(['private', 'group', 'channel']),
	threadId: z.string().optional(),
	replyTo: z.string().optional(),
});
export type SendPlace = z.output<typeof sendPlaceSchema>;
