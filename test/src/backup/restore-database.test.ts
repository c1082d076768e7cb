import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';

import { backUpSite, restoreSite } from '../../../src/backup';
import { Database } from '../../../src/backup/postgres/database';
import { decodeManifest, encodeManifest } from '../../../src/backup/manifest';
import { newStagingToken } from '../../../src/backup/restore/staging';
import type { Site } from '../../../src/shared';
import { failureOf, site, startDatabase, until, useBackupStand } from './engine-stand';

const stand = useBackupStand('restore-db', ['tools', 'postgres']);
let psql: (sql: string, at?: string) => Promise<string>;

beforeAll(async () => {
	psql = await startDatabase(stand, 'shop-db', 'shop');
});

const admin = (sql: string): Promise<string> => psql(sql, 'postgres');
const databases = async (): Promise<string[]> => {
	const sql = "select datname from pg_database where datname !~ '^(postgres|template.)$' order by 1";
	return (await admin(sql)).split('\n').filter(Boolean);
};
const leftInContainer = (): Promise<string> => stand.engine.cli('exec', 'shop-db', 'ls', '/tmp');

beforeEach(async () => {
	for (const name of await databases()) await admin(`drop database "${name}"`);
	await admin('create database shop');
	await psql(`create table goods (name text); insert into goods values ('saved')`);
});

const databaseSite = (path: string, database = 'shop', container = 'shop-db'): Site =>
	site({
		backup: { databases: [{ name: 'shop', type: 'postgres', container, database }] },
		destinations: [{ name: 'local', type: 'directory', path }],
	});

async function saved(database = 'shop'): Promise<Site> {
	const of = databaseSite(stand.folder(), database);
	expect(await backUpSite(of, stand.context())).toMatchObject({ status: 'ok' });
	return of;
}

interface More {
	overwrite?: boolean;
	to?: string;
	signal?: AbortSignal;
}

async function restore(of: Site, { overwrite = false, to, signal }: More = {}): Promise<string> {
	const report = await restoreSite(of, stand.context({ signal }), {
		restorePoint: 'latest',
		overwrite,
		...(to !== undefined && { to: { 'db-shop': to } }),
	});
	return report.artefacts[0]?.previous?.replace('database ', '') ?? '';
}

const goods = async (at?: string): Promise<string> =>
	await psql('select string_agg(name, $$,$$) from goods', at);

test('BK-27: databases whose long names differ only at their ends keep each its own content', async () => {
	const names = ['a', 'b'].map((end) => `${'ä'.repeat(30)}${end}`);
	const sites: Site[] = [];
	for (const name of names) {
		await admin(`create database "${name}"`);
		await psql(`create table goods (name text); insert into goods values ('${name}')`, name);
		sites.push(await saved(name));
		await psql(`update goods set name = 'live of ${name}'`, name);
	}
	const kept: string[] = [];
	for (const of of sites) kept.push(await restore(of, { overwrite: true }));
	expect(await Promise.all(names.map((name) => goods(name)))).toEqual(names);
	expect(await Promise.all(kept.map((name) => goods(name)))).toEqual(names.map((name) => `live of ${name}`));
});

test('BK-26: what an earlier restore has kept stays when the same restore point is restored again', async () => {
	const shop = await saved();
	const kept: string[] = [];
	for (const content of ['first', 'second']) {
		await psql(`update goods set name = '${content}'`);
		kept.push(await restore(shop, { overwrite: true }));
	}
	expect(await Promise.all(kept.map((name) => goods(name)))).toEqual(['first', 'second']);
	expect(await goods()).toBe('saved');
	expect(await databases()).toHaveLength(3);
});

test('BK-27: a database without tables but with functions, types or large objects is content and is kept', async () => {
	const shop = await saved();
	const makings = [
		'create function answer() returns int language sql as $$select 42$$',
		'create type colour as enum ($$red$$)',
		'select lo_create(0)',
	];
	for (const make of makings) {
		await admin('drop database shop');
		await admin('create database shop');
		await psql(make);
		expect(await failureOf(restore(shop))).toMatchObject({ code: 'target_not_empty' });
		const kept = await restore(shop, { overwrite: true });
		expect(kept).toMatch(/^shop_before_\w+$/);
		expect(await goods()).toBe('saved');
	}
	await admin('drop database shop');
	await admin('create database shop');
	expect(await restore(shop)).toBe('');
	expect((await databases()).filter((name) => name.includes('_'))).toHaveLength(makings.length);
});

