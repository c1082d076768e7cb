import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { backUpSite, listKeptCopies, removeKeptCopies, restoreSite } from '../../../src/backup';
import { runCommandLine } from '../../../src/cli';
import type { Site } from '../../../src/shared';
import { imageTag } from '../../support/images/images';
import { failureOf, useBackupStand } from './engine-stand';
import { killAtEachRequest } from './killed-restore';
import { obedient } from './quiet-stand';
import { BusyWriter, makeDatabase, sqlite3, sqliteSite } from './sqlite-stand';
import { listTree } from './stand';

const stand = useBackupStand('sqlite-container', ['tools']);
const programs = {
	sqlite3: '/usr/bin/sqlite3',
	python3: '/usr/bin/python3',
	node: '/node/node',
};
let containers = 0;

/** A running container that has a folder as `/data`, and these programs; it ends at once unless the condition holds. */
async function startContainer(
	data: string,
	names: (keyof typeof programs)[],
	condition = 'true',
	more: string[] = [],
): Promise<string> {
	containers += 1;
	const name = `shop-app-${containers}`;
	const found = join(stand.folder(), 'programs');
	mkdirSync(found);
	for (const program of names) symlinkSync(programs[program], join(found, program));
	const container = await stand.engine.docker.createContainer({
		name,
		Image: imageTag('tools'),
		Cmd: ['sh', '-c', `${condition} || exit 3; exec sleep 100000`],
		...obedient,
		Env: ['PATH=/programs:/bin'],
		HostConfig: {
			Binds: [
				...['/usr:/usr:ro', '/usr/lib:/lib:ro', '/usr/lib64:/lib64:ro'],
				...[`${dirname(process.execPath)}:/node:ro`, `${found}:/programs:ro`, `${data}:/data`],
				...more,
			],
		},
	});
	await container.start();
	return name;
}

const inContainer = (container: string, backups: string, path = '/data/app.db'): Site =>
	sqliteSite(path, backups, { container });

const leftInTmp = async (container: string): Promise<string> =>
	(await stand.engine.cli('exec', container, 'sh', '-c', 'ls -A /tmp')).trim();

test.each(['sqlite3', 'python3', 'node'] as const)(
	'a database in use in a container is copied consistently by %s, and nothing is left there',
	async (program) => {
		const [data, backups] = [stand.folder(), stand.folder()];
		const container = await startContainer(data, [program]);
		const writer = await BusyWriter.start(join(data, 'app.db'), 'wal');
		try {
			const { committed } = writer;
			const report = await backUpSite(inContainer(container, backups), stand.context());
			expect(report).toMatchObject({ status: 'ok', artefacts: [{ kind: 'sqlite', warnings: [] }] });
			expect(await leftInTmp(container)).toBe('');
			const to = join(stand.folder(), 'app.db');
			await restoreSite(inContainer(container, backups), stand.context(), {
				restorePoint: 'latest',
				to: { 'db-app': to },
			});
			const [debit, credit] = sqlite3(
				to,
				'select count(*) from debit union all select count(*) from credit',
			).split('\n');
			expect(debit).toBe(credit);
			expect(Number(debit)).toBeGreaterThanOrEqual(committed);
		} finally {
			await writer.stop();
		}
	},
);

test('what cannot be copied in a container is refused with its reason', async () => {
	const [data, backups] = [stand.folder(), stand.folder()];
	makeDatabase(join(data, 'app.db'));
	const bare = await startContainer(data, []);
	const full = await startContainer(data, ['sqlite3']);
	const refusal = async (container: string, path?: string): Promise<string> => {
		const report = await backUpSite(inContainer(container, backups, path), stand.context());
		expect(await leftInTmp(container)).toBe('');
		const { code, message } = report.artefacts[0]?.problem ?? {};
		return `${code}: ${message}`;
	};
	expect(await refusal(bare)).toMatch(
		/^source_unreadable: .*holds none of the programs .*sqlite3, python3, Node/,
	);
	expect(await refusal(full, '/data/none.db')).toMatch(/^source_missing: .*does not exist/);
	expect(await refusal(full, '/programs')).toMatch(/^source_missing: /);
	expect(await refusal(full, '/bin/sh')).toMatch(
		/^source_unreadable: .*no SQLite database, or an encrypted one/,
	);
	const strange = '/data/it\'s; $(touch pwned) "x"?mode=rwc#\n.db';
	makeDatabase(join(data, strange.slice(6)), 9);
	expect(await backUpSite(inContainer(full, backups, strange), stand.context())).toMatchObject({
		status: 'ok',
	});
});

