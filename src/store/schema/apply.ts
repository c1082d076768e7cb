import { errorMessage, systemCode } from '../../shared';
import { StoreError } from '../errors';
import { failureOf, type Failure } from '../transport/failure';
import type { PostgresAccess } from '../transport';
import { migrations } from './migrations';
import { defaultSchema, schemaName } from './name';
import { schemaScript } from './script';

export interface SchemaStatus {
	schema: string;
	/** `current`; `missing`; `outdated` (some are pending); `newer` than this package; `changed` (not of this package). */
	state: 'current' | 'missing' | 'outdated' | 'newer' | 'changed';
	applied: string[];
	pending: string[];
}

/**
 * Installs the store, or brings it up to this version of the package. All or nothing.
 * @param access of the owner of the database; on Supabase the connection string of the dashboard, not through a pooler of transactions
 * @throws StoreError
 */
export async function applySchema(access: PostgresAccess, schema = defaultSchema): Promise<SchemaStatus> {
	const script = schemaScript(schema);
	return await connected(access, schema, async (query) => {
		await query(script);
		return await statusBy(query, schema);
	});
}

/** What is installed. Changes nothing. @throws StoreError */
export async function schemaStatus(access: PostgresAccess, schema = defaultSchema): Promise<SchemaStatus> {
	return await connected(access, schema, (query) => statusBy(query, schema));
}

type Query = (sql: string) => Promise<Array<Record<string, unknown>>>;

async function statusBy(query: Query, schema: string): Promise<SchemaStatus> {
	const own = migrations();
	const [table] = await query(
		`select to_regclass('${schemaName(schema)}.schema_migrations') is not null as found`,
	);
	const rows =
		table?.['found'] === true
			? await query(
					`select version, name, checksum from ${schemaName(schema)}.schema_migrations where version > 0 order by version`,
				)
			: [];
	const known = new Map(own.map((migration) => [migration.version, migration]));
	const applied = rows.map((row) => String(row['name']));
	const versions = new Set(rows.map((row) => Number(row['version'])));
	const pending = own.filter(({ version }) => !versions.has(version)).map(({ name }) => name);
	const isChanged = rows.some((row) => {
		const migration = known.get(Number(row['version']));
		return migration !== undefined && migration.checksum !== row['checksum'];
	});
	const isNewer = rows.some((row) => !known.has(Number(row['version'])));
	const state = isNewer
		? 'newer'
		: isChanged
			? 'changed'
			: rows.length === 0
				? 'missing'
				: pending.length > 0
					? 'outdated'
					: 'current';
	return { schema, state, applied, pending };
}

async function connected<T>(
	access: PostgresAccess,
	schema: string,
	work: (query: Query) => Promise<T>,
): Promise<T> {
	const { Client } = await import('pg');
	const client = new Client({ ...access, application_name: 'opsdesk', connectionTimeoutMillis: 10_000 });
	client.on('error', () => undefined);
	try {
		await client.connect();
		return await work(async (sql) => {
			const result = await client.query<Record<string, unknown>>(sql);
			// Of a script: one for each statement.
			return Array.isArray(result) ? [] : result.rows;
		});
	} catch (thrown) {
		if (thrown instanceof StoreError) throw thrown;
		throw explained(thrown, schema).error;
	} finally {
		await client.end().catch(() => undefined);
	}
}

function explained(thrown: unknown, schema: string): Failure {
	const { detail, hint } = (thrown ?? {}) as { detail?: string; hint?: string };
	return failureOf(
		{ code: systemCode(thrown) ?? '', message: errorMessage(thrown), details: detail, hint },
		schema,
		'the installation',
	);
}
