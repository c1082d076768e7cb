import { z } from 'zod';

import type { Store } from '../store';
import { storedMessageSchema } from './message';
import { page, pageSchema, type Page, type PageOptions } from './paging';

const archivedSchema = storedMessageSchema.extend({
	archivedAt: z.string(),
	/** What it said before, oldest first. */
	versions: z.array(z.looseObject({ validFrom: z.string(), text: z.string().optional() })).optional(),
});
export type ArchivedMessage = z.output<typeof archivedSchema>;

export interface ArchiveQuery {
	conversationId?: number;
	contactId?: number;
	/** Sent at or after, ISO 8601. */
	from?: string;
	/** Sent before. */
	to?: string;
}

/** Messages that retention has archived, newest first, page by page; without hidden ones. @throws StoreError */
export async function getArchivedMessages(
	store: Store,
	query: ArchiveQuery = {},
	options: PageOptions = {},
): Promise<Page<ArchivedMessage>> {
	return await page(store, 'get_archived_messages', { ...query }, pageSchema(archivedSchema), options);
}
