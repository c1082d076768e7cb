import { z } from 'zod';

import type { Store } from '../store';

const answer = z.object({
	items: z.array(z.object({ id: z.number(), status: z.enum(['deleted', 'deletedBefore', 'unknown']) })),
});

/**
 * Hides messages from every list. They are gone for good with the retention of the tenant, or with their author.
 * @throws StoreError
 */
export async function deleteMessages(store: Store, ids: number[]): Promise<z.output<typeof answer>['items']> {
	return (await store.call('delete_messages', { ids }, { answer, repeatable: true })).items;
}
