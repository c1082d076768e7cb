import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';

import { backUpSite, drillSite, restoreSite, type DrillOptions } from '../../../src/backup';
import { presentImage } from '../../../src/backup/postgres/in-temporary-container';
import { openServer } from '../../../src/backup/postgres/server';
import { serverVersion } from '../../../src/backup/postgres/server-access';
import { DatabaseTarget } from '../../../src/backup/restore/database';
import { newStagingToken } from '../../../src/backup/restore/staging';
import { parseConnection, throwawayLabel } from '../../../src/docker';
import type { Site } from '../../../src/shared';
import { imageTag } from '../../support/images/images';
import { everythingIn, failureOf, site, startDatabase, until, useBackupStand } from './engine-stand';
import { commandLine, describeTree } from './stand';

const stand = useBackupStand('drill-engine', ['tools', 'postgres']);
let psql: (sql: string, at?: string) => Promise<string>;
let shop: Site;
let data: string;
let work: string;

beforeAll(async () => {
	psql = await startDatabase(stand, 'shop-db', 'shop');
	await psql(`create role "the owner"; create table goods (id int primary key, name text);
		insert into goods select i, 'a ' || chr(9) || i from generate_series(1, 1000) i; alter table goods owner to "the owner";
		create table "Odd.one" (at timestamptz); insert into "Odd.one" values ('2026-01-01 12:00+05');
		select lo_from_bytea(0, 'large');`);
	data = await stand.volume('shop_media');
	mkdirSync(`${data}/uploads`);
	writeFileSync(`${data}/uploads/a`, 'alpha');
	symlinkSync('../../outwards', `${data}/out`);
	utimesSync(`${data}/uploads`, 1_000_000, 1_000_000);
	work = stand.folder();
	shop = site({
		backup: {
			volumes: [{ name: 'media', volume: 'shop_media' }],
			databases: [{ name: 'shop', type: 'postgres', container: 'shop-db', database: 'shop' }],
		},
		destinations: [{ name: 'local', type: 'directory', path: stand.folder() }],
		drill: { checks: [{ artefact: 'db-shop', query: 'select count(*), 1 from goods', atLeast: 1000 }] },
	});
	expect(await backUpSite(shop, stand.context())).toMatchObject({ status: 'ok' });
});

const inEngine = () => everythingIn(stand);

const drill = (options: Partial<DrillOptions> = {}, more = {}) =>
	drillSite(shop, stand.context(more), { restorePoint: 'latest', workFolder: work, ...options });

test('BK-30: a volume and a database are restored into places of their own and proved; what is live is not touched', async () => {
	const [before, live] = [await inEngine(), describeTree(data)];
	const databases = () => psql('select string_agg(datname, $$,$$ order by datname) from pg_database');
	const namesBefore = await databases();
	const report = await drill();
	expect(report.artefacts).toMatchObject([
		{ name: 'volume-media', outcome: 'proved', target: 'a throwaway volume', entries: 4, notes: [] },
		{ name: 'db-shop', outcome: 'proved', tables: 3, rows: 1002, notes: [] },
	]);
	expect(report.artefacts[1]?.checks).toMatchObject([{ ok: true, found: '1000' }]);
	expect(report).toMatchObject({ outcome: 'proved', ok: true, recorded: true, leftovers: [] });
	expect(report.recoveryMs).toBeGreaterThan(0);
	expect([await inEngine(), describeTree(data), await databases()]).toEqual([before, live, namesBefore]);
	await stand.noHelperIsLeft();
	expect(readdirSync(work)).toEqual([]);
});

test('BK-30: a throwaway server has no network, no password and no folder of the host', async () => {
	let inspected: unknown;
	const swap = Object.getOwnPropertyDescriptor(DatabaseTarget.prototype, 'swap')
		?.value as DatabaseTarget['swap'];
	const spy = jest.spyOn(DatabaseTarget.prototype, 'swap').mockImplementation(async function (
		this: DatabaseTarget,
	) {
		const { docker } = stand.engine;
		const [found] = await docker.listContainers({ filters: { label: [throwawayLabel] } });
		const details = await docker.getContainer(found?.Id ?? '').inspect();
		inspected = details;
		const name = details.Name.slice(1);
		// A row that is lost on the way must be noticed.
		const sql = `update goods set name = 'other' where id = 500`;
		const [staging] = (
			await stand.engine.cli(
				'exec',
				name,
				'psql',
				'-U',
				'postgres',
				'-Atqc',
				'select datname from pg_database',
			)
		)
			.split('\n')
			.filter((database) => database.includes('_restore_'));
		await stand.engine.cli('exec', name, 'psql', '-U', 'postgres', '-d', staging ?? '', '-c', sql);
		return await swap.apply(this);
	});
	const before = await inEngine();
	const report = await drill({ artefacts: ['db-shop'] });
	spy.mockRestore();
	expect(report).toMatchObject({ outcome: 'failed', ok: false });
	expect(report.artefacts[0]?.problem?.message).toMatch(/public\.goods has other content in its 1000 rows/);
	expect(inspected).toMatchObject({
		HostConfig: { NetworkMode: 'none', Binds: null, PortBindings: {} },
		Mounts: [{ Type: 'volume' }],
	});
	expect(JSON.stringify(inspected)).not.toMatch(/password/i);
	expect(await inEngine()).toEqual(before);
});

