import { execFileSync, spawn } from 'node:child_process';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { backUpSite, listSite, verifySite } from '../../../src/backup';
import type { Manifest } from '../../../src/backup/manifest';
import type { Site } from '../../../src/shared';
import { mountFaultyDisk } from '../../support/faulty-disk';
import {
	failureOf,
	filesIn,
	site,
	startDatabase,
	until,
	useBackupStand,
	verifyAndRestore,
} from './engine-stand';

const stand = useBackupStand('pg', ['tools', 'postgres']);
let psql: (sql: string, at?: string) => Promise<string>;

beforeAll(async () => {
	psql = await startDatabase(stand, 'shop-db', 'shop');
	await psql(`create table customers (id serial primary key, name text not null, note bytea);
		insert into customers (name, note) select 'Müller '||i, decode(md5(i::text), 'hex') from generate_series(1, 5000) i;
		create table orders (id serial primary key, customer int references customers, total numeric(10,2));
		insert into orders (customer, total) select 1 + i % 5000, i * 0.17 from generate_series(1, 20000) i;
		create index on orders (customer); create view totals as select customer, sum(total) from orders group by 1;
		select lo_from_bytea(0, decode(repeat('00ff0a0d', 5000), 'hex'))`);
});

const databaseSite = (path: string, database = 'shop', user = 'postgres', container = 'shop-db'): Site =>
	site({
		backup: { databases: [{ name: 'shop', type: 'postgres', container, database, user }] },
		destinations: [{ name: 'local', type: 'directory', path }],
	});

const content = (at = 'shop'): Promise<string> =>
	psql(
		`select (select md5(string_agg(c::text, ',' order by id)) from customers c) || (select md5(string_agg(o::text, ',' order by id)) from orders o)
		 || (select count(*) from pg_largeobject) || (select nextval('orders_id_seq') > 20000)`,
		at,
	);

const databases = async (): Promise<string[]> =>
	(await psql('select datname from pg_database order by 1', 'postgres')).split('\n');

async function manifestIn(folder: string): Promise<Manifest> {
	const [id] = readdirSync(join(folder, 'shop')).filter((name) => name.startsWith('2'));
	return JSON.parse(readFileSync(join(folder, 'shop', id ?? '', 'manifest.json'), 'utf8')) as Manifest;
}

test('a database that was dropped comes back with its rows, owner, locale, view, index and large objects', async () => {
	const folder = stand.folder();
	const shop = databaseSite(folder);
	await psql('create role keeper; alter database shop owner to keeper', 'postgres');
	const before = await content();
	const report = await backUpSite(shop, stand.context());
	expect(report).toMatchObject({
		status: 'ok',
		artefacts: [{ name: 'db-shop', kind: 'postgres', warnings: [] }],
	});
	const [artefact] = (await manifestIn(folder)).artefacts;
	expect(artefact).toMatchObject({ format: 'pg_dump', source: { owner: 'keeper', encoding: 'UTF8' } });
	expect(artefact?.entries).toBeGreaterThan(10);
	expect(artefact?.tables).toMatchObject([
		{ name: 'public.customers', rows: 5000, crc32: expect.stringMatching(/^[0-9a-f]{8}$/) },
		{ name: 'public.orders', rows: 20_000 },
		{ name: 'large objects', rows: 1 },
	]);

	await psql('drop database shop', 'postgres');
	const restored = await verifyAndRestore(shop, stand.context());
	expect(restored.artefacts).toEqual([
		expect.objectContaining({ target: 'database shop in the container shop-db' }),
	]);
	expect(await content()).toBe(before);
	expect(await psql('select count(*) from totals')).toBe('5000');
	expect(await psql("select pg_get_userbyid(datdba) from pg_database where datname='shop'")).toBe('keeper');
	expect(await databases()).toEqual(['postgres', 'shop', 'template0', 'template1']);
	expect(await stand.engine.cli('exec', 'shop-db', 'sh', '-c', 'ls /tmp')).not.toContain('opsdesk');
});

