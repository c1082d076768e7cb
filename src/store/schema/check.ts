import { z } from 'zod';

import { StoreError } from '../errors';
import type { Store } from '../store';
import { migrations } from './migrations';

export interface StoreCheck {
	/** `not_exposed`: Supabase does not show the schema to its interface, or it is not there. */
	state: 'current' | 'outdated' | 'newer' | 'missing' | 'not_exposed';
	/** Number of the newest migration; missing when that cannot be seen. */
	version?: number;
	/** Number of the newest migration of this package. */
	packageVersion: number;
	/** Whether the tenant is there. */
	tenantFound?: boolean;
	message: string;
	/** What mends it; missing when nothing is to be done. */
	remedy?: string;
}

const infoSchema = z.object({ version: z.number(), tenant: z.boolean() });

/** Whether the store can be used as it is, seen through the same door as its messages. @throws StoreError when it cannot be reached */
export async function checkStore(store: Store): Promise<StoreCheck> {
	const packageVersion = Math.max(...migrations().map(({ version }) => version));
	try {
		const info = await store.call('store_info', {}, { answer: infoSchema, repeatable: true });
		const seen = { version: info.version, packageVersion, tenantFound: info.tenant };
		if (info.version < packageVersion)
			return {
				...{ state: 'outdated', ...seen },
				message: `The store is of an earlier version: ${info.version} of ${packageVersion} migrations.`,
				remedy: 'Run Schema: Install over a Postgres credential, or paste what Schema: Get SQL gives.',
			};
		if (info.version > packageVersion)
			return {
				...{ state: 'newer', ...seen },
				message: 'The store was installed by a newer version of this package.',
				remedy: 'Update the package in this n8n.',
			};
		if (!info.tenant)
			return {
				...{ state: 'current', ...seen },
				message: `The store is up to date. There is no tenant "${store.tenant}" in it.`,
				remedy: 'Create the tenant, or leave the field at "default".',
			};
		return { state: 'current', ...seen, message: 'The store is up to date.' };
	} catch (thrown) {
		const state = thrown instanceof StoreError ? states[thrown.code] : undefined;
		if (state === undefined) throw thrown;
		const { message, remedy } = thrown as StoreError;
		return { state, packageVersion, message, remedy };
	}
}

const states: Partial<Record<StoreError['code'], StoreCheck['state']>> = {
	schema_missing: 'missing',
	schema_not_exposed: 'not_exposed',
	schema_outdated: 'outdated',
};

/** What is left to be done by hand after the SQL was run. */
export function exposureNotes(schema: string): string[] {
	return [
		`Supabase, hosted: Project Settings, Data API, add "${schema}" to "Exposed schemas".`,
		`Supabase, self-hosted: add "${schema}" to PGRST_DB_SCHEMAS and restart the service "rest".`,
		'Plain PostgreSQL: nothing; use the Postgres credential of the role that has installed it.',
	];
}
