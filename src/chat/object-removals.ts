import { z } from 'zod';

import { errorMessage, maskSecrets } from '../shared';
import type { Store } from '../store';

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

/** Of one call; those that failed least often come first. */
const mostACall = 1000;

/** What became of one: removed, or the reason why it was not. */
export interface SettledRemoval {
	id: number;
	error?: string;
}

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
	const tried = new Set<number>();
	let removed = 0;
	for (;;) {
		const settled: SettledRemoval[] = [];
		for (const item of await getObjectRemovals(store)) {
			if (tried.has(item.id)) continue;
			tried.add(item.id);
			try {
				await remove(item);
				settled.push({ id: item.id });
			} catch (thrown) {
				settled.push({ id: item.id, error: errorMessage(thrown) });
			}
		}
		const done = await settleObjectRemovals(store, settled);
		removed += done.removed;
		if (settled.length === 0) return { removed, pending: done.pending };
	}
}

/** What is still to be removed, oldest first, at most as many as one call carries. @throws StoreError */
export async function getObjectRemovals(store: Store): Promise<ObjectRemoval[]> {
	return (
		await store.call(
			'get_object_removals',
			{ limit: mostACall },
			{ answer: removalsSchema, repeatable: true },
		)
	).items;
}

/** @throws StoreError */
export async function settleObjectRemovals(
	store: Store,
	settled: SettledRemoval[],
): Promise<{ removed: number; pending: number }> {
	const removed = settled.filter(({ error }) => error === undefined).map(({ id }) => id);
	// What a storage says may hold the password it was asked with.
	const failed = settled.flatMap(({ id, error }) =>
		error === undefined ? [] : [{ id, error: maskSecrets(error) }],
	);
	const answer = z.object({ pending: z.number() });
	const { pending } = await store.call(
		'settle_object_removals',
		{ removed, failed },
		{ answer, repeatable: false },
	);
	return { removed: removed.length, pending };
}