test('zstd and pg_restore alone restore the same dump', async () => {
	const folder = stand.folder();
	await backUpSite(databaseSite(folder), stand.context());
	const [dump] = filesIn(folder).filter((name) => name.endsWith('.dump.zst'));
	const { recipe } = await manifestIn(folder);
	await psql('alter database shop rename to away', 'postgres');
	// The commands of the manifest, carried out in the container as its comment says.
	const commands = recipe.map((line) =>
		line.replace(/\| pg_restore /, '| docker exec -i shop-db pg_restore '),
	);
	execFileSync('sh', ['-ec', commands.join('\n')], {
		cwd: join(folder, dump ?? '', '..'),
		env: { ...process.env, DOCKER_HOST: `unix://${stand.engine.socketPath}` },
	});
	expect((await content('shop')).slice(0, 64)).toBe((await content('away')).slice(0, 64));
	await psql('drop database away', 'postgres');
});

test('a database with tables is replaced only with consent, its sessions are ended, and it is kept', async () => {
	const shop = databaseSite(stand.folder());
	const before = (await content()).slice(0, 64);
	await backUpSite(shop, stand.context());
	await psql(`update customers set name = 'changed'`);
	const session = spawn('docker', [
		...['-H', `unix://${stand.engine.socketPath}`, 'exec', '-i', 'shop-db'],
		...['psql', '-U', 'postgres', 'shop', '-c', 'select pg_sleep(1000)'],
	]);
	const sleeping = "select count(*) from pg_stat_activity where query = 'select pg_sleep(1000)'";
	await until('a session is open', async () => (await psql(sleeping, 'postgres')) === '1');
	expect(await failureOf(verifyAndRestore(shop, stand.context()))).toMatchObject({
		code: 'target_not_empty',
	});

	const report = await verifyAndRestore(shop, stand.context(), { overwrite: true });
	const kept = /^database (shop_before_\w{6}_\w{8})$/.exec(report.artefacts[0]?.previous ?? '')?.[1] ?? '';
	expect((await content()).slice(0, 64)).toBe(before);
	expect(await psql("select count(*) from customers where name = 'changed'", kept)).toBe('5000');
	session.kill();
	await psql(`drop database ${kept}`, 'postgres');
});

test('another database can be the target, and one with open connections is not touched without consent', async () => {
	const shop = databaseSite(stand.folder());
	await backUpSite(shop, stand.context());
	const to = { 'db-shop': 'Shop "copy"; drop database shop --' };
	await verifyAndRestore(shop, stand.context(), { to });
	expect(await psql('select count(*) from orders', to['db-shop'])).toBe('20000');
	await psql(`drop database "Shop ""copy""; drop database shop --"`, 'postgres');

	await psql('create database empty_one', 'postgres');
	const session = spawn('docker', [
		...['-H', `unix://${stand.engine.socketPath}`, 'exec', '-i', 'shop-db'],
		...['psql', '-U', 'postgres', 'empty_one', '-c', 'select pg_sleep(999)'],
	]);
	const sessions = "select count(*) from pg_stat_activity where datname = 'empty_one'";
	await until('a session is open', async () => (await psql(sessions, 'postgres')) === '1');
	const failure = await failureOf(
		verifyAndRestore(shop, stand.context(), { to: { 'db-shop': 'shop-db/empty_one' } }),
	);
	expect(failure).toMatchObject({
		code: 'target_in_use',
		message: expect.stringMatching(/1 open connection/),
	});
	session.kill();
	await psql(
		"select pg_terminate_backend(pid) from pg_stat_activity where datname = 'empty_one'",
		'postgres',
	);
	await psql('drop database empty_one', 'postgres');
});

