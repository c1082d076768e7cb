import { z } from 'zod';

import type { Store } from '../../store';
import { cardOf, cardSchema, circumstancesSchema, type Card } from './card';
import { handoverStates, sendPlaceSchema, type SendPlace } from './handover';
import { externalIdField, idField, placeFields, placeSchema, textField, valid, wordsField } from './input';

const openSchema = z.strictObject({
	/** The conversation of the message; it need not be said. */
	conversationId: idField.optional(),
	/** The stored message that needs a person. */
	messageId: idField,
	decisionId: idField.optional(),
	/** Why, in words for operators; shortened to 2,000 characters. */
	reason: wordsField(2000).transform((reason) => reason || 'No reason was given.'),
	/** The rule that said so. */
	rule: wordsField(200)
		.transform((rule) => rule || undefined)
		.optional(),
	/** What an operator may send; shortened to 20,000 characters. */
	draft: wordsField(20_000)
		.transform((draft) => draft || null)
		.nullish(),
	team: textField(200).nullish(),
	/** Default: the desk of the team, else that of all. */
	desk: placeSchema.optional(),
	/** By when somebody should answer, in minutes from now. */
	withinMinutes: z.number().positive().max(525_600).nullish(),
	/**
	 * Until this instant, ISO 8601, nobody is told, and Eva goes on deciding on what the client writes; `withinMinutes` counts from
	 * then. Past or null: at once.
	 */
	notBefore: z.iso.datetime({ offset: true }).nullish(),
});
export type OpenHandoverInput = z.input<typeof openSchema>;

export interface OpenedHandover {
	handoverId: number;
	/**
	 * `opened` also where one was deferred: its words stand on the new card, which takes the place of the old one. `joined`: the
	 * conversation is with people already, and the message goes to them. `known`: this message was handed over before.
	 */
	status: 'opened' | 'joined' | 'known';
	state: (typeof handoverStates)[number];
	conversationId: number;
	/** False: there is nowhere to send the card, and `reason` says so. Somebody has to be told another way. */
	hasDesk: boolean;
	/** Why there is no desk, or another one than was asked for; null when all is as it was asked. */
	reason: string | null;
	/** Where the card goes; `replyTo` is the first card when there is one. */
	target: SendPlace | null;
	/** What operators are shown; null once it was posted, when a later card says it, and when it is gathered. */
	card: Card | null;
	/** When the card is to be sent; null at once. */
	sendAt: string | null;
	/**
	 * Whether the store shows the message together with others of the conversation, by an entry of its own in the outbox: who writes
	 * many within a short time is not to hold up the cards of others. There is nothing to send then.
	 */
	isGathered: boolean;
	/** Under this key the outbox sends it once, and notes where it stands. */
	key: string;
}

const openedSchema = z.object({
	handoverId: z.number(),
	status: z.enum(['opened', 'joined', 'known']),
	state: z.enum(handoverStates),
	conversationId: z.number(),
	hasDesk: z.boolean(),
	reason: z.string().nullable(),
	target: sendPlaceSchema.nullable(),
	key: z.string(),
	isPosted: z.boolean(),
	isGathered: z.boolean(),
	isFirst: z.boolean(),
	sendAt: z.string().nullable(),
	card: cardSchema.nullable(),
	circumstances: circumstancesSchema.nullable(),
});

/**
 * Hands a conversation over to people, or brings a further message of it to those who have it already. One handover is open per
 * conversation, however many ask at once. From now on Eva is silent there.
 *
 * With `notBefore` it is deferred: until then she goes on. Further messages that are deferred come on the same card, when the first
 * of them is due; one that is not is shown at once, with all that was deferred.
 *
 * Called again with the same message it answers with the same card and key, so that a process that dies in between loses and
 * doubles nothing.
 *
 * @throws DecideError `invalid_input`; StoreError `not_found` for the message, `invalid_input` for a desk that is the client's own chat
 */
export async function openHandover(store: Store, input: OpenHandoverInput): Promise<OpenedHandover> {
	const request = valid('handover', openSchema, input);
	const { isPosted, isFirst, circumstances, ...opened } = await store.call('open_handover', request, {
		answer: openedSchema,
		repeatable: true,
	});
	if (isPosted || opened.card !== null || circumstances === null) return opened;
	const card = cardOf(opened.handoverId, circumstances, isFirst);
	const answer = z.object({ card: cardSchema.nullable() });
	// Of two that write it the first one's stands: under one key the outbox takes one text.
	const kept = await store.call(
		'keep_handover_card',
		{ key: opened.key, card },
		{ answer, repeatable: true },
	);
	return { ...opened, card: kept.card };
}

const postedSchema = z.strictObject({
	handoverId: idField,
	...placeFields,
	/** Of all messages that the card became. */
	externalIds: z.array(externalIdField).min(1).max(100),
	/** The key of the card, as `openHandover` gave it; then it is not asked for again. */
	key: textField(200).optional(),
});
export type PostedInput = z.input<typeof postedSchema>;

/**
 * Notes which messages in the operators' chat stand for a handover, so that a reply to any of them finds it. What goes through
 * the outbox is noted by itself when it is sent.
 *
 * @throws DecideError `invalid_input`; StoreError `not_found`
 */
export async function notePosted(store: Store, input: PostedInput): Promise<{ noted: number }> {
	const request = valid('posted messages', postedSchema, input);
	const answer = z.object({ noted: z.number() });
	return await store.call('note_handover_post', request, { answer, repeatable: true });
}
