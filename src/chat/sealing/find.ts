import { z } from 'zod';

import { StoreError, type Store } from '../../store';
import { contactSchema, type Contact } from '../contacts';
import { opened, type Sealing } from './contact';
import { indexOf, normalEmail, phoneDigits } from './seal';

export interface FoundContacts {
	/** At most 100. */
	items: Contact[];
	/**
	 * Whether there are contacts that could not be compared: sealed, and their key was not given; or, with keys, not sealed
	 * yet (see `resealContacts`).
	 */
	unsearched: boolean;
}

const answer = z.object({ items: z.array(contactSchema), unsearched: z.boolean() });

/**
 * Contacts with this e-mail (whatever its case) or phone (its digits). With keys the address itself does not reach the
 * database.
 * @throws StoreError `invalid_input` for an e-mail that is empty or a phone without digits
 */
export async function findContacts(
	store: Store,
	by: { email: string } | { phone: string },
	{ fieldKeys }: Sealing = {},
): Promise<FoundContacts> {
	const [field, value] =
		'email' in by ? (['email', normalEmail(by.email)] as const) : (['phone', phoneDigits(by.phone)] as const);
	if (value === '')
		throw new StoreError(
			'invalid_input',
			field === 'email' ? 'The e-mail is empty.' : 'The phone has no digits.',
			'Say whom to look for.',
		);
	const request = fieldKeys
		? {
				field,
				indexes: fieldKeys.all.map((key) => indexOf(value, store.tenant, field, key)),
				keyIds: fieldKeys.ids,
			}
		: { field, value };
	const found = await store.call('find_contacts', request, { answer, repeatable: true });
	return { ...found, items: found.items.map((item) => opened(item, store.tenant, fieldKeys)) };
}
