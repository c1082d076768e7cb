import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';

import { backUpSite, restoreSite, verifySite, type BackupContext } from '../../../../src/backup';
import { openPostgres } from '../../../../src/backup/sources/postgres';
import { SUPERUSER } from '../../../support/supabase/postgres';
import { failureOf, filesIn, until } from '../engine-stand';
import { useServerStand } from './server-stand';

const stand = useServerStand('pgs', { max_connections: '12', superuser_reserved_connections: '1' });

beforeAll(() => {
	stand.sql('create database shop', 'postgres');
	stand.sql(`create table goods (id serial primary key, name text);
		insert into goods (name) select 'thing ' || n from generate_series(1, 1000) n;
		create table secrets (note text); insert into secrets values ('hidden')`);
});

/** Folders with passwords and dumps that this process has made; their names hold its number. */
const leftBehind = (): string[] =>
	readdirSync(tmpdir()).filter(
		(name) => name.startsWith('opsdesk-pg-') && name.includes(`_${process.pid.toString(36)}_`),
	);
const messages = (report: unknown): string => JSON.stringify(report);

/** Arguments and environment of all processes of this machine but this one and its shells. */
function programsAtWork(): { pid: number; args: string; env: string }[] {
	return readdirSync('/proc')
		.filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
		.flatMap((pid) => {
			try {
				const args = readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ');
				const env = readFileSync(`/proc/${pid}/environ`, 'latin1').replaceAll('\0', ' ');
				return [{ pid: Number(pid), args, env }];
			} catch {
				return [];
			}
		});
}

test('a database on a server is saved, verified, replaced with consent and kept beside', async () => {
	const backups = stand.scope.emptyFolder();
	const shop = stand.site(backups);
	const report = await backUpSite(shop, stand.context());
	expect(report).toMatchObject({ status: 'ok', artefacts: [{ name: 'db-shop', status: 'ok' }] });
	expect((await verifySite(shop, stand.context(), { restorePoint: 'latest' })).ok).toBe(true);
	const path = `${backups}/shop/${report.id}/manifest.json`;
	const manifest = readFileSync(path, 'utf8');
	expect(JSON.parse(manifest)).toMatchObject({
		artefacts: [
			{
				source: { host: '127.0.0.1', port: String(stand.server.port), user: SUPERUSER, database: 'shop' },
				tables: [{ name: 'public.goods', rows: 1000 }, { name: 'public.secrets' }],
			},
		],
	});
	expect(manifest + messages(report)).not.toContain(stand.server.password);

	stand.sql('drop table goods');
	const restore = (overwrite: boolean, to?: string) =>
		restoreSite(shop, stand.context(), {
			restorePoint: 'latest',
			overwrite,
			...(to !== undefined && { to: { 'db-shop': to } }),
		});
	expect(await failureOf(restore(false))).toMatchObject({ code: 'target_not_empty' });
	const restored = await restore(true);
	expect(restored.artefacts[0]?.target).toBe(`database shop at 127.0.0.1:${stand.server.port}`);
	expect(stand.sql('select count(*) from goods')).toBe('1000');
	const kept = /^database (shop_before_\w+)$/.exec(restored.artefacts[0]?.previous ?? '')?.[1] ?? '';
	expect(stand.sql('select count(*) from secrets', kept)).toBe('1');
	await restore(false, 'copy of "shop"');
	expect(stand.sql('select count(*) from goods', 'copy of "shop"')).toBe('1000');
	expect(stand.databases()).toEqual(['copy of "shop"', 'shop', kept]);
	stand.sql(`drop database "${kept}"; drop database "copy of ""shop"""`, 'postgres');
	expect(leftBehind()).toEqual([]);
});

test('BK-16: each reason why a server gives no dump is told at once, and never with the password', async () => {
	stand.sql(
		`create role lesser login password 'lesser-password'; grant connect on database shop to lesser;
		grant select on goods to lesser`,
	);
	const attempts: [Record<string, unknown>, Partial<BackupContext>, string, RegExp][] = [
		[
			{},
			{ secrets: { databasePasswords: { '*': 'wrong-password' } } },
			'source_unreadable',
			/refuses the role/,
		],
		[{}, { secrets: {} }, 'source_unreadable', /refuses the role, its password/],
		[{ database: 'nothing' }, {}, 'source_missing', /no database "nothing" at 127\.0\.0\.1/],
		[{ user: 'nobody' }, {}, 'source_unreadable', /refuses the role/],
		[{ port: 1 }, {}, 'source_unreadable', /does not answer/],
		[{ host: 'no-such-host.invalid' }, {}, 'source_unreadable', /name of the host .* is not known/],
		[{ tls: 'verify-full' }, {}, 'source_unreadable', /No trusted TLS connection/],
		[
			{ user: 'lesser' },
			{ secrets: { databasePasswords: { shop: 'lesser-password' } } },
			'dump_failed',
			/lacks a right in "shop": table secrets/,
		],
	];
	for (const [more, context, code, message] of attempts) {
		const report = await backUpSite(stand.site(stand.scope.emptyFolder(), more), stand.context(context));
		expect(report).toMatchObject({ status: 'failed', artefacts: [{ problem: { code } }] });
		expect(report.artefacts[0]?.problem?.message).toMatch(message);
		expect(messages(report)).not.toMatch(/wrong-password|lesser-password/);
	}
	expect(leftBehind()).toEqual([]);
});