test('BK-27: tables made while the dump is restored are not replaced without consent, and kept with it', async () => {
	const shop = await saved();
	await admin('drop database shop');
	// In the container, since the engine starts no program there while it takes the dump.
	const onceTheDumpComes = async () => {
		const script = `until ls /tmp | grep -q opsdesk; do sleep 0.02; done; createdb -U postgres shop
			psql -U postgres -d shop -c "create table goods (name text)" -c "insert into goods values ('new')"`;
		await stand.engine.cli('exec', '-d', 'shop-db', 'sh', '-c', script);
	};
	await onceTheDumpComes();
	expect(await failureOf(restore(shop))).toMatchObject({ code: 'target_not_empty' });
	expect(await goods()).toBe('new');
	await admin('drop database shop');
	await onceTheDumpComes();
	const kept = await restore(shop, { overwrite: true });
	expect([await goods(), await goods(kept)]).toEqual(['saved', 'new']);
	expect(await databases()).toHaveLength(2);
});

test('BK-26: a change of names that fails leaves the database open under its name, and nothing beside it', async () => {
	const shop = await saved();
	await psql(`update goods set name = 'live'`);
	// A transaction that was prepared cannot be ended by ending its session, and holds the name.
	await admin('alter system set max_prepared_transactions = 4');
	const container = stand.engine.docker.getContainer('shop-db');
	await container.restart();
	const isUp = () =>
		psql('select 1').then(
			() => true,
			() => false,
		);
	await until('PostgreSQL is up again', isUp);
	await psql(`begin; insert into goods values ('prepared'); prepare transaction 'shop'`);
	expect(await failureOf(restore(shop, { overwrite: true }))).toMatchObject({ code: 'database_refused' });
	expect(await admin(`select datallowconn from pg_database where datname = 'shop'`)).toBe('t');
	expect(await databases()).toEqual(['shop']);
	await psql(`rollback prepared 'shop'`);
	expect(await goods()).toBe('live');
	expect(await leftInContainer()).not.toContain('opsdesk');
});

test('BK-26: when the new database cannot take the name, the one that was there keeps it', async () => {
	const shop = await saved();
	await psql(`update goods set name = 'live'`);
	const change = Object.getOwnPropertyDescriptor(Database.prototype, 'runOrElse')
		?.value as Database['runOrElse'];
	const spy = jest.spyOn(Database.prototype, 'runOrElse');
	spy.mockImplementation(async function (this: Database, ...given) {
		const [staging = ''] = (await databases()).filter((name) => name.startsWith('shop_restore_'));
		const session = ['psql', '-U', 'postgres', '-d', staging, '-c', 'select pg_sleep(1000)'];
		await stand.engine.cli('exec', '-d', 'shop-db', ...session);
		const sessions = `select count(*) from pg_stat_activity where datname = '${staging}'`;
		await until('somebody looks into it', async () => (await admin(sessions)) === '1');
		return await change.apply(this, given);
	});
	try {
		expect(await failureOf(restore(shop, { overwrite: true }))).toMatchObject({
			message: expect.stringContaining('is being accessed by other users'),
		});
	} finally {
		spy.mockRestore();
	}
	expect(await databases()).toEqual(['shop']);
	expect(await goods()).toBe('live');
});

test('a site that connects again at once does not hold up the change of names', async () => {
	const shop = await saved();
	const connect = `until [ -e /tmp/stop ]; do psql -U postgres -d shop -c 'select pg_sleep(1000)'; done`;
	await stand.engine.cli('exec', '-d', 'shop-db', 'sh', '-c', connect);
	const sleeping = `from pg_stat_activity where query = 'select pg_sleep(1000)'`;
	const isConnected = async () => (await admin(`select count(*) ${sleeping}`)) === '1';
	try {
		await until('the site is connected', isConnected);
		const kept = await restore(shop, { overwrite: true });
		expect([await goods(), await goods(kept)]).toEqual(['saved', 'saved']);
	} finally {
		await stand.engine.cli('exec', 'shop-db', 'touch', '/tmp/stop');
		await until('the site has gone', async () => {
			await admin(`select pg_terminate_backend(pid) ${sleeping}`);
			return !(await isConnected());
		});
	}
});

