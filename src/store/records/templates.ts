import { z } from 'zod';

import { page, pageSchema, type Page, type PageOptions } from '../paging';
import type { Store } from '../store';
import { idField, textField, valid } from './input';
import { renderTemplate, variablesOf, type TemplateValues } from './render';

const titleField = textField(200);
const nameSchema = z.union(
	[z.strictObject({ templateId: idField }), z.strictObject({ template: titleField })],
	{ error: 'must name a template by a whole number as id, or by its title' },
);
export type TemplateName = z.input<typeof nameSchema>;

const fieldsSchema = z.strictObject({
	title: titleField.optional(),
	category: textField(100).nullable().optional(),
	/** With `{{name}}` where a value is to stand. A new template needs it. */
	content: textField(100_000).optional(),
	/** Id of a member. */
	createdBy: idField.nullable().optional(),
});
/** Null empties a field. */
export type TemplateFields = z.input<typeof fieldsSchema>;

const templateSchema = z.object({
	id: z.number(),
	title: z.string(),
	category: z.string().optional(),
	content: z.string(),
	createdBy: z.number().optional(),
	usageCount: z.number(),
	createdAt: z.string(),
	updatedAt: z.string(),
});
export type Template = z.output<typeof templateSchema>;

const templateName = (which: TemplateName): TemplateName => valid(nameSchema, which);

/**
 * Makes a template, or changes the fields that are given.
 * @throws StoreError `not_found` for one that is not there and has no content to make it of, and for a member that is not
 *   there; `conflict` when another one has the title
 */
export async function saveTemplate(
	store: Store,
	which: TemplateName,
	fields: TemplateFields = {},
): Promise<Template & { created: boolean }> {
	const request = { ...templateName(which), set: valid(fieldsSchema, fields) };
	const answer = templateSchema.extend({ created: z.boolean() });
	return await store.call('save_template', request, { answer, repeatable: true });
}

/** @throws StoreError `not_found` */
export async function getTemplate(store: Store, which: TemplateName): Promise<Template> {
	return await store.call('get_template', templateName(which), { answer: templateSchema, repeatable: true });
}

/** @param query `text` stands anywhere in title or content @throws StoreError */
export async function getTemplates(
	store: Store,
	query: { category?: string; text?: string } = {},
	options: PageOptions = {},
): Promise<Page<Template>> {
	return await page(store, 'get_templates', { ...query }, pageSchema(templateSchema), options);
}

/** Resolves to false when there was none. @throws StoreError */
export async function deleteTemplate(store: Store, which: TemplateName): Promise<boolean> {
	const answer = z.object({ deleted: z.boolean() });
	return (await store.call('delete_template', templateName(which), { answer, repeatable: true })).deleted;
}

/**
 * The text of a template with these values, counted as one use.
 *
 * @param allowMissing whether variables without a value become nothing; they are named in `missing`
 * @throws StoreError `invalid_input` naming the variables without a value, which counts nothing; `not_found`
 */
export async function useTemplate(
	store: Store,
	which: TemplateName,
	values: TemplateValues,
	{ allowMissing = false }: { allowMissing?: boolean } = {},
): Promise<{ template: Template; text: string; missing: string[] }> {
	const request = { ...templateName(which), ...(!allowMissing && { given: variablesOf(values) }) };
	const template = await store.call('use_template', request, { answer: templateSchema, repeatable: false });
	return { template, ...renderTemplate(template.content, values) };
}
