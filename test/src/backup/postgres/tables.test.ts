import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { backUpSite, planRestore, restoreSite } from '../../../../src/backup';
import { Database } from '../../../../src/backup/postgres/database';
import { runCommandLine } from '../../../../src/cli';
import type { Site } from '../../../../src/shared';
import { SUPERUSER } from '../../../support/supabase/postgres';
import { programPath } from '../../../support/system-packages.cjs';
import { failureOf } from '../engine-stand';
import { useServerStand } from './server-stand';

const stand = useServerStand('tables');
let shop: Site;
let name: string;

beforeAll(async () => {
	stand.sql('create database shop; create role keeper', 'postgres');
	stand.sql(`create schema "Odd.one"; create type "Odd.one".colour as enum ('red', 'blue');
		create function twice(int) returns int language sql immutable as 'select $1 * 2';
		create sequence numbers start 7;
		create table parents (id serial primary key, name text);
		create table "Odd.one"."it's" (id int generated always as identity primary key, of int references parents, c "Odd.one".colour,
			n int default nextval('numbers'), doubled int generated always as (twice(2)) stored, check (n > 0));
		create index on "Odd.one"."it's" (twice(n));
		create table events (day int, what text, primary key (day)) partition by range (day);
		create table early partition of events for values from (0) to (10);
		create table late partition of events for values from (10) to (20) partition by list (day);
		create table latest partition of late for values in (15);
		insert into parents (name) select 'parent ' || n from generate_series(1, 100) n;
		insert into "Odd.one"."it's" (of, c) select n, 'blue' from generate_series(1, 50) n;
		insert into events values (1, 'first'), (9, 'ninth'), (15, 'last');
		alter table "Odd.one"."it's" owner to keeper; grant select on parents to keeper;
		create view seen as select * from parents`);
	shop = stand.site(stand.scope.emptyFolder());
	const { id, status } = await backUpSite(shop, stand.context());
	expect(status).toBe('ok');
	name = `shop_restored_${id.toLowerCase().replace('-', '_')}`;
	stand.sql('alter table "Odd.one"."it\'s" owner to current_user; drop owned by keeper; drop role keeper');
});

const of = (tables: string[], more: object = {}) => ({
	restorePoint: 'latest',
	tables: { 'db-shop': tables },
	...more,
});
const relations = (): string =>
	stand.sql(
		`select string_agg(relname::text || relkind::text, ' ' order by relname) from pg_class
		where relnamespace::regnamespace::text !~ '^(pg_|information_schema)' and relkind in ('r', 'p', 'v', 'S', 'i', 'I')`,
		name,
	);

