import { z } from 'zod';

import type { Store } from '../../store';

const namesSchema = z.object({
	teams: z.array(z.string()),
	/** Titles of the texts that are kept ready. */
	templates: z.array(z.string()),
});

/** What rules may name: teams and templates of the store. @throws StoreError */
export async function readNames(store: Store, signal?: AbortSignal): Promise<z.output<typeof namesSchema>> {
	return await store.call('get_decision_names', {}, { answer: namesSchema, repeatable: true, signal });
}
