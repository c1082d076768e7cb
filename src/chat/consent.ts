import { z } from 'zod';

import type { Store } from '../store';
import type { ContactName } from './contacts';
import type { ConversationName } from './history';

const consentSchema = z.object({
	/** Missing when it was ignored. */
	contactId: z.number().optional(),
	/** An agreement that is older than the erasure of the person, and lets nobody in again. */
	ignored: z.literal('before the erasure').optional(),
	storageAllowed: z.boolean(),
	aiAllowed: z.boolean(),
	said: z.array(
		z.object({
			purpose: z.enum(['chat_storage', 'ai_analysis']),
			granted: z.boolean(),
			givenAt: z.string(),
			source: z.string(),
			textVersion: z.string().optional(),
		}),
	),
});
export type Consent = z.output<typeof consentSchema>;

export interface ConsentGiven {
	purpose: 'chat_storage' | 'ai_analysis';
	granted: boolean;
	/** Where it was said, e.g. `telegram:/privacy`. */
	source: string;
	/** ISO 8601. Default now. The newest counts, of two of one instant the refusal. */
	givenAt?: string;
	/** Of the text that was agreed to. */
	textVersion?: string;
}

/**
 * Records what a person allows. When it resolves after a withdrawal, nothing more of them is stored, by whomever. A
 * person who was erased and agrees to storage after that is let in again.
 * @throws StoreError
 */
export async function setConsent(store: Store, who: ContactName, given: ConsentGiven): Promise<Consent> {
	const request = { givenAt: new Date().toISOString(), ...who, ...given };
	return await store.call('set_consent', request, { answer: consentSchema, repeatable: true });
}

/** @throws StoreError `not_found` */
export async function getConsent(store: Store, who: ContactName): Promise<Consent> {
	return await store.call('get_consent', who, { answer: consentSchema, repeatable: true });
}

const holdSchema = z
	.object({
		id: z.number(),
		reason: z.string(),
		contact_id: z.number().nullable(),
		conversation_id: z.number().nullable(),
		placed_by: z.string().nullable(),
		placed_at: z.string(),
		lifted_at: z.string().nullable(),
	})
	.transform((row) => ({
		id: row.id,
		reason: row.reason,
		contactId: row.contact_id ?? undefined,
		conversationId: row.conversation_id ?? undefined,
		by: row.placed_by ?? undefined,
		placedAt: row.placed_at,
		liftedAt: row.lifted_at ?? undefined,
	}));
export type Hold = z.output<typeof holdSchema>;

/**
 * Keeps what belongs to a contact or a conversation, or all of the tenant, from being erased, anonymised or removed.
 * @param what empty: all
 * @throws StoreError `not_found`
 */
export async function placeHold(
	store: Store,
	what: ContactName | ConversationName | Record<string, never>,
	reason: string,
	by?: string,
): Promise<Hold> {
	return await store.call(
		'place_hold',
		{ ...what, reason, ...(by !== undefined && { by }) },
		{ answer: holdSchema, repeatable: true },
	);
}

/** @throws StoreError `not_found` */
export async function liftHold(store: Store, holdId: number, by?: string): Promise<Hold> {
	return await store.call(
		'lift_hold',
		{ holdId, ...(by !== undefined && { by }) },
		{ answer: holdSchema, repeatable: true },
	);
}

/** @throws StoreError */
export async function getHolds(store: Store): Promise<Hold[]> {
	const answer = z.object({ items: z.array(holdSchema) });
	return (await store.call('get_holds', {}, { answer, repeatable: true })).items;
}
