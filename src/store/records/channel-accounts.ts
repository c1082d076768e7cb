import { z } from 'zod';

import { page, pageSchema, type Page, type PageOptions } from '../paging';
import type { Store } from '../store';
import { idField, jsonObject, platformField, textField, valid } from './input';

const nameSchema = z.union(
	[
		z.strictObject({ accountId: idField }),
		z.strictObject({ platform: platformField, externalId: textField(255) }),
	],
	{ error: 'must name an account by a whole number as id, or by a platform and the id there' },
);
/** A bot, page or number. Messages name it by `platform` and `account`. */
export type ChannelAccountName = z.input<typeof nameSchema>;

const fieldsSchema = z.strictObject({
	name: textField(200).nullable().optional(),
	active: z.boolean().optional(),
	/** Takes the place of all settings there were. */
	settings: jsonObject.optional(),
});
/** Null empties a field. */
export type ChannelAccountFields = z.input<typeof fieldsSchema>;

const accountSchema = z.object({
	id: z.number(),
	platform: z.string(),
	externalId: z.string(),
	name: z.string().optional(),
	active: z.boolean(),
	settings: z.record(z.string(), z.unknown()),
	createdAt: z.string(),
	updatedAt: z.string(),
});
export type ChannelAccount = z.output<typeof accountSchema>;

/**
 * Makes an account, or changes the fields that are given.
 * @throws StoreError `not_found` for an id that is not there; `invalid_input`
 */
export async function saveChannelAccount(
	store: Store,
	which: ChannelAccountName,
	fields: ChannelAccountFields = {},
): Promise<ChannelAccount & { created: boolean }> {
	const request = { ...valid(nameSchema, which), set: valid(fieldsSchema, fields) };
	const answer = accountSchema.extend({ created: z.boolean() });
	return await store.call('save_channel_account', request, { answer, repeatable: true });
}

/** @throws StoreError */
export async function getChannelAccounts(
	store: Store,
	query: { platform?: string; externalId?: string; active?: boolean } = {},
	options: PageOptions = {},
): Promise<Page<ChannelAccount>> {
	return await page(store, 'get_channel_accounts', { ...query }, pageSchema(accountSchema), options);
}

const removedSchema = z.object({
	/** `deactivated`: conversations hang on it, so it stays, switched off. `unknown`: there was none. */
	result: z.enum(['deleted', 'deactivated', 'unknown']),
	id: z.number().optional(),
	conversations: z.number().optional(),
});
export type RemovedChannelAccount = z.output<typeof removedSchema>;

/** Deletes an account on which nothing hangs, and switches off any other one. @throws StoreError */
export async function removeChannelAccount(
	store: Store,
	which: ChannelAccountName,
): Promise<RemovedChannelAccount> {
	const request = valid(nameSchema, which);
	return await store.call('remove_channel_account', request, { answer: removedSchema, repeatable: true });
}
