import { applySchema, schemaScript, schemaStatus } from '../../../src/store';
import { migrations } from '../../../src/store/schema/migrations';
import { Scope } from '../../support/scope';
import { startPostgres, type PostgresServer } from '../../support/supabase/postgres';

let scope: Scope;
let server: PostgresServer;
const names = migrations().map(({ name }) => name);
const owner = (): { connectionString: string } => ({ connectionString: server.urlFor('postgres') });

beforeAll(async () => {
	scope = await Scope.open('store-schema');
	server = await startPostgres(scope);
});
afterAll(() => scope?.close());

/** Everything that makes up a schema, in an order, without its name. */
async function shape(schema: string): Promise<string[]> {
	const rows = await server.exec<{ line: string }>(
		`select line from (
			select format('column %s.%s %s %s %s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
				pg_get_expr(d.adbin, d.adrelid)) as line
			from pg_class c join pg_attribute a on a.attrelid = c.oid left join pg_attrdef d on (d.adrelid, d.adnum) = (c.oid, a.attnum)
			where c.relnamespace = $1::text::regnamespace and a.attnum > 0 and c.relkind in ('r', 'p')
			union all select pg_get_indexdef(c.oid) from pg_class c where c.relnamespace = $1::text::regnamespace and c.relkind in ('i', 'I')
			union all select format('constraint %s %s', conname, pg_get_constraintdef(oid)) from pg_constraint where connamespace = $1::text::regnamespace
			union all select format('function %s %s', pg_get_functiondef(oid), array(select unnest(proacl)::text order by 1)) from pg_proc where pronamespace = $1::text::regnamespace and prokind = 'f'
			union all select format('policy %s %s %s %s %s', tablename, policyname, cmd, qual, with_check) from pg_policies where schemaname = $1::text
			union all select format('rights %s %s %s', relname, array(select unnest(relacl)::text order by 1), relrowsecurity) from pg_class where relnamespace = $1::text::regnamespace
		) x order by 1`,
		[schema],
	);
	return rows.map(({ line }) => line.replaceAll(schema, 'SCHEMA'));
}

test('CS-30 on an empty database, then again: the same schema, and nothing is done twice', async () => {
	expect(await schemaStatus(owner())).toEqual({
		schema: 'opsdesk',
		state: 'missing',
		applied: [],
		pending: names,
	});
	const status = await applySchema(owner());
	expect(status).toEqual({ schema: 'opsdesk', state: 'current', applied: names, pending: [] });
	const before = await shape('opsdesk');
	const applied = await server.exec('select * from opsdesk.schema_migrations order by version');
	expect(await applySchema(owner())).toEqual(status);
	expect(await shape('opsdesk')).toEqual(before);
	expect(await server.exec('select * from opsdesk.schema_migrations order by version')).toEqual(applied);
});

test('CS-30 from one version to the next, and from earlier ones at once, the same schema comes out', async () => {
	await applySchema(owner());
	const expected = await shape('opsdesk');
	for (const [index, { version }] of migrations().slice(0, -1).entries()) {
		await install('step_by_step', version);
		// From each it would be the same work thirty times.
		if (index % 6 > 0) continue;
		await install('at_once', version);
		await applySchema(owner(), 'at_once');
		expect(await shape('at_once')).toEqual(expected);
		await server.exec('drop schema at_once cascade');
	}
	await applySchema(owner(), 'step_by_step');
	expect(await shape('step_by_step')).toEqual(expected);
});

async function install(schema: string, version: number): Promise<void> {
	await server.exec(`set role postgres; ${schemaScript(schema, version)}`);
	expect(await schemaStatus(owner(), schema)).toMatchObject({
		state: 'outdated',
		pending: migrations()
			.filter((migration) => migration.version > version)
			.map(({ name }) => name),
	});
}

test('CS-31 of two who install at once one waits, and both find it done', async () => {
	const both = await Promise.all([applySchema(owner(), 'twins'), applySchema(owner(), 'twins')]);
	for (const status of both) expect(status.state).toBe('current');
	expect(
		await server.exec(`select count(*)::int as rows from twins.schema_migrations where version > 0`),
	).toEqual([{ rows: names.length }]);
});

test.each(['public', 'auth', 'storage', 'extensions', 'graphql_public', 'realtime', 'vault', 'pg_temp'])(
	'the schema %s belongs to others, and is refused before anything is asked',
	async (schema) => {
		await expect(applySchema(owner(), schema)).rejects.toMatchObject({ code: 'misconfigured' });
		expect(() => schemaScript(schema)).toThrow('belongs to PostgreSQL, to Supabase or to everybody');
	},
);

test.each([
	['a table', 'create table shop.orders (id int)'],
	['a function', `create function shop.f() returns int language sql as 'select 1'`],
	['migrations of another program', 'create table shop.schema_migrations (version text)'],
])('a schema that holds %s and not the store is refused and left as it is', async (_what, sql) => {
	await server.exec(`set role postgres; create schema shop; ${sql}; grant usage on schema shop to anon`);
	const before = await shape('shop');
	await expect(applySchema(owner(), 'shop')).rejects.toMatchObject({
		code: 'conflict',
		message: 'The schema shop is there, and what it holds is not the store.',
	});
	expect(await shape('shop')).toEqual(before);
	await server.exec('drop schema shop cascade');
});

test('an empty schema is taken, whatever default rights it has', async () => {
	await server.exec(`set role postgres; create schema spare_room;
		alter default privileges in schema spare_room grant all on tables to anon, authenticated;
		alter default privileges in schema spare_room grant all on functions to anon, authenticated`);
	await applySchema(owner(), 'spare_room');
	await applySchema(owner());
	expect(await shape('spare_room')).toEqual(await shape('opsdesk'));
});

test('what somebody has added to the schema keeps its rights and policies when the rules are made anew', async () => {
	await applySchema(owner(), 'added');
	await server.exec(`set role postgres; set search_path to added;
		create table reports (id int, tenant_id text); create function report() returns int language sql as 'select 1';
		grant select on reports to anon; grant execute on function report() to anon;
		create table quiet (id int); alter table quiet enable row level security;
		create policy members_select on reports for select using (true);
		create policy teams_only on messages as restrictive for select using (true);
		reset role; create role reporting; set role postgres; grant usage on schema added to anon, reporting;
		grant select on messages to reporting;`);
	const before = await shape('added');
	await server.exec(`set role postgres; update added.schema_migrations set checksum = 'older' where version = 0;
		grant select on added.contacts to anon; grant execute on function added.erase_contact to authenticated;
		alter table added.state disable row level security; grant create on schema added to public`);
	await applySchema(owner(), 'added');
	expect(await shape('added')).toEqual(before);
	expect(
		await server.exec(
			`select has_schema_privilege('anon', 'added', 'create') as make, has_schema_privilege('anon', 'added', 'usage') as use`,
		),
	).toEqual([{ make: false, use: true }]);
});