test('a restore that fails leaves the database as it was and nothing behind', async () => {
	const shop = databaseSite(stand.folder());
	// It looks for a table by the search path, which pg_restore empties.
	await psql(`create function has_orders() returns boolean language plpgsql as 'begin return exists (select from orders); end';
		create table checked (id int check (has_orders())); insert into checked values (1)`);
	const before = (await content()).slice(0, 64);
	await backUpSite(shop, stand.context());
	await psql('drop table checked; drop function has_orders');
	const failure = await failureOf(verifyAndRestore(shop, stand.context(), { overwrite: true }));
	expect(failure).toMatchObject({
		code: 'restore_failed',
		message: expect.stringMatching(/pg_restore of "shop" .* relation "orders" does not exist/),
	});
	expect((await content()).slice(0, 64)).toBe(before);
	expect(await databases()).toEqual(['postgres', 'shop', 'template0', 'template1']);
	expect(await stand.engine.cli('exec', 'shop-db', 'sh', '-c', 'ls /tmp')).not.toContain('opsdesk');
});

test('BK-16: a missing database, role or container fails at once, each with its own reason', async () => {
	const attempts: [Site, string, RegExp][] = [
		[
			databaseSite(stand.folder(), 'nothing'),
			'source_missing',
			/no database "nothing" in the container "shop-db"/,
		],
		[databaseSite(stand.folder(), 'shop', 'nobody'), 'source_unreadable', /role is not known/],
		[databaseSite(stand.folder(), 'shop', 'postgres', 'shop-none'), 'not_found', /no container "shop-none"/],
		[databaseSite(stand.folder(), 'shop', 'postgres', 'blog-db'), 'not_found', /no container "blog-db"/],
	];
	for (const [attempted, code, message] of attempts) {
		const report = await backUpSite(attempted, stand.context());
		expect(report).toMatchObject({ status: 'failed', artefacts: [{ problem: { code } }] });
		expect(report.artefacts[0]?.problem?.message).toMatch(message);
	}
	const without = await backUpSite(databaseSite(stand.folder()), {});
	expect(without.artefacts[0]?.problem).toMatchObject({ code: 'engine_missing' });
});

