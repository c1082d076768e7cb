import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';

import { backUpSite, listKeptCopies, removeKeptCopies, restoreSite } from '../../../src/backup';
import { Database } from '../../../src/backup/postgres/database';
import { DockerError } from '../../../src/docker';
import type { Site } from '../../../src/shared';
import { imageTag } from '../../support/images/images';
import { failureOf, site, startDatabase, until, useBackupStand } from './engine-stand';
import { killAtEachRequest } from './killed-restore';
import { commandLine } from './stand';

const stand = useBackupStand('restore-db-killed', ['tools', 'postgres']);
let psql: (sql: string, at?: string) => Promise<string>;

beforeAll(async () => {
	psql = await startDatabase(stand, 'shop-db', 'shop');
});

const databases = async (): Promise<string[]> => {
	const sql = "select datname from pg_database where datname !~ '^(postgres|template.)$' order by 1";
	return (await psql(sql, 'postgres')).split('\n').filter(Boolean);
};
const commentOf = (name: string): string =>
	`select shobj_description(oid, 'pg_database') from pg_database where datname = '${name}'`;
/** As a database has it that was kept once and put back by hand. */
const former = (year: string): string =>
	`[opsdesk: kept since ${year}-01-01T00:00:00.000Z, when 20010101T000000Z-abc123 was restored to "shop"]`;
const goods = async (at?: string): Promise<string> => await psql('select name from goods', at);

test('BK-26: a restore of a database is killed at each of its steps: old or new, what was there is kept, and it can be run again', async () => {
	await psql(`create table goods (name text); insert into goods values ('saved')`);
	const shop = site({
		backup: { databases: [{ name: 'shop', type: 'postgres', container: 'shop-db', database: 'shop' }] },
		destinations: [{ name: 'local', type: 'directory', path: stand.folder() }],
	});
	await backUpSite(shop, stand.context());
	await psql(`update goods set name = 'live'`);
	const states = new Set<string>();
	const isQuiet = async (): Promise<boolean> => {
		const others = `select count(*) from pg_stat_activity where application_name like 'opsdesk%'`;
		return (await psql(others, 'postgres')) === '0';
	};
	const killed = await killAtEachRequest(stand, shop, {}, async () => {
		await until('what was begun in the container has ended', isQuiet);
		const state = await goods();
		states.add(state);
		expect(['live', 'saved']).toContain(state);
		const kept = (await databases()).filter((name) => name.startsWith('shop_before_'));
		expect(await Promise.all(kept.map((name) => goods(name)))).toEqual(state === 'saved' ? ['live'] : []);
		await psql(`update goods set name = 'live'`);
		for (const name of kept) await psql(`drop database "${name}"`, 'postgres');
	});
	expect(killed).toBeGreaterThan(8);
	expect([...states].sort()).toEqual(['live', 'saved']);
	expect(await goods()).toBe('saved');
	// One that was still filled by the program of a killed restore goes with the next one.
	await psql(`update goods set name = 'live'`);
	const { artefacts } = await restoreSite(shop, stand.context(), { restorePoint: 'latest', overwrite: true });
	expect([await goods(), await goods(artefacts[0]?.previous?.replace('database ', ''))]).toEqual([
		'saved',
		'live',
	]);
	expect((await databases()).filter((name) => name.includes('_restore_'))).toEqual([]);
	expect(await stand.engine.cli('exec', 'shop-db', 'ls', '/tmp')).toBe('');
});

