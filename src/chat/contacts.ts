import { z } from 'zod';

import type { Store } from '../store';
import { page, pageSchema, type Page, type PageOptions } from './paging';

/** A person on a platform. `account` matters where ids are valid for one page only (Messenger, Instagram). */
export interface Identity {
	platform: string;
	account?: string;
	id: string;
	username?: string;
}

export type ContactName = { contactId: number } | { identity: Identity };

export const contactSchema = z.looseObject({
	id: z.number(),
	name: z.string().optional(),
	status: z.enum(['active', 'vip', 'blocked']),
	tags: z.array(z.string()),
	storageConsent: z.boolean().optional(),
	aiConsent: z.boolean().optional(),
	anonymisedAt: z.string().optional(),
	identities: z.array(
		z.object({
			platform: z.string(),
			account: z.string().optional(),
			id: z.string(),
			username: z.string().optional(),
			name: z.string().optional(),
		}),
	),
});
export type Contact = z.output<typeof contactSchema>;

/** What a person may write into a contact; null empties a field. */
export interface ContactFields {
	name?: string | null;
	bio?: string | null;
	pictureUrl?: string | null;
	realName?: string | null;
	email?: string | null;
	phone?: string | null;
	language?: string | null;
	status?: 'active' | 'vip' | 'blocked';
	tags?: string[];
	notes?: string | null;
	preferredPlatform?: string | null;
	communicationStyle?: string | null;
	traits?: object | null;
	interests?: string[];
	interactionPatterns?: object | null;
	custom?: Record<string, unknown>;
}

const seen = contactSchema.extend({
	messages: z.number(),
	firstMessageAt: z.string().nullable(),
	lastMessageAt: z.string().nullable(),
	averageSentiment: z.number().nullable(),
});

/** With counts of what they have written. A former id of a merged contact is one of its names. @throws StoreError `not_found` */
export async function getContact(store: Store, who: ContactName): Promise<z.output<typeof seen>> {
	return await store.call('get_contact', who, { answer: seen, repeatable: true });
}

/** @throws StoreError */
export async function getContacts(
	store: Store,
	query: { status?: string; tag?: string; name?: string } = {},
	options: PageOptions = {},
): Promise<Page<Contact>> {
	return await page(store, 'get_contacts', { ...query }, pageSchema(contactSchema), options);
}

/** Of many who ask at once, one creates. @throws StoreError `erased` */
export async function findOrCreateContact(
	store: Store,
	identity: Identity,
	name?: string,
): Promise<Contact & { created: boolean }> {
	return await store.call(
		'find_or_create_contact',
		{ identity, ...(name !== undefined && { name }) },
		{ answer: contactSchema.extend({ created: z.boolean() }), repeatable: true },
	);
}

/** @throws StoreError `not_found` */
export async function updateContact(store: Store, who: ContactName, fields: ContactFields): Promise<Contact> {
	return await store.call(
		'update_contact',
		{ ...who, set: fields },
		{ answer: contactSchema, repeatable: true },
	);
}

/**
 * Joins `fromId` into `intoId`; a second time changes nothing. What either has refused stays refused.
 * @throws StoreError `not_found`
 */
export async function mergeContacts(
	store: Store,
	fromId: number,
	intoId: number,
): Promise<Contact & { merged: boolean }> {
	return await store.call(
		'merge_contacts',
		{ fromId, intoId },
		{ answer: contactSchema.extend({ merged: z.boolean() }), repeatable: true },
	);
}

/** @throws StoreError `conflict` when the identity is another contact's, `erased` */
export async function linkIdentity(store: Store, contactId: number, identity: Identity): Promise<Contact> {
	return await store.call(
		'link_identity',
		{ contactId, identity },
		{ answer: contactSchema, repeatable: true },
	);
}
