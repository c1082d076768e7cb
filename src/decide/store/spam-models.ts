import { page, pageSchema, type Page, type PageOptions, type Store } from '../../store';
import {
	modelVersionSchema,
	storedSpamModelSchema,
	type SpamModelVersion,
	type StoredSpamModel,
} from './answers';
import { valid, versionField } from './input';

/** A spam model with what it has learnt; without a version, the active. @throws StoreError `not_found` */
export async function getSpamModel(store: Store, which: { version?: string } = {}): Promise<StoredSpamModel> {
	const { version } = which;
	const request = version === undefined ? {} : { version: valid('version', versionField, version) };
	return await store.call('get_spam_model', request, { answer: storedSpamModelSchema, repeatable: true });
}

/** All of them, the newest first: old ones are kept. @throws StoreError */
export async function getSpamModels(
	store: Store,
	options: PageOptions = {},
): Promise<Page<SpamModelVersion>> {
	return await page(store, 'get_spam_models', {}, pageSchema(modelVersionSchema), options);
}

/** Lets messages be judged by this version from now on. @throws StoreError `not_found` */
export async function activateSpamModel(store: Store, version: string): Promise<SpamModelVersion> {
	const request = { version: valid('version', versionField, version) };
	return await store.call('activate_spam_model', request, { answer: modelVersionSchema, repeatable: true });
}
