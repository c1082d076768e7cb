import { z } from 'zod';

import { page, pageSchema, type Page, type PageOptions } from '../paging';
import type { Store } from '../store';
import { jsonObject, textField, valid } from './input';

const tenantSchema = z.object({
	id: z.string(),
	name: z.string(),
	requiresConsent: z.boolean(),
	erasedSenders: z.enum(['refuse', 'pseudonymise']),
	settings: z.record(z.string(), z.unknown()),
	createdAt: z.string(),
	updatedAt: z.string(),
});
export type Tenant = z.output<typeof tenantSchema>;

const tenantId = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,62}$/, {
	error: 'is not an id: a–z, digits, "-" and "_", at most 63, beginning with a letter or digit',
});

const fieldsSchema = z.strictObject({
	name: textField(200).optional(),
	/** Whether nothing is stored of a person before it was allowed. */
	requiresConsent: z.boolean().optional(),
	/** What becomes of messages of people who were erased and write again. */
	erasedSenders: z.enum(['refuse', 'pseudonymise']).optional(),
	/** Takes the place of all settings there were. */
	settings: jsonObject.optional(),
});
export type TenantFields = z.input<typeof fieldsSchema>;

/**
 * Makes a tenant, or changes the fields that are given. Nothing here removes one.
 * @throws StoreError `invalid_input`
 */
export async function saveTenant(
	store: Store,
	id: string,
	fields: TenantFields = {},
): Promise<Tenant & { created: boolean }> {
	const request = { id: valid(tenantId, id), set: valid(fieldsSchema, fields) };
	const answer = tenantSchema.extend({ created: z.boolean() });
	return await store.call('save_tenant', request, { answer, repeatable: true });
}

/** @param id default: the tenant of the store @throws StoreError `not_found` */
export async function getTenant(store: Store, id = store.tenant): Promise<Tenant> {
	return await store.call('get_tenant', { id }, { answer: tenantSchema, repeatable: true });
}

/** By their ids. @throws StoreError */
export async function getTenants(store: Store, options: PageOptions = {}): Promise<Page<Tenant>> {
	return await page(store, 'get_tenants', {}, pageSchema(tenantSchema), options);
}
