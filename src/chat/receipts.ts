import { z } from 'zod';

import { describeFaults, parseInput } from '../shared';
import { StoreError, type Store } from '../store';
import { page, pageSchema } from './paging';
import { openedForMasking, type ErasureKeys } from './sealing/opened-for-masking';

export const receiptSchema = z.object({
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

/**
 * Large ones take seconds, for which others of the tenant wait. The database ends them before this (240 s), and they are
 * not tried again at once: it would only take as long once more.
 */
export const patience = { timeoutMs: 300_000, lateIsFinal: true };

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
	/** By their ids: what a legal hold keeps, or sealed fields that were not opened, to be applied again when that is gone. */
	notApplied: z.array(
		z.object({
			id: z.string(),
			reason: z.enum(['on_hold', 'sealed']),
			problem: z.string(),
			remedy: z.string(),
		}),
	),
});

type Applied = z.output<typeof appliedSchema> & {
	/** Receipts that were left out because they are of others. */
	otherTenants: number;
	/** Whether everybody whom receipts of this tenant mean is erased. */
	complete: boolean;
};

/** Each call locks the tenant, and is undone as a whole when it takes too long. */
const receiptsACall = 50;

/**
 * Carries out erasures again that a restored, older database does not know. Call it before anything is served.
 * @returns with those that were not carried out, because a hold or a sealed field refuses it; all others were
 * @throws StoreError `conflict` for receipts of another key, by which nobody would be found
 */
export async function applyReceipts(
	store: Store,
	receipts: Receipt[],
	keys: ErasureKeys = {},
): Promise<Applied> {
	const all: Applied = { applied: 0, known: 0, matched: 0, notApplied: [], otherTenants: 0, complete: true };
	all.otherTenants = receipts.filter(({ tenant }) => tenant !== store.tenant).length;
	if (receipts.length > 0 && all.otherTenants === receipts.length)
		throw new StoreError(
			'invalid_input',
			`None of the ${receipts.length} receipts is of the tenant "${store.tenant}".`,
			'Choose the tenant they were made for, or see where they come from.',
		);
	for (let from = 0; from < receipts.length; from += receiptsACall) {
		const some = { receipts: receipts.slice(from, from + receiptsACall) };
		const masking = await openedForMasking(store, some, keys);
		const done = await store.call(
			'apply_receipts',
			{ ...some, ...masking },
			{ answer: appliedSchema, repeatable: true, ...patience },
		);
		all.applied += done.applied;
		all.known += done.known;
		all.matched += done.matched;
		all.notApplied.push(...done.notApplied);
	}
	return { ...all, complete: all.notApplied.length === 0 };
}

/** A receipt that was kept elsewhere. @throws StoreError `invalid_input` naming its place and the field */
export function parseReceipt(input: unknown, index: number): Receipt {
	const parsed = parseInput(receiptSchema, input);
	if (parsed.ok) return parsed.value;
	throw new StoreError(
		'invalid_input',
		`Receipt ${index} is none: ${describeFaults(parsed.faults)}.`,
		'Give receipts as they were read from the store. None was applied.',
	);
}