describe('a dump that does not come to its end', () => {
	beforeAll(async () => {
		await psql('create database large', 'postgres');
		await psql(
			`create table big as select i, repeat(md5(i::text), 10) as filler from generate_series(1, 700000) i`,
			'large',
		);
	});

	/** Waits until some of the dump has arrived. */
	const partialOf = (folder: string): Promise<void> =>
		until('some of the dump is there', () => {
			const partial = filesIn(folder).find((name) => name.endsWith('.dump.zst.partial'));
			return (
				partial !== undefined && (statSync(join(folder, partial), { throwIfNoEntry: false })?.size ?? 0) > 0
			);
		});

	const dumpProcess = `ps -o pid,args | grep '[p]g_dump .*--format' | while read pid rest; do kill -SIGNAL $pid; done`;
	const kill = (signal: string): Promise<string> =>
		stand.engine.cli('exec', 'shop-db', 'sh', '-c', dumpProcess.replace('SIGNAL', signal));

	// A kernel that is out of memory does what the first does: SIGKILL, exit code 137.
	test.each([
		['pg_dump killed', () => kill('9'), /was killed \(exit code 137/],
		['pg_dump asked to end', () => kill('15'), /exit code 143|ended with exit code/],
		[
			'its session ended by an administrator',
			() =>
				psql("select pg_terminate_backend(pid) from pg_stat_activity where datname = 'large'", 'postgres'),
			/terminating connection|ended with exit code 1|does not answer/,
		],
		[
			'the connection to the engine cut',
			() => Promise.resolve(stand.proxy.cut()),
			/connection to .* was closed|stream of the container ended|answer of .* broke off|aborted/i,
		],
	])('BK-14: %s: failed, with the reason, and nothing under a final name', async (_, interrupt, reason) => {
		const folder = stand.folder();
		const running = backUpSite(databaseSite(folder, 'large'), stand.context());
		await partialOf(folder);
		await interrupt();
		const report = await running;
		expect(report).toMatchObject({ status: 'failed', artefacts: [{ status: 'failed' }] });
		expect(report.artefacts[0]?.problem?.message).toMatch(reason);
		expect(filesIn(folder).filter((name) => /dump|partial|manifest/.test(name))).toEqual([]);
		await stand.noHelperIsLeft();
	});

	test('BK-2: killed while dumping: nothing lists as good, and the next run is ok and cleans up', async () => {
		const folder = stand.folder();
		const file = stand.scope.path('large.json');
		writeFileSync(file, JSON.stringify(databaseSite(folder, 'large')));
		const cli = join(__dirname, '../../../dist/src/cli/main.js');
		const docker = `tcp://${stand.proxy.host}:${stand.proxy.port}`;
		const child = spawn(process.execPath, [cli, 'backup', 'run', '--site', file, '--docker', docker]);
		const ended = new Promise((resolve) => child.on('exit', resolve));
		await partialOf(folder);
		child.kill('SIGKILL');
		await ended;
		const left = await listSite(databaseSite(folder, 'large'), stand.context());
		expect(left.restorePoints).toMatchObject([{ state: 'unfinished' }]);
		const report = await backUpSite(databaseSite(folder, 'large'), stand.context());
		expect(report.status).toMatch(/ok|warning/);
		expect(filesIn(folder).filter((name) => name.endsWith('.partial'))).toEqual([]);
		expect((await listSite(databaseSite(folder, 'large'), stand.context())).restorePoints).toHaveLength(1);
		expect(
			(await verifySite(databaseSite(folder, 'large'), stand.context(), { restorePoint: 'latest' })).ok,
		).toBe(true);
	});

	const noneAtWork = (): Promise<void> =>
		until('no session of pg_dump is left', async () => {
			const sessions = "select count(*) from pg_stat_activity where datname = 'large'";
			return (await psql(sessions, 'postgres')) === '0';
		});

	test('BK-41: a cancelled backup ends pg_dump in its container', async () => {
		const folder = stand.folder();
		const abort = new AbortController();
		const running = backUpSite(databaseSite(folder, 'large'), stand.context({ signal: abort.signal }));
		await partialOf(folder);
		abort.abort();
		expect(await failureOf(running)).toMatchObject({ code: 'cancelled' });
		await noneAtWork();
		expect(filesIn(folder).filter((name) => /dump|partial|manifest/.test(name))).toEqual([]);
	});

	test('BK-18: a destination that takes nothing any more ends pg_dump in its container', async () => {
		const disk = await mountFaultyDisk(stand.scope);
		disk.fail({ operation: 'write', path: '/db-shop', after: 20 });
		const report = await backUpSite(databaseSite(disk.folder, 'large'), stand.context({ patienceMs: 3000 }));
		expect(report).toMatchObject({
			status: 'failed',
			artefacts: [{ problem: { code: 'destination_unreachable' } }],
		});
		await noneAtWork();
	});

	test('BK-14: the container stopped in the middle: failed, and the other sources are saved', async () => {
		const folder = stand.folder();
		const www = stand.folder();
		writeFileSync(join(www, 'index.html'), 'hello');
		const both = site({
			backup: {
				directories: [{ name: 'www', path: www }],
				databases: [{ name: 'shop', type: 'postgres', container: 'shop-db', database: 'large' }],
			},
			destinations: [{ name: 'local', type: 'directory', path: folder }],
		});
		const running = backUpSite(both, stand.context());
		await partialOf(folder);
		await stand.engine.cli('kill', 'shop-db');
		const report = await running;
		expect(report).toMatchObject({
			status: 'partial',
			artefacts: [
				{ name: 'files-www', status: 'ok' },
				{ name: 'db-shop', status: 'failed' },
			],
		});
		expect(report.message).not.toMatch(/success/i);
		expect((await listSite(both, stand.context())).restorePoints).toMatchObject([
			{ state: 'partial', missing: ['db-shop'] },
		]);
		const state = () => stand.engine.cli('inspect', '-f', '{{.State.Status}}', 'shop-db');
		await until('the engine has noticed', async () => (await state()) === 'exited');
		const stopped = await backUpSite(both, stand.context());
		expect(stopped.artefacts[1]?.problem).toMatchObject({ code: 'not_running' });
	});
});
