import { z } from 'zod';

import type { Store } from '../store';
import { page, pageSchema, type Page, type PageOptions } from './paging';
import { hasSealable, opened, sealed, wholly, type Sealing, type Unopened } from './sealing/contact';

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
	realName: z.string().optional(),
	email: z.string().optional(),
	phone: z.string().optional(),
	/** Of contacts that were merged into this one. */
	formerIds: z.array(z.number()).optional(),
	identities: z.array(
		z.object({
			platform: z.string(),
			account: z.string().optional(),
			id: z.string(),
			username: z.string().optional(),
			name: z.string().optional(),
			/** Names and user names that messages have said, the last fifty of each. */
			formerNames: z.array(z.string()).optional(),
		}),
	),
});
/** A field that is sealed and was not opened is not there, and stands in `sealedFields`. */
export type Contact = z.output<typeof contactSchema> & Unopened;

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

/**
 * With counts of what they have written. A former id of a merged contact is one of its names.
 * @throws StoreError `not_found`; `sealed` when keys are given that do not open all of it
 */
export async function getContact(
	store: Store,
	who: ContactName,
	{ fieldKeys }: Sealing = {},
): Promise<z.output<typeof seen> & Unopened> {
	const contact = await store.call('get_contact', who, { answer: seen, repeatable: true });
	return wholly(opened(contact, store.tenant, fieldKeys));
}

/** What the keys do not open is named in each contact (`sealedProblems`). @throws StoreError */
export async function getContacts(
	store: Store,
	query: { status?: string; tag?: string; name?: string } = {},
	{ fieldKeys, ...options }: PageOptions & Sealing = {},
): Promise<Page<Contact>> {
	const found = await page(store, 'get_contacts', { ...query }, pageSchema(contactSchema), options);
	return { ...found, items: found.items.map((item) => opened(item, store.tenant, fieldKeys)) };
}

/** Of many who ask at once, one creates. @throws StoreError `erased` */
export async function findOrCreateContact(
	store: Store,
	identity: Identity,
	name?: string,
	{ fieldKeys }: Sealing = {},
): Promise<Contact & { created: boolean }> {
	const contact = await store.call(
		'find_or_create_contact',
		{ identity, ...(name !== undefined && { name }) },
		{ answer: contactSchema.extend({ created: z.boolean() }), repeatable: true },
	);
	return opened(contact, store.tenant, fieldKeys);
}

/** E-mail, phone and real name are sealed when keys are given. @throws StoreError `not_found` */
export async function updateContact(
	store: Store,
	who: ContactName,
	fields: ContactFields,
	{ fieldKeys }: Sealing = {},
): Promise<Contact> {
	// A sealed value says whose it is, so that has to be known before.
	const contactId =
		'contactId' in who
			? who.contactId
			: fieldKeys && hasSealable(fields)
				? (await getContact(store, who)).id
				: undefined;
	const contact = await store.call(
		'update_contact',
		{ ...who, set: sealed(fields, store.tenant, contactId, fieldKeys) },
		{ answer: contactSchema, repeatable: true },
	);
	return opened(contact, store.tenant, fieldKeys);
}

/**
 * Joins `fromId` into `intoId`; a second time changes nothing. What either has refused stays refused.
 * @throws StoreError `not_found`
 */
export async function mergeContacts(
	store: Store,
	fromId: number,
	intoId: number,
	{ fieldKeys }: Sealing = {},
): Promise<Contact & { merged: boolean }> {
	const contact = await store.call(
		'merge_contacts',
		{ fromId, intoId },
		{ answer: contactSchema.extend({ merged: z.boolean() }), repeatable: true },
	);
	return opened(contact, store.tenant, fieldKeys);
}

/** @throws StoreError `conflict` when the identity is another contact's, `erased` */
export async function linkIdentity(
	store: Store,
	contactId: number,
	identity: Identity,
	{ fieldKeys }: Sealing = {},
): Promise<Contact> {
	const contact = await store.call(
		'link_identity',
		{ contactId, identity },
		{ answer: contactSchema, repeatable: true },
	);
	return opened(contact, store.tenant, fieldKeys);
}