test('BK-30: a drill that is cancelled, and one that was killed, leave no container and no volume', async () => {
	const before = await inEngine();
	for (const artefact of ['volume-media', 'db-shop']) {
		const controller = new AbortController();
		const progress = () => controller.abort();
		const attempt = drill({ artefacts: [artefact] }, { signal: controller.signal, progress });
		expect(await failureOf(attempt)).toMatchObject({ code: 'cancelled' });
		expect(await inEngine()).toEqual(before);
	}
	// As a drill of a process that is gone has left them: nothing has the largest process number.
	const [seconds, machine, , start] = newStagingToken().split('_');
	const left = `opsdesk-drill-1-${[seconds, machine, (4_194_304).toString(36), start, '00000000'].join('_')}`;
	const alive = `opsdesk-drill-1-${newStagingToken()}`;
	for (const name of [left, alive]) {
		await stand.engine.docker.createContainer({
			name,
			Image: imageTag('tools'),
			Labels: { [throwawayLabel]: 'drill' },
			HostConfig: { Mounts: [{ Type: 'volume', Source: '', Target: '/data' }] },
		});
	}
	await drill({ artefacts: ['volume-media'] });
	const { docker } = stand.engine;
	const found = await docker.listContainers({ all: true, filters: { label: [throwawayLabel] } });
	expect(found.flatMap(({ Names }) => Names)).toEqual([`/${alive}`]);
	await docker.getContainer(found[0]?.Id ?? '').remove({ v: true });
	expect(await inEngine()).toEqual(before);
});

test('a volume is proved in a folder where no engine is at hand, a database is not proved without one', async () => {
	const report = await drillSite(shop, {}, { restorePoint: 'latest', workFolder: work });
	expect(report.artefacts).toMatchObject([
		{ outcome: 'proved', notes: ['Restored into a folder, because no engine is at hand.'] },
		{ outcome: 'failed', problem: { code: 'engine_missing' } },
	]);
});

