import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';

import { DumpChecker } from '../../../src/backup/dump/check';
import type { TableFigure } from '../../../src/backup/dump/figures';
import { compareFigures, figuresOfDump } from '../../../src/backup/dump/figures-of-dump';
import { comparableDump } from '../../../src/backup/sources/postgres';
import { Scope } from '../../support/scope';
import { startPostgres, SUPERUSER, type PostgresServer } from '../../support/supabase/postgres';
import { programPath } from '../../support/system-packages.cjs';

let scope: Scope;
let server: PostgresServer;
let dump: Buffer;

const run = (name: string, database: string, args: string[], input?: string | Buffer): Buffer =>
	execFileSync(join(dirname(programPath('postgres')), name), args, {
		env: {
			PGHOST: server.socketFolder,
			PGPORT: String(server.port),
			PGUSER: SUPERUSER,
			PGDATABASE: database,
			...Object.fromEntries(comparableDump.map((setting) => setting.split('='))),
		},
		maxBuffer: 1e9,
		...(input !== undefined && { input }),
	});
const sql = (database: string, statements: string): string =>
	run('psql', database, ['-qXAtv', 'ON_ERROR_STOP=1'], statements).toString();
const dumpOf = (database: string, ...args: string[]): Buffer =>
	run('pg_dump', database, ['-Fc', '-Z0', ...args]);

beforeAll(async () => {
	scope = await Scope.open('figures');
	server = await startPostgres(scope);
	await server.exec('create database shop template template0');
	await server.exec('create database copy template template0');
	sql(
		'shop',
		`create table orders as select n id, repeat(md5(n::text), n % 20) note from generate_series(1, 5000) n;
		create table empty (id int);
		create table no_columns (); insert into no_columns select from generate_series(1, 3);
		create schema "odd.one";
		create table "odd.one"."line
break ""quoted"" Ünïcode" as select v from unnest(array[E'a\\nb', E'\\\\.', E'\\\\.\\n', '', null, E'\\t\\r\\n\\n\\n', '\\N']) v;
		create table bytes as select decode(string_agg(lpad(to_hex((n * 7) % 256), 2, '0'), ''), 'hex') b
			from generate_series(0, 999) n, generate_series(1, 50) row group by row;
		create table wide as select repeat(n || E'\\n', 90000) w from generate_series(1, 3) n;
		create table around as select repeat('x', n) x from generate_series(240, 270) n;
		create table generated (a int, b int generated always as (a * 2) stored);
		insert into generated select generate_series(1, 10);
		create table parts (day date, n int) partition by range (day);
		create table parts_1 partition of parts for values from ('2026-01-01') to ('2026-07-01');
		create table parts_2 partition of parts for values from ('2026-07-01') to ('2027-01-01');
		insert into parts select '2026-01-01'::date + n, n from generate_series(0, 364) n;
		create table parent (p text); create table child (c text) inherits (parent);
		insert into parent values ('parent'); insert into child values ('child', 'own'), ('two', null);
		create table times as select now() - n * interval '1 hour' as at from generate_series(1, 100) n;
		create materialized view counted as select count(*) from orders;
		select lo_from_bytea(4000000000, string_agg(set_byte('\\x00'::bytea, 0, n % 256), '')) from generate_series(0, 99999) n;
		select lo_from_bytea(7, '\\x0a'); select lo_create(8);`,
	);
	dump = dumpOf('shop');
});
afterAll(() => scope.close());

async function figuresOf(bytes: Buffer, chunkBytes = bytes.length): Promise<TableFigure[]> {
	async function* chunks(): AsyncGenerator<Buffer> {
		for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes);
	}
	const found = await figuresOfDump(chunks());
	if (!found) throw new Error('The figures are not known.');
	return found;
}

const sorted = (figures: TableFigure[]): TableFigure[] =>
	figures.toSorted((a, b) => (a.name < b.name ? -1 : 1));