test('a database goes back into the folder of a container that was stopped; while that one or another with the folder runs it is refused', async () => {
	const [data, backups] = [stand.folder(), stand.folder()];
	const path = join(data, 'sub', 'app.db');
	mkdirSync(dirname(path));
	makeDatabase(path, 50, 'wal');
	const container = await startContainer(data, ['sqlite3']);
	const site = inContainer(container, backups, '/data/sub/app.db');
	const { id } = await backUpSite(site, stand.context());
	sqlite3(path, 'delete from orders where id > 10');
	const restore = (overwrite: boolean) =>
		restoreSite(site, stand.context(), { restorePoint: 'latest', overwrite });
	expect(await failureOf(restore(true))).toMatchObject({
		code: 'target_in_use',
		message: expect.stringContaining('the container is running'),
	});
	await stand.engine.cli('stop', '-t', '1', container);
	const other = await startContainer(data, []);
	expect(await failureOf(restore(true))).toMatchObject({
		code: 'target_in_use',
		message: expect.stringContaining(`is in use by ${other}.`),
	});
	await stand.engine.cli('stop', '-t', '1', other);
	expect(await failureOf(restore(false))).toMatchObject({ code: 'target_not_empty' });
	const { artefacts } = await restore(true);
	expect(artefacts).toMatchObject([{ previous: `/data/sub/app.db.before-${id}` }]);
	expect(sqlite3(path, 'select count(*) from orders')).toBe('50');
	expect(sqlite3(`${path}.before-${id}`, 'select count(*) from orders')).toBe('10');
	await stand.noHelperIsLeft();
});

test.each(['', '-wal'])(
	'a database whose file app.db%s is a mount of its own is refused, not put under it',
	async (end) => {
		const [data, other, backups] = [stand.folder(), stand.folder(), stand.folder()];
		makeDatabase(join(data, 'app.db'), 10);
		makeDatabase(join(other, 'app.db'), 50);
		writeFileSync(join(other, 'app.db-wal'), '');
		const container = await startContainer(data, ['sqlite3'], 'true', [
			`${other}/app.db${end}:/data/app.db${end}`,
		]);
		const site = inContainer(container, backups);
		expect(await backUpSite(site, stand.context())).toMatchObject({ status: 'ok' });
		await stand.engine.cli('stop', '-t', '1', container);
		const before = [listTree(data), listTree(other)];
		expect(
			await failureOf(restoreSite(site, stand.context(), { restorePoint: 'latest', overwrite: true })),
		).toMatchObject({
			code: 'target_refused',
			message: expect.stringContaining(
				`/data/app.db${end} in the container ${container} is a mount of its own`,
			),
		});
		expect([listTree(data), listTree(other)]).toEqual(before);
	},
);