describe('a server that is reached over the network, and nothing but an engine', () => {
	const password = 'a-server-password';
	const image = imageTag('postgres');
	let host: string;
	const server = (more: Record<string, unknown>): Site =>
		site({
			backup: {
				databases: [
					{ name: 'shop', type: 'postgres-server', host, database: 'shop', user: 'postgres', ...more },
				],
			},
			destinations: [{ name: 'local', type: 'directory', path: stand.folder() }],
		});
	const context = () => stand.context({ secrets: { databasePasswords: { '*': password } } });

	beforeAll(async () => {
		await psql(`alter role postgres password '${password}'`);
		const { NetworkSettings } = await stand.engine.docker.getContainer('shop-db').inspect();
		host = NetworkSettings.Networks['bridge']?.IPAddress ?? '';
	});

	/** While somebody keeps a table locked, so that the dump waits. */
	async function whileItWaits(work: () => Promise<void>): Promise<void> {
		const sleeping = `from pg_stat_activity where query like '%pg_sleep(1000)' and pid <> pg_backend_pid()`;
		const lock = `psql -U postgres -d shop -c 'begin; lock table goods; select pg_sleep(1000)'`;
		await stand.engine.cli('exec', '-d', 'shop-db', 'sh', '-c', lock);
		await until('it is locked', async () => (await psql(`select count(*) ${sleeping}`)) === '1');
		try {
			await work();
		} finally {
			await psql(`select pg_terminate_backend(pid) ${sleeping}`);
		}
	}
	const dumps = () => psql(`select count(*) from pg_stat_activity where application_name = 'opsdesk backup'`);

	test('BK-16: it is saved by the programs of an image, and the password is seen nowhere', async () => {
		const shop = server({ image });
		let running: ReturnType<typeof backUpSite> | undefined;
		await whileItWaits(async () => {
			running = backUpSite(shop, context());
			await until('pg_dump waits', async () => (await dumps()) === '1');
			const { docker } = stand.engine;
			const [helper] = await docker.listContainers({ filters: { label: ['opsdesk.helper'] } });
			const seen = await docker.getContainer(helper?.Id ?? '').inspect();
			expect(seen).toMatchObject({
				Config: { User: '65534:65534', Labels: { 'opsdesk.helper': 'postgres' } },
				HostConfig: { AutoRemove: true, Binds: null, CapDrop: ['ALL'] },
			});
			const processes = await docker.getContainer(seen.Id).top({ ps_args: '-eo pid,args' });
			expect(JSON.stringify(processes)).toContain('pg_dump');
			const execs = await Promise.all(
				(seen.ExecIDs ?? []).map((id: string) => docker.getExec(id).inspect() as Promise<unknown>),
			);
			expect(execs.length).toBeGreaterThan(0);
			expect(JSON.stringify([seen, processes, execs])).not.toContain(password);
		});
		const report = await running;
		expect(report).toMatchObject({ status: 'ok' });
		expect(JSON.stringify(report)).not.toContain(password);
		await stand.noHelperIsLeft();
		const latest = { restorePoint: 'latest', to: { 'db-shop': 'shop_again' } };
		await restoreSite(shop, context(), latest);
		expect(await psql('select count(*) from goods', 'shop_again')).toBe('1000');
		await psql('drop database shop_again', 'postgres');
		await stand.noHelperIsLeft();
	});

	test('BK-16: when the process is killed, its container and what runs there end with it', async () => {
		const file = `${stand.folder()}/shop.json`;
		writeFileSync(file, JSON.stringify(server({ image })));
		const given = [
			'--site',
			file,
			'--state',
			stand.folder(),
			'--docker',
			`unix://${stand.engine.socketPath}`,
		];
		await whileItWaits(async () => {
			const child = spawn(process.execPath, [commandLine, 'backup', 'run', ...given], {
				env: { ...process.env, OPSDESK_PG_PASSWORD: password },
				stdio: 'ignore',
			});
			const ended = once(child, 'exit');
			await until('pg_dump waits', async () => (await dumps()) === '1');
			expect(await stand.helpers()).toHaveLength(1);
			child.kill('SIGKILL');
			await ended;
			await until('the container is gone', async () => (await stand.helpers()).length === 0);
		});
		await until('the server is rid of the dump', async () => (await dumps()) === '0');
	});

	test('an image that cannot be got, and one without the programs, are told as that', async () => {
		const attempts: [Record<string, unknown>, string, RegExp][] = [
			[
				{ image: 'localhost:1/none:7' },
				'image_missing',
				/no image "localhost:1\/none:7" and cannot get it: .+/,
			],
			[{ image: imageTag('tools') }, 'programs_missing', /holds no pg_dump/],
			[{ image, network: 'nothing' }, 'not_found', /nothing/],
		];
		for (const [more, code, message] of attempts) {
			const { artefacts } = await backUpSite(server(more), context());
			expect(artefacts[0]?.problem).toMatchObject({ code, message: expect.stringMatching(message) });
		}
		await stand.noHelperIsLeft();
	});

	test('BK-30: with its roles it is proved in a throwaway server of its version, once there is an image of that', async () => {
		const shop = server({ globals: true });
		expect(await backUpSite(shop, context())).toMatchObject({ artefacts: [{}, { status: 'ok' }] });
		const before = await inEngine();
		const drilled = async (of: Site, artefacts?: string[]) => {
			const options = { restorePoint: 'latest', workFolder: work, ...(artefacts && { artefacts }) };
			return (await drillSite(of, context(), options)).artefacts;
		};
		// A newer version proves less: rows may be written otherwise there.
		await stand.engine.docker.getImage(image).tag({ repo: 'postgres', tag: '16' });
		const because = expect.stringContaining('no image postgres:15 is in reach');
		expect(await drilled(shop)).toMatchObject([
			{ name: 'globals-shop', outcome: 'unproved', notes: [because] },
			{ name: 'db-shop', outcome: 'unproved', notes: [because] },
		]);
		const [database] = shop.backup.databases;
		if (database?.type !== 'postgres-server') throw new Error('No database.');
		const named = { ...shop, backup: { ...shop.backup, databases: [{ ...database, image }] } };
		expect(await drilled(named, ['globals-shop'])).toMatchObject([{ outcome: 'proved', entries: 2 }]);
		await stand.engine.docker.getImage(image).tag({ repo: 'postgres', tag: '15' });
		expect(await drilled(shop, ['db-shop'])).toMatchObject([
			{ outcome: 'proved', tables: 3, rows: 1002, target: expect.stringContaining('throwaway') },
		]);
		expect(await inEngine()).toEqual(before);
		// And without programs on this machine a backup has them from there.
		const programs = await openServer(database, context(), []);
		expect(await serverVersion(programs)).toMatch(/^15\./);
		await programs.close();
		await stand.noHelperIsLeft();
		const present = [15, 16, 17, undefined].map((major) => presentImage(major, context()));
		expect(await Promise.all(present)).toEqual(['postgres:15', 'postgres:16', undefined, 'postgres:16']);
		// An image that the credential does not cover is not there.
		const docker = parseConnection({ ...stand.credential, allowedImages: 'shop/*, postgres:16' });
		expect(await presentImage(15, { ...context(), docker })).toBe('postgres:16');
		docker.allowedImages = ['shop/*'];
		expect(await failureOf(openServer(database, { ...context(), docker }, []))).toMatchObject({
			code: 'programs_missing',
			remedy: expect.stringContaining('"Allowed Images"'),
		});
	});
});
