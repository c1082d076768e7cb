import { StoreError } from '../errors';

export const defaultSchema = 'opsdesk';

/** Of PostgreSQL and of Supabase: what stands there has its own rights, which the store must not touch. */
const taken =
	/^(pg_.*|information_schema|public|_?(auth|storage|realtime|analytics|supavisor)|extensions|graphql.*|vault|supabase_.*|pgbouncer|pgsodium.*|pgmq.*|net|cron|tiger.*|topology)$/;

/**
 * The name of a schema for a statement, in quotes.
 * @throws StoreError `misconfigured` for one that is not of a–z, digits and `_`, as PostgREST's settings want it, and for those of others
 */
export function schemaName(name: string): string {
	if (/^[a-z_][a-z0-9_]{0,62}$/.test(name) && !taken.test(name)) return `"${name}"`;
	throw new StoreError(
		'misconfigured',
		'The name of the schema is not of a–z, digits and "_", or belongs to PostgreSQL, to Supabase or to everybody.',
		`Leave it at "${defaultSchema}", or choose another name.`,
	);
}