test('rows and checksums are those of the tables, whatever is in them, in chunks of any size', async () => {
	const tables = sql(
		'shop',
		`select jsonb_build_object('schema', nspname, 'table', relname, 'sql', format('%I.%I', nspname, relname))
		 from pg_class c join pg_namespace n on n.oid = relnamespace
		 where relkind = 'r' and nspname in ('public', 'odd.one')`,
	)
		.split('\n')
		.filter(Boolean)
		.map((line) => (JSON.parse(line) as { sql: string }).sql);
	const expected = tables.map((name) => {
		const isCopiedWhole = !name.includes('no_columns');
		// Of a table without columns COPY writes an empty line for each row, and psql refuses to.
		const text = isCopiedWhole
			? run('psql', 'shop', ['-Xc', `copy ${name} to stdout`])
			: Buffer.from('\n\n\n');
		return {
			name,
			rows: Number(sql('shop', `select count(*) from only ${name}`)),
			crc32: crc32(text).toString(16).padStart(8, '0'),
		};
	});
	expect(expected).toHaveLength(13);
	for (const chunkBytes of [1, 7, 16_384, 65_536, dump.length]) {
		const found = await figuresOf(dump, chunkBytes);
		expect(sorted(found.slice(0, -1))).toEqual(sorted(expected));
		expect(found.at(-1)).toEqual({ name: 'large objects', rows: 3, crc32: expect.any(String) });
	}
});

test('pieces that hold several rows, or parts of rows, give the same figures', async () => {
	const rows = Buffer.from(Array.from({ length: 5000 }, (_, n) => `${n}\t${'y'.repeat(n % 700)}\n`).join(''));
	const data = Buffer.concat([rows, Buffer.from('\\.\n\n\n')]);
	await server.exec('create database one template template0');
	sql('one', 'create table t (a int, b text)');
	const empty = dumpOf('one');
	const block = empty.lastIndexOf(Buffer.from('\\.\n\n\n')) - 5;
	const piece = (bytes: Buffer): Buffer => {
		const length = Buffer.alloc(5);
		length.writeInt32LE(bytes.length, 1);
		return Buffer.concat([length, bytes]);
	};
	for (const pieceBytes of [1, 3, 255, 256, 1000, 40_000, 131_072, data.length]) {
		const pieces: Buffer[] = [];
		for (let at = 0; at < data.length; at += pieceBytes)
			pieces.push(piece(data.subarray(at, at + pieceBytes)));
		const whole = Buffer.concat([empty.subarray(0, block), ...pieces, Buffer.alloc(5)]);
		expect(await figuresOf(whole, 65_536)).toEqual([
			{ name: 'public.t', rows: 5000, crc32: crc32(rows).toString(16).padStart(8, '0') },
		]);
	}
});

test('BK-30: a database that was restored has the figures of its backup, one that differs in a row has not', async () => {
	// Settings of the database do not travel with the dump and change how times are written.
	sql('shop', `alter database shop set timezone = 'Asia/Kolkata'`);
	const before = await figuresOf(dumpOf('shop'));
	const path = scope.path('shop.dump');
	writeFileSync(path, dump);
	run('pg_restore', 'copy', ['--exit-on-error', '--jobs=2', '--dbname=copy', path]);
	expect(compareFigures(before, await figuresOf(dumpOf('copy')))).toEqual([]);
	sql('copy', `update orders set note = 'other' where id = 17; delete from generated where a = 3`);
	sql('copy', `drop table times; create table more (); select lo_put(7, 0, '\\x0b')`);
	expect(compareFigures(before, await figuresOf(dumpOf('copy')))).toEqual([
		'public.generated has 9 rows instead of 10',
		'public.orders has other content in its 5000 rows',
		'public.times is missing',
		'large objects has other content in its 3 rows',
		'public.more was not there',
	]);
});

test('of a dump that pg_dump has compressed, and of rows written as statements, no figures are told', async () => {
	const checker = new DumpChecker();
	checker.push(dumpOf('shop', '-Z1'));
	checker.end();
	expect(checker.figures()).toBeUndefined();
	expect(await figuresOf(dumpOf('shop', '--inserts', '--no-blobs'))).toEqual([]);
});
