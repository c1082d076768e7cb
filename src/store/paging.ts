import { createHash } from 'node:crypto';
import { z } from 'zod';

import { parseInput } from '../shared';
import { StoreError } from './errors';
import type { Store } from './store';

const afterSchema = z.strictObject({
	at: z.string(),
	id: z.union([z.number(), z.string()]),
	matchedBy: z.enum(['words', 'parts']).optional(),
});
type After = z.output<typeof afterSchema>;

/** A page as the functions of the store answer it. */
export const pageSchema = <Item extends z.ZodType>(item: Item) =>
	z.object({ items: z.array(item), limit: z.number(), next: afterSchema.nullable() });

/** Some of many. */
export interface Page<Item> {
	items: Item[];
	/** How many were asked for at most; 1,000 when more were wanted. */
	limit: number;
	/** Where the next page begins; undefined after the last. */
	cursor: string | undefined;
}

export interface PageOptions {
	/** From 1; more than 1,000 is 1,000. Default 50. */
	limit?: number;
	cursor?: string | undefined;
	signal?: AbortSignal;
}

/**
 * A place in a list, for one query only. It opens nothing that the query does not: the digest is there to find a cursor
 * that was changed, or is used with another query, in place of quietly skipping rows.
 */
export function toCursor(after: After, query: object): string {
	const text = JSON.stringify(after);
	return Buffer.from(`${digest(text, query)}${text}`).toString('base64url');
}

/** @throws StoreError `invalid_input` */
export function fromCursor(cursor: string, query: object): After {
	const text = Buffer.from(cursor, 'base64url').toString();
	const rest = text.slice(digestLength);
	if (text.slice(0, digestLength) === digest(rest, query)) {
		const parsed = parseInput(afterSchema, JSON.parse(rest) as unknown);
		if (parsed.ok) return parsed.value;
	}
	throw new StoreError(
		'invalid_input',
		'The cursor is not one that this query has given.',
		'Begin without a cursor, and keep the filters and the order the same from page to page.',
	);
}

/** One page of a function that lists. The cursor is good for the same query only. @throws StoreError */
export async function page<Item>(
	store: Store,
	name: string,
	query: Record<string, unknown>,
	answer: z.ZodType<{ items: Item[]; limit: number; next: After | null }>,
	options: PageOptions,
): Promise<Page<Item>> {
	const { items, limit, next } = await ask(store, name, query, answer, options);
	return { items, limit, cursor: next ? toCursor(next, query) : undefined };
}

/** A page as the function answers it, with what else it says. @throws StoreError */
export async function ask<Answer>(
	store: Store,
	name: string,
	query: Record<string, unknown>,
	answer: z.ZodType<Answer>,
	{ limit, cursor, signal }: PageOptions,
): Promise<Answer> {
	const request = {
		...query,
		...(limit !== undefined && { limit }),
		...(cursor !== undefined && { after: fromCursor(cursor, query) }),
	};
	return await store.call(name, request, { answer, repeatable: true, signal });
}

const digestLength = 16;

function digest(text: string, query: object): string {
	const filters = JSON.stringify(Object.entries(query).sort(([a], [b]) => (a < b ? -1 : 1)));
	return createHash('sha256').update(`${filters}\n${text}`).digest('base64url').slice(0, digestLength);
}