test('BK-16: a server without a free connection is told as that', async () => {
	const { socketFolder: host, port } = stand.server;
	const clients = Array.from({ length: 12 }, () => {
		const client = new Client({ host, port, user: SUPERUSER, database: 'postgres' });
		client.on('error', () => undefined);
		return client;
	});
	const taken = await Promise.allSettled(clients.map((client) => client.connect()));
	const shop = stand.site(stand.scope.emptyFolder());
	const report = await backUpSite(shop, stand.context());
	expect(report.artefacts[0]?.problem).toMatchObject({
		code: 'source_unreadable',
		message: expect.stringContaining('has no free connection'),
	});
	await Promise.allSettled(
		clients.flatMap((client, index) => (taken[index]?.status === 'fulfilled' ? [client.end()] : [])),
	);
	await until('connections are free', async () => (await backUpSite(shop, stand.context())).status === 'ok');
});

test('BK-16: a table that somebody keeps locked fails the dump after the time it may wait', async () => {
	const [source] = stand.site(stand.scope.emptyFolder()).backup.databases;
	if (source?.type !== 'postgres-server') throw new Error('No source.');
	const opened = await openPostgres(source, stand.context(), { lockTimeoutMs: 200 });
	const client = new Client({
		host: stand.server.socketFolder,
		port: stand.server.port,
		user: SUPERUSER,
		database: 'shop',
	});
	await client.connect();
	try {
		await client.query('begin; alter table goods add column more text');
		for await (const block of opened.blocks) opened.release?.(block);
		expect(await failureOf(opened.finish())).toMatchObject({
			code: 'dump_failed',
			message: expect.stringContaining('kept a table of "shop" locked'),
		});
	} finally {
		await client.end();
	}
});

describe('a dump that takes a while', () => {
	beforeAll(() => {
		stand.sql('create database large', 'postgres');
		stand.sql(
			'create table big as select i, repeat(md5(i::text), 10) as filler from generate_series(1, 500000) i',
			'large',
		);
	});

	/** Numbers of the processes that dump from this server. */
	const dumps = (): number[] =>
		programsAtWork()
			.filter(
				({ args }) => /pg_dump .*--dbname=large/.test(args) && args.includes(`--port=${stand.server.port} `),
			)
			.map(({ pid }) => pid);
	const start = (context: Partial<BackupContext> = {}) => {
		const backups = stand.scope.emptyFolder();
		const running = backUpSite(stand.site(backups, { database: 'large' }), stand.context(context));
		const partial = until('some of the dump is there', () =>
			filesIn(backups).some((name) => name.endsWith('.partial')),
		);
		return { backups, running, partial };
	};

	test('BK-16: the password stands in no argument and no environment while the dump runs', async () => {
		const { running, partial } = start();
		await partial;
		await until('pg_dump is at work', () => dumps().length > 0);
		const atWork = programsAtWork();
		expect(atWork.filter(({ args, env }) => (args + env).includes(stand.server.password))).toEqual([]);
		const [folder = ''] = leftBehind();
		const mode = (path: string) => spawnSync('stat', ['-c', '%a', path], { encoding: 'utf8' }).stdout.trim();
		expect(mode(join(tmpdir(), folder))).toBe('700');
		expect(mode(join(tmpdir(), folder, 'passwords'))).toBe('600');
		expect(await running).toMatchObject({ status: 'ok' });
		expect(leftBehind()).toEqual([]);
	});

	test.each([
		[
			'pg_dump killed',
			() => dumps().forEach((pid) => process.kill(pid, 'SIGKILL')),
			/was killed \(exit code 137/,
		],
		[
			'its session ended by an administrator',
			() => void stand.sql(`select pg_terminate_backend(pid) from pg_stat_activity where datname = 'large'`),
			/terminating connection|does not answer/,
		],
	])('BK-14: %s: failed, with the reason, and nothing under a final name', async (_, interrupt, reason) => {
		const { backups, running, partial } = start();
		await partial;
		await until('pg_dump is at work', () => dumps().length > 0);
		interrupt();
		const report = await running;
		expect(report).toMatchObject({ status: 'failed', artefacts: [{ status: 'failed' }] });
		expect(report.artefacts[0]?.problem?.message).toMatch(reason);
		expect(filesIn(backups).filter((name) => /dump|partial|manifest/.test(name))).toEqual([]);
		expect(leftBehind()).toEqual([]);
	});

	test('BK-41: a cancelled backup ends pg_dump and leaves nothing', async () => {
		const abort = new AbortController();
		const { backups, running, partial } = start({ signal: abort.signal });
		await partial;
		abort.abort();
		expect(await failureOf(running)).toMatchObject({ code: 'cancelled' });
		expect(dumps()).toEqual([]);
		expect(filesIn(backups).filter((name) => /dump|partial|manifest/.test(name))).toEqual([]);
		expect(leftBehind()).toEqual([]);
	});
});
