import { chmodSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net';
import { dirname, join } from 'node:path';

import { backUpSite, type BackupReport } from '../../../../src/backup';
import { LocalPrograms } from '../../../../src/backup/postgres/local';
import { localInstallations, fittingInstallation } from '../../../../src/backup/postgres/local-programs';
import { passwordLine, PrivateFolder } from '../../../../src/backup/postgres/password-file';
import { connectionArguments, connectionEnvironment } from '../../../../src/backup/postgres/server-access';
import { openPostgres } from '../../../../src/backup/sources/postgres';
import type { SourceOutcome } from '../../../../src/backup/artefact';
import { programPath } from '../../../support/system-packages.cjs';
import { failureOf, filesIn } from '../engine-stand';
import { useServerStand } from './server-stand';

const stand = useServerStand('dumps');
const real = (): string => dirname(programPath('postgres'));

beforeAll(() => {
	stand.sql('create database shop', 'postgres');
	stand.sql('create table goods as select 1 as id');
});

/** What comes of a dump by a pg_dump that is this script; `$REAL` is the folder of the real programs. */
async function dumpBy(script: string, port = stand.server.port): Promise<SourceOutcome> {
	const folder = stand.scope.emptyFolder();
	for (const name of ['psql', 'pg_restore']) symlinkSync(join(real(), name), join(folder, name));
	writeFileSync(join(folder, 'pg_dump'), `#!/bin/sh\nREAL=${real()}\n${script}\n`);
	chmodSync(join(folder, 'pg_dump'), 0o755);
	const [source] = stand.site('/nowhere', { port }).backup.databases;
	if (source?.type !== 'postgres-server') throw new Error('No source.');
	const secrets = await PrivateFolder.make();
	const env = connectionEnvironment(
		source,
		await secrets.write('passwords', passwordLine(stand.server.password)),
	);
	const programs = new LocalPrograms({
		place: { kind: 'server', where: 'at the test' },
		connection: connectionArguments(source),
		env,
		folder,
		secrets,
	});
	const opened = await openPostgres(source, stand.context(), { open: async () => programs });
	for await (const block of opened.blocks) opened.release?.(block);
	return await opened.finish();
}

test('BK-15: a pg_dump that ends well and writes nothing, or something else, has failed', async () => {
	expect(await failureOf(dumpBy('exit 0'))).toMatchObject({
		code: 'archive_cut',
		message: 'The dump is empty.',
	});
	expect(await failureOf(dumpBy('echo hello'))).toMatchObject({ code: 'archive_damaged' });
	expect(await failureOf(dumpBy('"$REAL/pg_dump" "$@" | head -c -5'))).toMatchObject({
		code: 'archive_cut',
	});
	expect(await failureOf(dumpBy('"$REAL/pg_dump" "$@"; echo "out of memory" >&2; exit 3'))).toMatchObject({
		code: 'dump_failed',
		message: 'pg_dump of "shop" at the test ended with exit code 3: out of memory',
	});
	expect(await failureOf(dumpBy('kill -9 $$'))).toMatchObject({
		message: expect.stringContaining('was killed (exit code 137'),
	});
});

test('BK-15: a warning of pg_dump is kept, and notices are none', async () => {
	expect(await dumpBy('exec "$REAL/pg_dump" "$@"')).toMatchObject({ warnings: [] });
	stand.sql(`create table a (id int primary key, b int); create table b (id int primary key, a int references a);
		alter table a add foreign key (b) references b`);
	// Only a dump of the data alone has to break the circle.
	const { warnings } = await dumpBy('exec "$REAL/pg_dump" --data-only "$@"');
	expect(warnings.join('\n')).toMatch(/warning: there are circular foreign-key constraints/);
	expect(await dumpBy('echo "NOTICE:  one thing" >&2; exec "$REAL/pg_dump" "$@"')).toMatchObject({
		warnings: [],
	});
});

describe('BK-15: a server that is newer than the programs', () => {
	let newer: Server;
	let port: number;

	// The real server, but what it says of its version.
	beforeAll(async () => {
		newer = createServer((client) => {
			const server = connect(stand.server.port, '127.0.0.1');
			client.on('error', () => server.destroy());
			server.on('error', () => client.destroy());
			client.pipe(server);
			server.on('data', (bytes) => {
				client.write(Buffer.from(bytes.toString('latin1').replace(/\b15(\.\d+)/g, '99$1'), 'latin1'));
			});
			server.on('end', () => client.end());
		});
		port = await new Promise((resolve) => {
			newer.listen(0, '127.0.0.1', () => {
				const address = newer.address();
				resolve(typeof address === 'object' && address ? address.port : 0);
			});
		});
	});
	afterAll(() => newer.close());

	test('is refused with both versions before anything is dumped', async () => {
		const report = await backUpSite(
			stand.site(stand.scope.emptyFolder(), { port, tls: 'disable' }),
			stand.context(),
		);
		expect(report.artefacts[0]?.problem).toMatchObject({
			code: 'programs_missing',
			message: expect.stringMatching(/is version 99\.\d+ .*, and pg_dump on this machine is only 15\.\d+/),
			remedy: expect.stringContaining('PostgreSQL 99 or newer'),
		});
	});

	test('is told with both versions when pg_dump itself refuses it', async () => {
		expect(await failureOf(dumpBy('exec "$REAL/pg_dump" "$@"', port))).toMatchObject({
			code: 'dump_failed',
			message: expect.stringMatching(/older than PostgreSQL at the test.*99\.\d+.*15\.\d+/),
		});
	});
});

test('of several installations the one of the version of the server is taken, else the next newer one', async () => {
	const [first, second] = [stand.scope.emptyFolder(), stand.scope.emptyFolder()];
	const fake = (folder: string, version: string): void => {
		writeFileSync(join(folder, 'pg_dump'), `#!/bin/sh\necho "pg_dump (PostgreSQL) ${version} (Debian)"\n`);
		chmodSync(join(folder, 'pg_dump'), 0o755);
	};
	fake(first, '17.2');
	fake(second, '16.10');
	const found = await localInstallations({
		folders: [first, '/usr/lib/postgresql/15/bin', '/nowhere/*'],
		path: `relative:${second}:${first}`,
	});
	expect(found.map(({ major, folder }) => [major, folder])).toEqual([
		[15, '/usr/lib/postgresql/15/bin'],
		[16, second],
		[17, first],
	]);
	expect([14, 15, 16, 17, 18].map((major) => fittingInstallation(found, major)?.major)).toEqual([
		15,
		15,
		16,
		17,
		undefined,
	]);
});

describe('BK-14: when in the middle of a dump', () => {
	beforeAll(() => {
		stand.sql(
			`create table large as select i, repeat(md5(i::text), 10) as filler from generate_series(1, 120000) i`,
		);
	});

	/** Backs up over a connection to which something happens once a third of the dump has passed. */
	async function backUpWhile(happens: (client: Socket, server: Socket) => void): Promise<BackupReport> {
		let happened = false;
		const proxy: Server = createServer((client) => {
			const server = connect(stand.server.port, '127.0.0.1');
			let passedBytes = 0;
			client.pipe(server);
			server.on('data', (chunk) => {
				client.write(chunk);
				passedBytes += chunk.length;
				if (passedBytes < 2_000_000 || happened) return;
				happened = true;
				happens(client, server);
			});
			for (const [one, other] of [
				[client, server],
				[server, client],
			] as const) {
				one.on('error', () => other.destroy());
				// Read to its end, or it would never be closed.
				one.on('close', () => other.end().resume());
			}
		});
		await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
		const { port } = proxy.address() as AddressInfo;
		const backups = stand.scope.emptyFolder();
		const report = await backUpSite(stand.site(backups, { port }), stand.context());
		await new Promise((resolve) => proxy.close(resolve));
		expect(happened).toBe(true);
		expect(filesIn(backups)).toEqual(['shop']);
		return report;
	}

	test('the connection is reset, the dump has failed, with the reason', async () => {
		const report = await backUpWhile((client) => client.resetAndDestroy());
		expect(report.artefacts[0]).toMatchObject({
			status: 'failed',
			problem: { message: expect.stringMatching(/connection|does not answer/i) },
		});
	});

	// The last one: there is no server any more.
	test('the server is shut down, the dump has failed, with the reason', async () => {
		const report = await backUpWhile((_, server) => {
			server.pause();
			void stand.server.process.end('SIGINT').then(() => server.resume());
		});
		expect(report.artefacts[0]).toMatchObject({
			status: 'failed',
			problem: {
				message: expect.stringMatching(/terminating connection|does not answer|closed the connection/),
			},
		});
	});
});
