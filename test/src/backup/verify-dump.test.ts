import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { verifySite } from '../../../src/backup';
import { Scope } from '../../support/scope';
import { startPostgres, SUPERUSER } from '../../support/supabase/postgres';
import { programPath } from '../../support/system-packages.cjs';
import { siteOf } from './stand';
import { dumpArtefact, storeRestorePoint, verdictOn } from './verdict';

let scope: Scope;
let dump: Buffer;
let entries: number;

beforeAll(async () => {
	scope = await Scope.open('verify-dump');
	const server = await startPostgres(scope);
	await server.exec('create table orders as select n from generate_series(1, 1000) n');
	const folder = dirname(programPath('postgres'));
	const env = { PGHOST: server.socketFolder, PGPORT: String(server.port), PGUSER: SUPERUSER };
	dump = execFileSync(join(folder, 'pg_dump'), ['-Fc', '-Z0', '--table=orders', 'postgres'], { env });
	writeFileSync(scope.path('whole.dump'), dump);
	const list = execFileSync(join(folder, 'pg_restore'), ['--list', scope.path('whole.dump')], { env });
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