test('BK-29: one table comes back with all it needs in a new database; the live one stays as it is', async () => {
	const wanted = of([`"Odd.one"."it's"`]);
	const before = stand.databases();
	const plan = await planRestore(shop, stand.context(), wanted);
	expect(plan).toMatchObject({
		ok: true,
		artefacts: [
			{
				target: `database ${name} at 127.0.0.1:${stand.server.port}`,
				tables: [`"Odd.one"."it's"`],
				replaces: false,
				notes: [`It would hold "Odd.one"."it's".`],
			},
		],
	});
	expect(stand.databases()).toEqual(before);
	stand.sql(`delete from "Odd.one"."it's" where id > 20`);
	const { artefacts } = await restoreSite(shop, stand.context(), wanted);
	expect(artefacts).toMatchObject([{ name: 'db-shop', target: plan.artefacts[0]?.target, entries: 1 }]);
	expect(artefacts[0]).not.toHaveProperty('errors');
	expect(relations()).toBe(`it'sr it's_id_seqS it's_pkeyi it's_twice_idxi numbersS`);
	expect(
		stand.sql(`select count(*), sum(n), max(doubled), nextval('numbers') from "Odd.one"."it's"`, name),
	).toBe('50|1575|4|57');
	expect(stand.sql(`select count(*) from "Odd.one"."it's"`)).toBe('20');

	// What the report says is carried out as it stands.
	stand.sql(`delete from "Odd.one"."it's"`);
	const [, way = ''] = /^To copy its rows over: (.*)$/.exec(artefacts[0]?.notes?.[1] ?? '') ?? [];
	const env = {
		PATH: `${dirname(programPath('postgres'))}:${process.env['PATH']}`,
		PGPASSWORD: stand.server.password,
	};
	expect(spawnSync('sh', ['-c', way], { env, encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' });
	expect(stand.sql(`select count(*), sum(n) from "Odd.one"."it's"`)).toBe('50|1575');

	expect(await failureOf(restoreSite(shop, stand.context(), wanted))).toMatchObject({
		code: 'target_not_empty',
		message: expect.stringContaining('is there already'),
	});
	stand.sql(`drop database ${name}`, 'postgres');
});

test('several tables, and a partitioned one with its partitions, get a name of the user’s', async () => {
	const to = { 'db-shop': 'some tables' };
	const { artefacts } = await restoreSite(
		shop,
		stand.context(),
		of(['public.events', 'public.parents'], { to }),
	);
	expect(artefacts[0]?.notes?.[0]).toBe(
		'It holds public.early, public.latest, public.parents; "shop" is as it was.',
	);
	const count = (table: string) => stand.sql(`select count(*) from ${table}`, 'some tables');
	expect([count('events'), count('late'), count('parents')]).toEqual(['3', '1', '100']);
	expect(stand.sql('insert into parents (name) values (1) returning id', 'some tables')).toBe('101');
	stand.sql('drop database "some tables"', 'postgres');
});

test('the command takes the name of a table alone where there is one database, and asks which one otherwise', async () => {
	const file = join(stand.scope.emptyFolder(), 'shop.json');
	const write = (of: Site[]) => writeFileSync(file, JSON.stringify({ sites: of }));
	const run = async (...more: string[]) => {
		const said = { out: '', err: '' };
		const status = await runCommandLine(
			['backup', 'restore', 'latest', '--site', file, '--state', stand.scope.folder, ...more],
			{
				out: (text) => (said.out += text),
				err: (text) => (said.err += text),
				env: { OPSDESK_PG_PASSWORD: stand.server.password },
			},
		);
		return { status, ...said };
	};
	write([shop]);
	expect(await run('--table', 'public.parents', '--dry-run')).toMatchObject({
		status: 0,
		out: expect.stringContaining('It would hold public.parents.'),
	});
	const named = await run('--table', 'db-shop=public.parents', '--allow-errors', '--to', 'db-shop=parents');
	expect(named).toMatchObject({ status: 0, err: '' });
	expect(stand.sql('select count(*) from parents', 'parents')).toBe('100');
	stand.sql('drop database parents', 'postgres');
	const [database] = shop.backup.databases;
	if (!database) throw new Error('No database.');
	write([{ ...shop, backup: { ...shop.backup, databases: [database, { ...database, name: 'other' }] } }]);
	expect(await run('--table', 'public.parents')).toMatchObject({
		status: 2,
		err: expect.stringContaining('has 2 databases of PostgreSQL'),
	});
});

test('a table that is not in the dump, and one without rows of its own, are refused by name', async () => {
	for (const unknown of ['public.nothing', 'parents', 'public.seen']) {
		expect(await failureOf(restoreSite(shop, stand.context(), of([unknown])))).toMatchObject({
			code: 'table_unknown',
			message: `db-shop holds no rows of a table "${unknown}".`,
			remedy: expect.stringContaining('public.parents'),
		});
	}
	expect((await planRestore(shop, stand.context(), of(['public.nothing']))).artefacts).toMatchObject([
		{ problem: { code: 'table_unknown' } },
	]);
	const other = { restorePoint: 'latest', tables: { 'files-www': ['public.parents'] } };
	expect(await failureOf(restoreSite(shop, stand.context(), other))).toMatchObject({
		code: 'artefact_unknown',
	});
	expect(stand.databases()).toEqual(['shop']);
});

test('rows that are not what was saved are noticed, and nothing is left of them', async () => {
	const rows = Object.getOwnPropertyDescriptor(Database.prototype, 'rows')?.value as Database['rows'];
	const spy = jest.spyOn(Database.prototype, 'rows').mockImplementation(async function (
		this: Database,
		...given
	) {
		// Between the restore and the comparison.
		if (given[0] === 'analyze') stand.sql(`update parents set name = 'other' where id = 7`, given[2]);
		return await rows.apply(this, given);
	});
	try {
		expect(await failureOf(restoreSite(shop, stand.context(), of(['public.parents'])))).toMatchObject({
			code: 'verification_failed',
			message: expect.stringContaining('public.parents has other content in its 100 rows'),
		});
	} finally {
		spy.mockRestore();
	}
	expect(stand.databases()).toEqual(['shop']);
	expect(stand.sql('select rolname from pg_roles where rolname = current_user')).toBe(SUPERUSER);
});