test('BK-26: databases that restores have kept are listed with their latest age and their size, and removed when nobody is in one', async () => {
	for (const name of await databases()) await psql(`drop database "${name}"`, 'postgres');
	await psql('create database shop', 'postgres');
	await psql(
		`create table goods (name text); insert into goods values ('saved');
			comment on database shop is '${former('2001')}\nours\n${former('2002')}'`,
	);
	const shop = site({
		backup: { databases: [{ name: 'shop', type: 'postgres', container: 'shop-db', database: 'shop' }] },
		destinations: [{ name: 'local', type: 'directory', path: stand.folder() }],
	});
	const { id } = await backUpSite(shop, stand.context());
	const name = (
		await restoreSite(shop, stand.context(), { restorePoint: id, overwrite: true })
	).artefacts[0]?.previous?.replace('database ', '');
	expect(await psql(commentOf('shop'), 'postgres')).toBe('ours');
	// The first by its name alone, the second with a mark for another database: neither is known to be ours.
	const foreign = ['shop_before_abc123_0123abcd', 'shop_before_abc123_4567abcd'];
	for (const other of foreign) await psql(`create database ${other}`, 'postgres');
	const mark = (await psql(commentOf(String(name)), 'postgres')).split('\n');
	expect(mark).toEqual(['ours', expect.stringMatching(/^\[opsdesk: kept since .* restored to "shop"\]$/)]);
	await psql(`comment on database ${foreign[1]} is '${mark[1]?.replace('"shop"', '"other"')}'`, 'postgres');
	await psql(`comment on database ${name} is '${former('2001')}\n${mark.join('\n')}'`, 'postgres');
	const later = stand.context({ now: () => new Date(Date.now() + 20 * 24 * 60 * 60_000) });
	const { copies } = await listKeptCopies(shop, later);
	expect(copies.map((copy) => [copy.name, copy.restorePoint, copy.ageDays])).toEqual([
		...foreign.map((other) => [other, undefined, undefined]),
		[name, id, 20],
	]);
	expect(copies.every(({ sizeBytes = 0 }) => sizeBytes > 1_000_000)).toBe(true);
	const remove = () => removeKeptCopies(shop, later, { olderThanDays: 14 });
	const session = stand.engine
		.cli('exec', 'shop-db', 'psql', '-U', 'postgres', '-d', String(name), '-c', 'select pg_sleep(1000)')
		.catch(() => '');
	const isIn = async () =>
		(await psql(`select count(*) from pg_stat_activity where datname = '${name}'`)) === '1';
	await until('somebody looks into it', isIn);
	expect(await remove()).toMatchObject({
		status: 'failed',
		message: expect.stringContaining('is being accessed by other users'),
	});
	await psql(`select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`);
	await session;
	await psql('alter table goods rename to other; drop table other');
	expect((await remove()).copies.find((copy) => copy.name === name)).toMatchObject({
		action: 'kept',
		reason: expect.stringContaining('may be all there is'),
	});
	await psql('create table goods (name text)');
	expect(await remove()).toMatchObject({
		status: 'warning',
		message: expect.stringContaining('Removed 1 of 3'),
	});
	expect(await databases()).toEqual(['shop', ...foreign]);
});

/** Something that happens around the change of names of a restore. */
async function withChange<T>(
	around: (change: () => Promise<void>) => Promise<void>,
	work: () => Promise<T>,
): Promise<T> {
	const { runOrElse, rows } = Database.prototype;
	const spies = [
		jest.spyOn(Database.prototype, 'runOrElse').mockImplementation(async function (this: Database, ...given) {
			await around(() => runOrElse.apply(this, given));
		}),
		jest.spyOn(Database.prototype, 'rows').mockImplementation(async function (this: Database, ...given) {
			if (!given[0].includes('rename to')) return await rows.apply(this, given);
			await around(async () => void (await rows.apply(this, given)));
			return [];
		}),
	];
	try {
		return await work();
	} finally {
		for (const spy of spies) spy.mockRestore();
	}
}

/** A site that was saved with other content than its database has now. */
async function savedAndChanged(): Promise<Site> {
	for (const name of await databases()) await psql(`drop database "${name}"`, 'postgres');
	await psql('create database shop', 'postgres');
	await psql(`create table goods (name text); insert into goods values ('saved')`);
	const shop = site({
		backup: { databases: [{ name: 'shop', type: 'postgres', container: 'shop-db', database: 'shop' }] },
		destinations: [{ name: 'local', type: 'directory', path: stand.folder() }],
	});
	await backUpSite(shop, stand.context());
	await psql(`update goods set name = 'live'`);
	return shop;
}

async function restore(of: Site): Promise<string | undefined> {
	const { artefacts } = await restoreSite(of, stand.context(), { restorePoint: 'latest', overwrite: true });
	return artefacts[0]?.previous?.replace('database ', '');
}

test.each([
	['replaced', true],
	['made', false],
])(
	'BK-26: a database that was %s is told as restored, also when the answer of the change is lost',
	async (_, isThere) => {
		const shop = await savedAndChanged();
		if (!isThere) await psql('drop database shop', 'postgres');
		const restored = await withChange(
			async (change) => {
				await change();
				throw new DockerError('unreachable', 'The connection broke.', 'Try again.');
			},
			() => restore(shop),
		);
		expect(await goods()).toBe('saved');
		expect(await databases()).toEqual(isThere ? ['shop', restored] : ['shop']);
		if (isThere) expect(await goods(restored)).toBe('live');
	},
);

