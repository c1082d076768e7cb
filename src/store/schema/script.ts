import { accessRules, migrations, type Migration } from './migrations';
import { defaultSchema, schemaName } from './name';

/**
 * The whole of the store as one SQL script: for `psql`, for the SQL editor of Supabase, and for {@link applySchema},
 * which runs the same. It is one transaction, does what is still missing, and of two at the same time one waits.
 *
 * @param upTo leaves out later migrations; for tests of updates
 * @throws StoreError `misconfigured`
 */
export function schemaScript(schema = defaultSchema, upTo = Number.POSITIVE_INFINITY): string {
	const name = schemaName(schema);
	const steps = migrations().filter(({ version }) => version <= upTo);
	const newest = Math.max(...steps.map(({ version }) => version));
	return [
		`-- The store of n8n-nodes-opsdesk, schema ${name}. Run it as the owner of the database; on Supabase as "postgres".`,
		'begin isolation level read committed;',
		`select pg_advisory_xact_lock(hashtextextended('opsdesk schema ${schema}', 0));`,
		'set local client_min_messages = warning;',
		block(`
	if current_setting('server_version_num')::int < 150000 then
		raise exception using errcode = 'PT409', message = 'The store needs PostgreSQL 15 or newer.', detail = 'rejected',
			hint = 'Update the server.';
	end if;
	if to_regnamespace('${name}') is null then
		create schema ${name};
	elsif exists (select from pg_depend where refclassid = 'pg_namespace'::regclass and refobjid = to_regnamespace('${name}')
			and classid <> 'pg_default_acl'::regclass)
		and (select count(*) from pg_attribute where attrelid = to_regclass('${name}.schema_migrations') and attnum > 0
			and attname in ('version', 'name', 'checksum', 'applied_at')) <> 4 then
		raise exception using errcode = 'PT409', message = 'The schema ${schema} is there, and what it holds is not the store.',
			detail = 'conflict', hint = 'Nothing was changed. Choose a schema of its own for the store, as "${defaultSchema}".';
	end if;`),
		`set local search_path to ${name}, pg_temp;`,
		`create table if not exists schema_migrations (
	version int primary key,
	name text not null,
	checksum text not null,
	applied_at timestamptz not null default now()
);`,
		block(`
	if exists (select from schema_migrations where version > ${newest}) then
		raise exception using errcode = 'PT409', message = 'The store in the schema ${schema} is of a newer version of the package.',
			detail = 'schema_newer', hint = 'Update the package here.';
	end if;
	if exists (select from schema_migrations m join (values ${steps.map(literal).join(', ')}) as known (version, checksum)
		using (version) where m.checksum <> known.checksum) then
		raise exception using errcode = 'PT409', message = 'Migrations of the schema ${schema} are not those of this package.',
			detail = 'schema_changed', hint = 'Use the version of the package that has installed it, or another schema.';
	end if;`),
		...steps.map(step),
		access(steps, newest),
		`notify pgrst, 'reload schema';`,
		'commit;',
		'',
	].join('\n\n');
}

const literal = ({ version, checksum }: Migration): string => `(${version}, '${checksum}')`;

function step({ version, name, sql, checksum }: Migration): string {
	return block(`
	if not exists (select from schema_migrations where version = ${version}) then
		execute ${quoted(sql)};
		insert into schema_migrations (version, name, checksum) values (${version}, '${name}', '${checksum}');
	end if;`);
}

/** Row 0 says for which roles and migrations the rules were made. */
function access(steps: Migration[], newest: number): string {
	const { sql, checksum } = accessRules(steps);
	return block(
		`
	made_for constant text := '${checksum} ' || ${newest} || ' ' || coalesce((select string_agg(rolname, ' ' order by rolname)
		from pg_roles where rolname in ('anon', 'authenticated', 'service_role')), '');
begin
	if not exists (select from schema_migrations where version = 0 and checksum = made_for) then
		execute ${quoted(sql)};
		insert into schema_migrations (version, name, checksum) values (0, 'access', made_for)
			on conflict (version) do update set checksum = excluded.checksum, applied_at = now();
	end if;`,
		'declare',
	);
}

const block = (body: string, begin = 'begin'): string => `do $opsdesk$\n${begin}${body}\nend\n$opsdesk$;`;

function quoted(sql: string): string {
	if (sql.includes('$opsdesk')) throw new Error('A migration must not use the quotes $opsdesk…$.');
	return `$opsdesk_sql$\n${sql}$opsdesk_sql$`;
}
