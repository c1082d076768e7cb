import { z } from 'zod';

import { errorMessage, maskSecrets } from '../shared';
import type { Store } from '../store';
import type { ContactName } from './contacts';
import { page, pageSchema } from './paging';

const receiptSchema = z.object({
	id: z.string(),
	kind: z.enum(['erase', 'anonymise']),
	tenant: z.string(),
	/** Which key the hashes were made with. */
	key: z.string().optional(),
	/** Keyed hashes; without the key, which is in the database, they say of nobody that they were meant. */
	hashes: z.array(z.string()),
	counts: z.record(z.string(), z.number()),
	source: z.string().optional(),
	erasedAt: z.string(),
});
/** Holds no personal data. Keep it outside the database: see {@link applyReceipts}. */
export type Receipt = z.output<typeof receiptSchema>;

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

export interface ErasureOptions {
	/** Who asked for it, without personal data, e.g. `privacy form`. */
	source?: string;
	signal?: AbortSignal;
}

/**
 * Large ones take seconds, for which others of the tenant wait. The database ends them before this (240 s), and they are
 * not tried again at once: it would only take as long once more.
 */
const patience = { timeoutMs: 300_000, lateIsFinal: true };

/**
 * Removes a person: their messages, files, private conversations, consents and profile, archived ones included; their
 * names in what others wrote; their words that others passed on. All of it or, after an error, nothing. Messages that
 * arrive later are kept out, or stored under a pseudonym where the tenant says so.
 *
 * @throws StoreError `on_hold` with the reason of the hold
 */
export async function eraseContact(
	store: Store,
	who: ContactName,
	{ dryRun = false, signal, ...options }: ErasureOptions & { dryRun?: boolean } = {},
): Promise<Erased> {
	return await store.call(
		'erase_contact',
		{ ...who, ...options, dryRun },
		{ answer: erasedSchema, repeatable: true, ...patience, signal },
	);
}

/**
 * Puts a pseudonym in place of a person, the same each time; what they wrote stays, without names, ids and files.
 * @throws StoreError `on_hold`
 */
export async function anonymiseContact(
	store: Store,
	who: ContactName,
	{ signal, ...options }: ErasureOptions = {},
): Promise<Anonymised> {
	return await store.call(
		'anonymise_contact',
		{ ...who, ...options },
		{ answer: anonymisedSchema, repeatable: true, ...patience, signal },
	);
}

/** All receipts, oldest first. @throws StoreError */
export async function getReceipts(store: Store): Promise<Receipt[]> {
	const receipts: Receipt[] = [];
	let cursor: string | undefined;
	do {
		const found = await page(store, 'get_receipts', {}, pageSchema(receiptSchema), { limit: 1000, cursor });
		receipts.push(...found.items);
		cursor = found.cursor;
	} while (cursor !== undefined);
	return receipts;
}

const appliedSchema = z.object({
	applied: z.number(),
	known: z.number(),
	/** Of those applied: for how many there was somebody to erase. */
	matched: z.number(),
	/** Ids of receipts that a legal hold refuses: to be applied again when it is lifted. */
	held: z.array(z.string()),
});

/** Each call locks the tenant, and is undone as a whole when it takes too long. */
const receiptsACall = 50;

/**
 * Carries out erasures again that a restored, older database does not know. Call it before anything is served.
 * @throws StoreError `conflict` for receipts of another key, by which nobody would be found
 */
export async function applyReceipts(
	store: Store,
	receipts: Receipt[],
): Promise<z.output<typeof appliedSchema>> {
	const all: z.output<typeof appliedSchema> = { applied: 0, known: 0, matched: 0, held: [] };
	for (let from = 0; from < receipts.length; from += receiptsACall) {
		const done = await store.call(
			'apply_receipts',
			{ receipts: receipts.slice(from, from + receiptsACall) },
			{ answer: appliedSchema, repeatable: true, ...patience },
		);
		all.applied += done.applied;
		all.known += done.known;
		all.matched += done.matched;
		all.held.push(...done.held);
	}
	return all;
}

const removalsSchema = z.object({
	items: z.array(
		z
			.object({
				id: z.number(),
				storage_provider: z.string(),
				storage_bucket: z.string().nullable(),
				storage_path: z.string(),
				attempts: z.number(),
				last_error: z.string().nullable(),
			})
			.transform((row) => ({
				id: row.id,
				provider: row.storage_provider,
				bucket: row.storage_bucket ?? undefined,
				path: row.storage_path,
				attempts: row.attempts,
				lastError: row.last_error ?? undefined,
			})),
	),
});
/** An object in a storage that is still to be removed. */
export type ObjectRemoval = z.output<typeof removalsSchema>['items'][number];

/**
 * Removes what lies in a storage and belonged to erased people. What fails stays listed and is tried again by the next
 * call.
 *
 * @param remove removes one object; one that is not there counts as removed
 * @returns how many were removed, and how many are still pending
 * @throws StoreError
 */
export async function removeObjects(
	store: Store,
	remove: (object: ObjectRemoval) => Promise<void>,
): Promise<{ removed: number; pending: number }> {
	const { items } = await store.call('get_object_removals', {}, { answer: removalsSchema, repeatable: true });
	const removed: number[] = [];
	const failed: Array<{ id: number; error: string }> = [];
	for (const item of items) {
		try {
			await remove(item);
			removed.push(item.id);
		} catch (thrown) {
			// What a storage says may hold the password it was asked with.
			failed.push({ id: item.id, error: maskSecrets(errorMessage(thrown)) });
		}
	}
	const answer = z.object({ pending: z.number() });
	const { pending } = await store.call(
		'settle_object_removals',
		{ removed, failed },
		{ answer, repeatable: false },
	);
	return { removed: removed.length, pending };
}
