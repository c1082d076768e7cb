import { z } from 'zod';

import type { Store } from '../store';

const source = z.enum(['tenant', 'default', 'builtIn']);

const policySchema = z.object({
	messages: z.object({
		/** A message goes when it was sent longer ago than this many times 24 hours. Built in: 90. */
		keepDays: z.number(),
		/** Whether it goes into the archive, and not for good. Built in: true. */
		archives: z.boolean(),
		/** A hidden message goes for good when it was hidden longer ago than this; when it is too old, even before. Built in: 30. */
		hiddenDays: z.number(),
		source,
	}),
	/** When archived messages go for good, counted from when they were sent. Built in: 365. */
	archive: z.object({ keepDays: z.number(), source }),
	/** Built in: 30. */
	errorLogs: z.object({ keepDays: z.number(), source }),
});

/** How long everything stays; `source` says whether the tenant, the tenant `default` or the package decides that. */
export type RetentionPolicy = z.output<typeof policySchema>;

/** What is not given stays as it is; null takes the tenant's own rule away. */
export interface RetentionChange {
	messages?: { keepDays?: number; archives?: boolean; hiddenDays?: number } | null;
	archive?: { keepDays: number } | null;
	errorLogs?: { keepDays: number } | null;
}

/** @throws StoreError `not_found` for an unknown tenant */
export async function getRetentionPolicy(store: Store): Promise<RetentionPolicy> {
	return await store.call('get_retention_policy', {}, { answer: policySchema, repeatable: true });
}

/**
 * Changes how long things stay; a run that is under way keeps to it from its next batch on.
 *
 * @param change days are whole numbers from 1 to 36,500 (`hiddenDays` from 0)
 * @returns the policy as it is now
 * @throws StoreError `invalid_input`, also for an archive that would keep nothing
 */
export async function setRetentionPolicy(store: Store, change: RetentionChange): Promise<RetentionPolicy> {
	return await store.call('set_retention_policy', change, { answer: policySchema, repeatable: true });
}
