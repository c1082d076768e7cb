import { z } from 'zod';

import { page, pageSchema, type Page, type PageOptions } from '../paging';
import type { Store } from '../store';
import { idField, jsonObject, textField, valid } from './input';

const clientField = textField(200);
const nameSchema = z.union(
	[z.strictObject({ websiteId: idField }), z.strictObject({ clientName: clientField })],
	{ error: 'must name a website by a whole number as id, or by the name of the client' },
);
export type WebsiteName = z.input<typeof nameSchema>;

const portField = z.int().min(1).max(65_535).nullable();
const fieldsSchema = z.strictObject({
	clientName: clientField.optional(),
	/** A new website needs it. */
	domain: textField(253).optional(),
	containerPort: portField.optional(),
	dbPort: portField.optional(),
	/** `active` ones are sites to check and to back up; any other word says why this one is not. */
	status: textField(50).optional(),
	githubRepo: textField(500).nullable().optional(),
	/** The definition of the site, as an object or as its text in YAML or JSON. */
	definition: z
		.union([jsonObject, textField(1_000_000)])
		.nullable()
		.optional(),
});
/** Null empties a field. */
export type WebsiteFields = z.input<typeof fieldsSchema>;

const websiteSchema = z.object({
	id: z.number(),
	clientName: z.string(),
	domain: z.string(),
	containerPort: z.number().optional(),
	dbPort: z.number().optional(),
	status: z.string(),
	githubRepo: z.string().optional(),
	definition: z.unknown().optional(),
	createdAt: z.string(),
	updatedAt: z.string(),
});
export type Website = z.output<typeof websiteSchema>;

/** @throws StoreError `invalid_input` */
export const websiteName = (which: WebsiteName): WebsiteName => valid(nameSchema, which);

/**
 * Makes a website, or changes the fields that are given. Its definition is looked at by `getSiteDefinitions`.
 * @throws StoreError `conflict` naming the field that another website of the tenant has: client name, domain or a port;
 *   `not_found` for one that is not there and has no domain to make it of
 */
export async function saveWebsite(
	store: Store,
	which: WebsiteName,
	fields: WebsiteFields = {},
): Promise<Website & { created: boolean }> {
	const request = { ...websiteName(which), set: valid(fieldsSchema, fields) };
	const answer = websiteSchema.extend({ created: z.boolean() });
	return await store.call('save_website', request, { answer, repeatable: true });
}

/** @throws StoreError `not_found` */
export async function getWebsite(store: Store, which: WebsiteName): Promise<Website> {
	return await store.call('get_website', websiteName(which), { answer: websiteSchema, repeatable: true });
}

/** @throws StoreError */
export async function getWebsites(
	store: Store,
	query: { status?: string } = {},
	options: PageOptions = {},
): Promise<Page<Website>> {
	return await page(store, 'get_websites', { ...query }, pageSchema(websiteSchema), options);
}

const deletedSchema = z.object({ deleted: z.boolean(), deployments: z.number(), backups: z.number() });
export type DeletedWebsite = z.output<typeof deletedSchema>;

/** With its deployments and its list of backups, which are counted; what was backed up stays. @throws StoreError */
export async function deleteWebsite(store: Store, which: WebsiteName): Promise<DeletedWebsite> {
	return await store.call('delete_website', websiteName(which), { answer: deletedSchema, repeatable: true });
}
