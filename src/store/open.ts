import { defaultSchema, schemaName } from './schema/name';
import { Store, type StoreOptions } from './store';
import { PostgresTransport, SupabaseTransport, type PostgresAccess, type SupabaseAccess } from './transport';

export type StoreAccess = { schema?: string } & ({ supabase: SupabaseAccess } | { postgres: PostgresAccess });

/**
 * The store of one tenant, over Supabase's interface or straight over PostgreSQL. Nothing is connected before the first
 * call; close it when it is not needed any more.
 *
 * @throws StoreError `misconfigured`
 */
export function openStore(access: StoreAccess, options: StoreOptions = {}): Store {
	const { schema = defaultSchema } = access;
	schemaName(schema);
	return new Store(
		'supabase' in access
			? new SupabaseTransport(access.supabase, schema)
			: new PostgresTransport(access.postgres, schema),
		options,
	);
}
