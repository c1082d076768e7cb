import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { verifySite } from '../../../src/backup';
import { DumpChecker } from '../../../src/backup/dump/check';
import type { ManifestArtefact } from '../../../src/backup/manifest';
import { Scope } from '../../support/scope';
import { startPostgres, SUPERUSER } from '../../support/supabase/postgres';
import { programPath } from '../../support/system-packages.cjs';
import { siteOf } from './stand';
import { dumpArtefact, storeRestorePoint, verdictOn } from './verdict';

let scope: Scope;
let dump: Buffer;
let entries: number;
/** A dump of two tables, the second one empty, and the numbers of the entries that have their data. */
let two: { dump: Buffer; ids: number[] };

beforeAll(async () => {
	scope = await Scope.open('verify-dump');
	const server = await startPostgres(scope);
	await server.exec('create table first as select 1; create table second (n int)');
	await server.exec('create table orders as select n from generate_series(1, 1000) n');
	const folder = dirname(programPath('postgres'));
	const env = { PGHOST: server.socketFolder, PGPORT: String(server.port), PGUSER: SUPERUSER };
	dump = execFileSync(join(folder, 'pg_dump'), ['-Fc', '-Z0', '--table=orders', 'postgres'], { env });
	writeFileSync(scope.path('whole.dump'), dump);
	const list = execFileSync(join(folder, 'pg_restore'), ['--list', scope.path('whole.dump')], { env });
	const ofTwo = execFileSync(
		join(folder, 'pg_dump'),
		['-Fc', '-Z0', '-t', 'first', '-t', 'second', 'postgres'],
		{ env },
	);
	writeFileSync(scope.path('two.dump'), ofTwo);
	const listOfTwo = execFileSync(join(folder, 'pg_restore'), ['--list', scope.path('two.dump')], { env });
	const ids = [...listOfTwo.toString().matchAll(/^(\d+); \d+ \d+ TABLE DATA /gm)].map(([, id]) => Number(id));
	two = { dump: ofTwo, ids };
	entries = Number(/TOC Entries: (\d+)/.exec(list.toString())?.[1]);
});
afterAll(() => scope.close());

const verdictOf = (content: Buffer, listedEntries = entries) =>
	verdictOn(scope.path('backups'), dumpArtefact, content, listedEntries);

const name = { name: 'db-main', file: 'db-main.dump.zst' };

test('a stored dump is read to its last block, and its entries are compared with the manifest', async () => {
	expect(await verdictOf(dump)).toEqual({ ...name, ok: true });
	expect(await verdictOf(dump, entries + 1)).toEqual({
		...name,
		ok: false,
		problem: `the content has ${entries} entries instead of ${entries + 1}`,
	});
});

test('the rows and checksums of its tables are compared with the manifest', async () => {
	const checker = new DumpChecker();
	checker.push(dump);
	const tables = checker.figures() ?? [];
	expect(tables).toEqual([
		{ name: 'public.orders', rows: 1000, crc32: expect.stringMatching(/^[0-9a-f]{8}$/) },
	]);
	const verdictOfTables = (kept: ManifestArtefact['tables']) =>
		verdictOn(scope.path('backups'), { ...dumpArtefact, ...(kept && { tables: kept }) }, dump, entries);
	expect(await verdictOfTables(tables)).toEqual({ ...name, ok: true });
	expect(await verdictOfTables([{ name: 'public.orders', rows: 1001, crc32: '00000000' }])).toMatchObject({
		ok: false,
		problem: 'the content is another than the manifest says: public.orders has 1000 rows instead of 1001',
	});
	expect(await verdictOfTables([{ name: 'public.orders', rows: 1000, crc32: '00000000' }])).toMatchObject({
		ok: false,
	});
	expect(await verdictOfTables([])).toMatchObject({ ok: false });
});

test('BK-21 a stored dump that was cut or is followed by junk is not ok, though its hash is right', async () => {
	expect(await verdictOf(dump.subarray(0, -1))).toEqual({
		...name,
		ok: false,
		problem: 'The dump ends in the data of public.orders.',
	});
	expect(await verdictOf(Buffer.concat([dump, Buffer.from('x')]))).toMatchObject({
		ok: false,
		problem: expect.stringContaining('something follows its last block'),
	});
});

test('BK-21 a stored dump whose table of contents does not fit its data is not ok', async () => {
	const [first = 0, second = 0] = two.ids;
	const number = (id: number): Buffer => {
		const bytes = Buffer.alloc(5);
		bytes.writeInt32LE(id, 1);
		return bytes;
	};
	// In the table of contents the mark for data follows, and before a block stands its kind.
	const entryOf = (id: number): Buffer => Buffer.concat([number(id), number(1)]);
	const at = two.dump.indexOf(entryOf(second));
	const lastBlock = two.dump.lastIndexOf(Buffer.concat([Buffer.from([1]), number(second)]));
	expect([at, lastBlock]).not.toContain(-1);
	expect(await verdictOf(two.dump.subarray(0, lastBlock))).toMatchObject({
		problem: expect.stringContaining('the data of public.second is missing'),
	});
	const otherKind = Buffer.from(two.dump);
	otherKind.writeUInt8(3, lastBlock);
	expect(await verdictOf(otherKind)).toMatchObject({
		problem: expect.stringContaining('the kind of the block contradicts the table of contents'),
	});
	const twice = Buffer.from(two.dump.subarray(0, lastBlock));
	entryOf(first).copy(twice, at);
	expect(await verdictOf(twice)).toMatchObject({
		ok: false,
		problem: expect.stringContaining(`the entry ${first} is there twice`),
	});
});

test('a stored dump in an unknown version of the format is said to be unchecked', async () => {
	const newer = Buffer.from(dump);
	newer.writeUInt8(99, 6);
	expect(await verdictOf(newer)).toEqual({
		...name,
		ok: true,
		warning: expect.stringContaining('only its first bytes were checked'),
	});
});

test('a restore point with content that could not be checked is never called proved', async () => {
	const newer = Buffer.from(dump);
	newer.writeUInt8(99, 6);
	const backups = scope.path('newer');
	storeRestorePoint(backups, dumpArtefact, newer, entries);
	const report = await verifySite(
		siteOf({ www: scope.path('www') }, { one: backups }),
		{},
		{
			restorePoint: 'latest',
		},
	);
	expect(report).toMatchObject({
		ok: true,
		message: expect.stringMatching(
			/^Unchanged since it was stored in 1 destination, .* read, but not all of it could be proved\. one: db-main: .*only its first bytes were checked/,
		),
		destinations: [{ artefacts: [{ ok: true, warning: expect.stringContaining('only its first bytes') }] }],
	});
	expect(report.message).not.toMatch(/proved whole/i);
});