test.each([
	['alone', false],
	['with what SQLite keeps beside it', true],
])(
	'BK-27: a database %s in a container is taken back when that is not well after it was started again',
	async (_, hasIndex) => {
		const [data, backups] = [stand.folder(), stand.folder()];
		const path = join(data, 'app.db');
		makeDatabase(path, 50);
		const count = 'select count(*) from orders';
		// What was saved is well only with this file beside it.
		writeFileSync(join(data, 'well'), '');
		const isWell = `case "$(sqlite3 /data/app.db '${count}')" in 50) [ -e /data/well ];; esac`;
		const container = await startContainer(data, ['sqlite3'], isWell);
		const site = inContainer(container, backups);
		const { id } = await backUpSite(site, stand.context());
		await stand.engine.cli('stop', '-t', '1', container);
		sqlite3(path, 'delete from orders where id > 10');
		rmSync(join(data, 'well'));
		if (hasIndex) writeFileSync(`${path}-shm`, '');
		await stand.engine.cli('start', container);
		const before = listTree(data);
		// What was there is kept beside what was saved.
		stand.tellOnceEnded(
			container,
			() => !existsSync(join(data, 'well')) && existsSync(`${path}.before-${id}`),
		);
		const restore = () =>
			restoreSite(site, stand.context({ stateFolder: stand.folder() }), {
				restorePoint: 'latest',
				overwrite: true,
				stopContainers: true,
				containers: { settleMs: 500 },
			});
		expect(await failureOf(restore())).toMatchObject({
			code: 'restore_rolled_back',
			message: expect.stringContaining(`As before: database /data/app.db in the container ${container}.`),
		});
		expect(sqlite3(path, count)).toBe('10');
		expect(listTree(data)).toEqual(before);
		writeFileSync(join(data, 'well'), '');
		const { artefacts, consistency } = await restore();
		expect(consistency).toMatchObject({
			containers: [{ name: container, action: 'stopped', now: 'running' }],
		});
		expect(artefacts).toMatchObject([{ previous: `/data/app.db.before-${id}` }]);
		expect([sqlite3(path, count), sqlite3(`${path}.before-${id}`, count)]).toEqual(['50', '10']);
		const copy = {
			place: `database /data/app.db in the container ${container}`,
			name: `app.db.before-${id}`,
		};
		expect(await listKeptCopies(site, stand.context())).toMatchObject({ copies: [{ ...copy, ageDays: 0 }] });
		const later = stand.context({ now: () => new Date(Date.now() + 20 * 24 * 60 * 60_000) });
		const removal = await removeKeptCopies(site, later, { olderThanDays: 14 });
		expect(removal).toMatchObject({ status: 'ok', copies: [{ ...copy, action: 'removed' }] });
		expect(listTree(data)).toEqual(['app.db', 'well']);
	},
);

test('BK-26: a restore into the folder of a container is killed at each of its steps: old or new, and it can be run again', async () => {
	const [data, backups] = [stand.folder(), stand.folder()];
	const path = join(data, 'app.db');
	makeDatabase(path, 50);
	const container = await startContainer(data, ['sqlite3']);
	const site = inContainer(container, backups);
	const { id } = await backUpSite(site, stand.context());
	await stand.engine.cli('stop', '-t', '1', container);
	const rows = (file: string): string => sqlite3(file, 'select count(*) from orders');
	const toLive = (): void => {
		if (rows(path) !== '10') sqlite3(path, 'delete from orders where id > 10');
	};
	const states = new Set<string>();
	toLive();
	const killed = await killAtEachRequest(stand, site, {}, () => {
		const state = rows(path);
		states.add(state);
		const kept = readdirSync(data).filter((name) => name.startsWith('app.db.before-'));
		expect(kept.map((name) => rows(join(data, name)))).toEqual(state === '50' ? ['10'] : []);
		for (const name of kept) rmSync(join(data, name));
		toLive();
		return Promise.resolve();
	});
	expect(killed).toBeGreaterThan(4);
	expect([...states].sort()).toEqual(['10', '50']);
	expect([rows(path), rows(`${path}.before-${id}`)]).toEqual(['50', '10']);
	expect(readdirSync(data).sort()).toEqual(['app.db', `app.db.before-${id}`]);
});

test('the command restores a database in a folder that a container has mounted, and lists what it kept', async () => {
	const [data, backups] = [stand.folder(), stand.folder()];
	const path = join(data, 'app.db');
	makeDatabase(path, 50);
	const container = await startContainer(data, ['sqlite3']);
	const site = inContainer(container, backups);
	const { id } = await backUpSite(site, stand.context());
	await stand.engine.cli('stop', '-t', '1', container);
	sqlite3(path, 'delete from orders where id > 10');
	const file = join(stand.folder(), 'site.json');
	writeFileSync(file, JSON.stringify(site));
	const run = async (...args: string[]) => {
		const printed = { out: '', err: '' };
		const where = [
			'--site',
			file,
			'--docker',
			`unix://${stand.engine.socketPath}`,
			'--state',
			stand.folder(),
		];
		const exitCode = await runCommandLine(['backup', ...args, ...where], {
			out: (text) => (printed.out += text),
			err: (text) => (printed.err += text),
			env: {},
		});
		return { exitCode, ...printed };
	};
	expect(await run('restore', 'latest', '--overwrite')).toMatchObject({ exitCode: 0, err: '' });
	expect(sqlite3(path, 'select count(*) from orders')).toBe('50');
	const kept = await run('kept', 'list');
	expect(kept).toMatchObject({ exitCode: 0, err: '' });
	expect(kept.out).toContain(`app.db.before-${id}`);
});
