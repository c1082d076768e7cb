import { z } from 'zod';

import type { Store } from '../../store';
import { opened, sealedField, type RawContact, type Unopened } from './contact';
import type { FieldKeys } from './keys';
import { sealedFieldNames } from './seal';

export interface Resealed {
	/** Contacts that were sealed anew. */
	resealed: number;
	/** Fields that no given key opens, at most 100 of them; they were left as they are. */
	unreadable: Array<{ contactId: number } & NonNullable<Unopened['sealedProblems']>[number]>;
	/** Contacts that still hold a field which is plain or sealed with another key. At 0 this tenant needs no former key; backups from before may. */
	left: number;
	/** Contacts of other tenants of the store that are sealed with another key: a former one, or one of their own. */
	leftElsewhere: number;
}

export interface ResealOptions {
	/** Contacts a call, 1 to 500. Default 200. */
	batch?: number;
	signal?: AbortSignal;
	/** Told after each batch how many there are so far. */
	onProgress?: (resealed: number) => void;
}

const pageAnswer = z.object({
	items: z.array(
		z.object({
			id: z.number(),
			version: z.string(),
			formerIds: z.array(z.number()).optional(),
			realName: z.string().optional(),
			email: z.string().optional(),
			phone: z.string().optional(),
		}),
	),
	/** Of all that are left, also those before this page. */
	left: z.number().optional(),
});

const mostListed = 100;
/** Contacts that somebody changes meanwhile are taken in a further pass. */
const mostPasses = 5;

/**
 * Seals all contacts of the tenant with the current key: those that are plain, and those of former keys. It can be
 * stopped at any moment and begun again; a contact that somebody else changes meanwhile is left to the next pass, never
 * overwritten.
 * @throws StoreError
 */
export async function resealContacts(
	store: Store,
	keys: FieldKeys,
	{ batch = 200, signal, onProgress }: ResealOptions = {},
): Promise<Resealed> {
	const keyId = keys.current.id;
	const limit = Math.min(500, Math.max(1, Math.trunc(batch)));
	let resealed = 0;
	let unreadable: Resealed['unreadable'] = [];
	for (let pass = 1; pass <= mostPasses; pass += 1) {
		let missed = 0;
		let after = 0;
		unreadable = [];
		for (;;) {
			const request = { keyId, after, limit };
			const { items } = await store.call('get_contacts_to_seal', request, {
				answer: pageAnswer,
				repeatable: true,
				signal,
			});
			const last = items.at(-1);
			if (!last) break;
			after = last.id;
			const rows = items.flatMap(({ version, ...raw }) => {
				const contact = opened(raw, store.tenant, keys);
				for (const problem of contact.sealedProblems ?? [])
					if (unreadable.length < mostListed) unreadable.push({ contactId: raw.id, ...problem });
				const fields = freshlySealed(raw, contact, store.tenant, keys);
				return Object.keys(fields).length === 0 ? [] : [{ id: raw.id, version, ...fields }];
			});
			const done = await store.call(
				'reseal_contacts',
				{ rows },
				{ answer: z.object({ resealed: z.number() }), repeatable: true, signal },
			);
			resealed += done.resealed;
			missed += rows.length - done.resealed;
			onProgress?.(resealed);
		}
		if (missed === 0) break;
	}
	const count = z.object({ left: z.number(), leftElsewhere: z.number() });
	const rest = await store.call('count_contacts_to_seal', { keyId }, { answer: count, repeatable: true });
	return { resealed, unreadable, ...rest };
}

/** What was not sealed with the current key. */
function freshlySealed(
	raw: RawContact,
	contact: RawContact,
	tenant: string,
	keys: FieldKeys,
): Record<string, string> {
	const mark = `sealed:v1:${keys.current.id}:`;
	return Object.assign(
		{},
		...sealedFieldNames.map((field) => {
			const value = contact[field];
			if (value === undefined || raw[field]?.startsWith(mark)) return {};
			return sealedField(field, value, tenant, raw.id, keys);
		}),
	) as Record<string, string>;
}