test('BK-26: a database that a killed restore has left closed is opened again, one that others closed is not', async () => {
	const shop = await saved();
	await admin('alter database shop with allow_connections false');
	expect(await failureOf(restore(shop, { overwrite: true }))).toMatchObject({
		code: 'target_refused',
		message: expect.stringContaining('lets nobody in'),
		remedy: expect.stringContaining('alter database "shop" with allow_connections true'),
	});
	// As a restore of a process that is gone has left it: nothing has the largest process number.
	const hash = '8d90'; // of the name
	const [seconds, machine, , start] = newStagingToken().split('_');
	const token = [seconds, machine, (4_194_304).toString(36), start, '00000000'].join('_');
	const alive = `shop_restore_${hash}_${newStagingToken()}`;
	for (const name of [`shop_restore_${hash}_${token}`, alive]) await admin(`create database "${name}"`);
	await stand.engine.cli('exec', 'shop-db', 'mkdir', `/tmp/opsdesk-restore-${token}`);
	const kept = await restore(shop, { overwrite: true });
	expect([await goods(), await goods(kept)]).toEqual(['saved', 'saved']);
	expect(await databases()).toEqual(['shop', kept, alive]);
	expect(await leftInContainer()).not.toContain('opsdesk');
});

test('what is large comes back as it was', async () => {
	await psql(
		`create table noise as select i, sha512(i::text::bytea) as bytes from generate_series(1, 300000) i`,
	);
	const figures = 'select count(*), md5(string_agg(bytes::text, $$$$ order by i)) from noise';
	const before = await psql(figures);
	const site = await saved();
	await psql('drop table noise');
	await restore(site, { overwrite: true });
	expect(await psql(figures)).toBe(before);
});

test('a restore that is cancelled ends pg_restore in its container and leaves nothing there', async () => {
	await admin('create database endless');
	await psql(
		'create table big as select i, repeat(md5(i::text), 10) as filler from generate_series(1, 300000) i',
		'endless',
	);
	const endless = await saved('endless');
	const abort = new AbortController();
	const attempt = failureOf(restore(endless, { overwrite: true, signal: abort.signal }));
	// Its processes are seen from the host, while the engine starts none in the container that takes a dump.
	// Without standing still, since the dump on its way to the container passes through this process.
	const isAtWork = () =>
		new Promise<boolean>((resolve) => {
			execFile('pgrep', ['-f', 'pg_restore .*dbname=endless_restore_'], (failure) =>
				resolve(failure === null),
			);
		});
	await until('pg_restore is at work', isAtWork);
	abort.abort();
	expect(await attempt).toMatchObject({ code: 'cancelled' });
	expect(await isAtWork()).toBe(false);
	expect(await databases()).toEqual(['endless', 'shop']);
	expect(await leftInContainer()).not.toContain('opsdesk');
});

test('BK-28: an owner that the server does not know is named with the command that makes it', async () => {
	await admin('create role "the owner"; alter database shop owner to "the owner"');
	const shop = await saved();
	await admin('drop database shop');
	await admin('drop role "the owner"');
	expect(await failureOf(restore(shop))).toMatchObject({
		code: 'target_refused',
		message: expect.stringContaining('lacks the role "the owner"'),
		remedy: expect.stringContaining('create role "the owner"'),
	});
	expect(await databases()).toEqual([]);
	expect(await leftInContainer()).not.toContain('opsdesk');
});

test('a target is split at its first slash, and the site definition says in which container', async () => {
	const shop = await saved();
	expect(await restore(shop, { to: 'shop-db/2026/11' })).toBe('');
	expect(await goods('2026/11')).toBe('saved');
	const moved = { ...shop, backup: databaseSite('/nowhere', 'shop', 'shop-other').backup };
	expect(await failureOf(restore(moved, { overwrite: true }))).toMatchObject({
		code: 'target_refused',
		message: expect.stringMatching(
			/^db-shop is the database shop in the container shop-other in the site .* container shop-db in the rest/,
		),
	});
	expect(await failureOf(restore(moved, { to: 'copy' }))).toMatchObject({
		message: expect.stringContaining('no container "shop-other"'),
	});
});

test('a dump of a newer server is refused before anything is put into the container', async () => {
	const folder = stand.folder();
	const shop = databaseSite(folder);
	const { id } = await backUpSite(shop, stand.context());
	const path = `${folder}/shop/${id}/manifest.json`;
	const { checksum, ...manifest } = decodeManifest(readFileSync(path), path);
	for (const { source } of manifest.artefacts) source['serverVersion'] = '99.1';
	const changed = encodeManifest(manifest);
	expect(changed.toString('utf8')).not.toContain(checksum);
	writeFileSync(path, changed);
	expect(await failureOf(restore(shop, { overwrite: true }))).toMatchObject({
		code: 'target_refused',
		message: expect.stringMatching(
			/^The dump is of PostgreSQL 99\.1, and the server in the container shop-db is \d+/,
		),
	});
	expect(await databases()).toEqual(['shop']);
	expect(await leftInContainer()).not.toContain('opsdesk');
});
