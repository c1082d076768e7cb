import { applySchema } from '../../../src/store';
import { Scope } from '../../support/scope';
import { startPostgres, type PostgresServer } from '../../support/supabase/postgres';
import { sourceColumns } from './source-columns';

let scope: Scope;
let server: PostgresServer;
let homes: Set<string>;

beforeAll(async () => {
	scope = await Scope.open('store-columns');
	server = await startPostgres(scope);
	await applySchema({ connectionString: server.urlFor('postgres') });
	const rows = await server.exec<{ home: string }>(
		`select table_name || '.' || column_name as home from information_schema.columns where table_schema = 'opsdesk'
		union all select proname || '()' from pg_proc where pronamespace = 'opsdesk'::regnamespace`,
	);
	homes = new Set(rows.map(({ home }) => home));
});
afterAll(() => scope?.close());

const capabilities = ['later analytics', 'later key rotation', 'later surveys'];

test.each(Object.entries(sourceColumns))('every column of the %s has a home', (_source, columns) => {
	for (const [column, home] of Object.entries(columns))
		expect([column, home, homes.has(home) || capabilities.includes(home)]).toEqual([column, home, true]);
});

/** On these columns rows are looked up or removed together. */
test('every foreign key has an index that begins with a column of it', async () => {
	const bare = await server.exec(
		`select c.conrelid::regclass::text as table, c.conname from pg_constraint c
		where c.contype = 'f' and c.connamespace = 'opsdesk'::regnamespace and not exists (
			select from pg_index i where i.indrelid = c.conrelid and i.indkey[0] = any (c.conkey))`,
	);
	expect(bare).toEqual([]);
});
