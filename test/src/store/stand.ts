import { createHash } from 'node:crypto';

import { applySchema, openStore, schemaScript, type Store, type StoreOptions } from '../../../src/store';
import { Scope } from '../../support/scope';
import { startSupabase, type Supabase } from '../../support/supabase';
import type { Contents, PostgresOptions } from '../../support/supabase/postgres';

/** A project with the store installed, and the two ways to it. */
export interface Stand {
	scope: Scope;
	supabase: Supabase;
	/** Opens the store of a tenant; closed with the stand. */
	open(transport: TransportName, options?: StoreOptions): Store;
	/** A tenant that nobody else uses. */
	tenant(rules?: string): Promise<string>;
	close(): Promise<void>;
}

export const transportNames = ['supabase', 'postgres'] as const;
export type TransportName = (typeof transportNames)[number];

export async function openStand(name: string, options: PostgresOptions = {}): Promise<Stand> {
	const scope = await Scope.open(name);
	const supabase = await startSupabase(scope, { contents: theStore(), ...options });
	const opened: Store[] = [];
	let tenants = 0;
	return {
		scope,
		supabase,
		open: (transport, storeOptions) => {
			const store = openStore(
				transport === 'supabase'
					? { supabase: { url: supabase.url, key: supabase.secretKey } }
					: { postgres: { connectionString: supabase.ownerUrl } },
				storeOptions,
			);
			opened.push(store);
			return store;
		},
		tenant: async (rules = '{}') => {
			tenants += 1;
			const id = `tenant-${tenants}`;
			await supabase.exec(
				`insert into opsdesk.tenants (id, name, requires_consent, erased_senders)
				select $1, $1, coalesce((r ->> 'requiresConsent')::boolean, false), coalesce(r ->> 'erasedSenders', 'refuse')
				from (select $2::jsonb as r) x`,
				[id, rules],
			);
			return id;
		},
		close: async () => {
			for (const store of opened) await store.close();
			await scope.close();
		},
	};
}

/** Installed once for each version of the migrations: every stand begins with a copy. */
function theStore(): Contents {
	const digest = createHash('sha256').update(schemaScript()).digest('hex');
	return {
		key: `store-${digest.slice(0, 12)}`,
		make: async ({ urlFor }) => void (await applySchema({ connectionString: urlFor('postgres') })),
	};
}