test('BK-26: a change of names that is lost before it begins does not take place any more', async () => {
	const shop = await savedAndChanged();
	let late: Promise<unknown> | undefined;
	const attempt = withChange(
		(change) => {
			const isGone = async () => (await databases()).length === 1;
			late = failureOf(until('the new database is gone', isGone).then(change));
			throw new DockerError('unreachable', 'The connection broke.', 'Try again.');
		},
		() => restore(shop),
	);
	expect(await failureOf(attempt)).toMatchObject({ code: 'unreachable' });
	expect(await late).toMatchObject({ message: expect.stringContaining('_restore_') });
	expect(await databases()).toEqual(['shop']);
	expect(await goods()).toBe('live');
});

test('BK-26: when nobody can say whether the names were changed, it is told where what was there would be', async () => {
	const shop = await savedAndChanged();
	const container = stand.engine.docker.getContainer('shop-db');
	const attempt = withChange(
		async (change) => {
			await change();
			await container.stop();
			throw new DockerError('unreachable', 'The connection broke.', 'Try again.');
		},
		() => restore(shop),
	);
	const failure = await failureOf(attempt);
	await container.start();
	const isUp = () =>
		psql('select 1').then(
			() => true,
			() => false,
		);
	await until('PostgreSQL is up again', isUp);
	const [, kept = ''] = await databases();
	expect(await goods(kept)).toBe('live');
	expect(failure).toMatchObject({
		code: 'target_swap_failed',
		message: expect.stringContaining(`what was there before is the database ${kept}.`),
		remedy: expect.stringContaining('alter database "shop" with allow_connections true'),
	});
});

test('BK-26: a change of names by the programs of an image comes to its end when the process is killed', async () => {
	const password = 'pass word';
	await savedAndChanged();
	await psql(`alter role postgres password '${password}'`);
	const { NetworkSettings } = await stand.engine.docker.getContainer('shop-db').inspect();
	const host = NetworkSettings.Networks['bridge']?.IPAddress ?? '';
	const server = { type: 'postgres-server', host, user: 'postgres', image: imageTag('postgres') } as const;
	const shop = site({
		backup: { databases: [{ name: 'shop', database: 'shop', ...server }] },
		destinations: [{ name: 'local', type: 'directory', path: stand.folder() }],
	});
	await psql(`update goods set name = 'saved'`);
	await backUpSite(shop, stand.context({ secrets: { databasePasswords: { '*': password } } }));
	await psql(`update goods set name = 'live'`);
	const file = `${stand.folder()}/shop.json`;
	writeFileSync(file, JSON.stringify(shop));
	// It keeps the name from being changed.
	const held = `begin; comment on database shop is 'held'; select pg_sleep(1000)`;
	await stand.engine.cli('exec', '-d', 'shop-db', 'psql', '-U', 'postgres', '-c', held);
	const isHeld = `from pg_stat_activity where query = $q$${held}$q$`;
	await until('it is held', async () => (await psql(`select count(*) ${isHeld}`, 'postgres')) === '1');
	const isOpen = `select datallowconn from pg_database where datname = 'shop'`;
	const engine = ['--state', stand.folder(), '--docker', `unix://${stand.engine.socketPath}`];
	const given = ['backup', 'restore', 'latest', '--site', file, '--overwrite', ...engine];
	const child = spawn(process.execPath, [commandLine, ...given], {
		env: { ...process.env, OPSDESK_PG_PASSWORD: password },
		stdio: 'ignore',
	});
	const ended = once(child, 'exit');
	await until('the names are being changed', async () => (await psql(isOpen, 'postgres')) === 'f');
	child.kill('SIGKILL');
	await ended;
	const [helper] = await stand.engine.docker.listContainers({ filters: { label: ['opsdesk.helper'] } });
	const isLeft = async () =>
		(await stand.helpers()).length === 0 ||
		(await stand.engine.cli('exec', helper?.Id ?? '', 'ls', '-A', '/tmp')).includes('.opsdesk-gone');
	await until('it is left to itself', isLeft);
	await psql(`select pg_terminate_backend(pid) ${isHeld}`, 'postgres');
	await until('the container is gone', async () => (await stand.helpers()).length === 0);
	expect(await psql(isOpen, 'postgres')).toBe('t');
	expect(await goods()).toBe('saved');
});
