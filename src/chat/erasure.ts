import { z } from 'zod';

import type { Store } from '../store';
import type { ContactName } from './contacts';
import { patience, receiptSchema } from './receipts';
import { withSealedOpened, type ErasureKeys } from './sealing/opened-for-masking';

const erasedSchema = z.discriminatedUnion('status', [
	z.object({ status: z.enum(['erased', 'erasedBefore']), receipt: receiptSchema }),
	z.object({ status: z.literal('wouldErase'), counts: z.record(z.string(), z.number()) }),
	z.object({ status: z.literal('unknown') }),
]);
export type Erased = z.output<typeof erasedSchema>;

const anonymisedSchema = z.discriminatedUnion('status', [
	z.object({
		status: z.literal('anonymised'),
		receipt: receiptSchema,
		contactId: z.number(),
		pseudonym: z.string(),
	}),
	z.object({ status: z.literal('anonymisedBefore'), contactId: z.number(), pseudonym: z.string() }),
	z.object({ status: z.literal('unknown') }),
]);
export type Anonymised = z.output<typeof anonymisedSchema>;

export interface ErasureOptions extends ErasureKeys {
	/** Who asked for it, without personal data, e.g. `privacy form`. */
	source?: string;
	signal?: AbortSignal;
}

/**
 * Removes a person: their messages, files, private conversations, consents and profile, archived ones included; their
 * names in what others wrote; their words that others passed on. All of it or, after an error, nothing. Messages that
 * arrive later are kept out, or stored under a pseudonym where the tenant says so.
 *
 * @throws StoreError `on_hold` with the reason of the hold; `sealed` when fields are sealed and the keys do not open them
 */
export async function eraseContact(
	store: Store,
	who: ContactName,
	{ dryRun = false, signal, source, ...keys }: ErasureOptions & { dryRun?: boolean } = {},
): Promise<Erased> {
	return await withSealedOpened(store, who, keys, (masking) =>
		store.call(
			'erase_contact',
			{ ...who, ...(source !== undefined && { source }), ...masking, dryRun },
			{ answer: erasedSchema, repeatable: true, ...patience, signal },
		),
	);
}

/**
 * Puts a pseudonym in place of a person, the same each time; what they wrote stays, without names, ids and files.
 * @throws StoreError `on_hold`, `sealed`
 */
export async function anonymiseContact(
	store: Store,
	who: ContactName,
	{ signal, source, ...keys }: ErasureOptions = {},
): Promise<Anonymised> {
	return await withSealedOpened(store, who, keys, (masking) =>
		store.call(
			'anonymise_contact',
			{ ...who, ...(source !== undefined && { source }), ...masking },
			{ answer: anonymisedSchema, repeatable: true, ...patience, signal },
		),
	);
}
