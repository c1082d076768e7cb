import { z } from 'zod';

import { page, pageSchema, type Page, type PageOptions } from '../paging';
import type { Store } from '../store';
import { idField, kept, textField, valid } from './input';

const questionField = textField(1000);
const nameSchema = z.union(
	[z.strictObject({ faqId: idField }), z.strictObject({ question: questionField })],
	{
		error: 'must name an item by a whole number as id, or by its question',
	},
);
export type FaqName = z.input<typeof nameSchema>;

const fieldsSchema = z.strictObject({
	question: questionField.optional(),
	/** A new item needs it. */
	answer: textField(100_000).optional(),
	/** Words or groups of words; a text that has them in any form is a match. */
	keywords: z.array(textField(200)).max(100).optional(),
});
export type FaqFields = z.input<typeof fieldsSchema>;

const faqSchema = z.object({
	id: z.number(),
	question: z.string(),
	answer: z.string(),
	keywords: z.array(z.string()),
	usageCount: z.number(),
	createdAt: z.string(),
	updatedAt: z.string(),
});
export type FaqItem = z.output<typeof faqSchema>;

const faqName = (which: FaqName): FaqName => valid(nameSchema, which);

/**
 * Makes an item, or changes the fields that are given.
 * @throws StoreError `not_found` for one that is not there and has no answer to make it of; `conflict` when another one
 *   has the question
 */
export async function saveFaqItem(
	store: Store,
	which: FaqName,
	fields: FaqFields = {},
): Promise<FaqItem & { created: boolean }> {
	const request = { ...faqName(which), set: valid(fieldsSchema, fields) };
	const answer = faqSchema.extend({ created: z.boolean() });
	return await store.call('save_faq_item', request, { answer, repeatable: true });
}

/** @param query `text` stands anywhere in question or answer @throws StoreError */
export async function getFaqItems(
	store: Store,
	query: { text?: string } = {},
	options: PageOptions = {},
): Promise<Page<FaqItem>> {
	return await page(store, 'get_faq_items', { ...query }, pageSchema(faqSchema), options);
}

/** Resolves to false when there was none. @throws StoreError */
export async function deleteFaqItem(store: Store, which: FaqName): Promise<boolean> {
	const answer = z.object({ deleted: z.boolean() });
	return (await store.call('delete_faq_item', faqName(which), { answer, repeatable: true })).deleted;
}

const matchSchema = z.object({
	limit: z.number(),
	/** `matched`: the keywords that the text has. */
	items: z.array(faqSchema.extend({ matched: z.array(z.string()) })),
});
export type FaqMatch = z.output<typeof matchSchema>['items'][number];

/**
 * The items whose keywords a text has, in any form of the words in Russian and English: those with most keywords first, of
 * equals the one that was used most. A keyword of several words wants all of them, in any order.
 *
 * @param limit default 5
 * @throws StoreError
 */
export async function matchFaq(store: Store, text: string, { limit = 5 } = {}): Promise<FaqMatch[]> {
	const request = { text: kept(text), limit };
	return (await store.call('match_faq', request, { answer: matchSchema, repeatable: true })).items;
}

/** Counts one use. @throws StoreError `not_found` */
export async function useFaqItem(store: Store, which: FaqName): Promise<FaqItem> {
	return await store.call('use_faq_item', faqName(which), { answer: faqSchema, repeatable: false });
}
