import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { zstdCompressSync } from 'node:zlib';

import { DirectoryDestination } from '../../../src/backup/destinations/directory';
import type { Manifest } from '../../../src/backup/manifest';
import { verifyRestorePoint, type ArtefactVerdict } from '../../../src/backup/verify';
import { Scope } from '../../support/scope';
import { startPostgres, SUPERUSER } from '../../support/supabase/postgres';
import { programPath } from '../../support/system-packages.cjs';

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

/** The verdict on a restore point whose hashes and sizes are right, whatever it holds. */
async function verdictOn(content: Buffer, listedEntries = entries): Promise<ArtefactVerdict | undefined> {
	const stored = zstdCompressSync(content);
	const folder = `shop/${createHash('sha256').update(stored).digest('hex')}`;
	mkdirSync(scope.path('backups', folder), { recursive: true });
	writeFileSync(scope.path('backups', folder, 'postgres-db.dump.zst'), stored);
	const manifest: Manifest = {
		format: 'opsdesk-backup',
		version: 1,
		id: '20261120T020000Z-1a2b3c',
		site: { name: 'shop' },
		startedAt: '2026-11-20T02:00:00.000Z',
		finishedAt: '2026-11-20T02:00:01.000Z',
		status: 'ok',
		artefacts: [
			{
				name: 'postgres-db',
				file: 'postgres-db.dump.zst',
				kind: 'postgres',
				source: {},
				format: 'pg_dump',
				compression: 'zstd',
				sha256: createHash('sha256').update(stored).digest('hex'),
				storedBytes: stored.length,
				plainBytes: content.length,
				entries: listedEntries,
				warnings: [],
			},
		],
		failures: [],
		notKept: [],
		recipe: [],
		writtenBy: 'test',
		checksum: '',
	};
	const destination = new DirectoryDestination(scope.path('backups'));
	return (await verifyRestorePoint(destination, folder, manifest)).artefacts[0];
}

const name = { name: 'postgres-db', file: 'postgres-db.dump.zst' };

test('a stored dump is read to its last block, and its entries are compared with the manifest', async () => {
	expect(await verdictOn(dump)).toEqual({ ...name, ok: true });
	expect(await verdictOn(dump, entries + 1)).toEqual({
		...name,
		ok: false,
		problem: `the content has ${entries} entries instead of ${entries + 1}`,
	});
});

test('BK-21 a stored dump that was cut or is followed by junk is not ok, though its hash is right', async () => {
	expect(await verdictOn(dump.subarray(0, -1))).toEqual({
		...name,
		ok: false,
		problem: 'The dump ends in the data of public.orders.',
	});
	expect(await verdictOn(Buffer.concat([dump, Buffer.from('x')]))).toMatchObject({
		ok: false,
		problem: expect.stringContaining('something follows its last block'),
	});
});

test('a stored dump in an unknown version of the format is said to be unchecked', async () => {
	const newer = Buffer.from(dump);
	newer.writeUInt8(99, 6);
	expect(await verdictOn(newer)).toEqual({
		...name,
		ok: true,
		warning: expect.stringContaining('only its first bytes were checked'),
	});
});
