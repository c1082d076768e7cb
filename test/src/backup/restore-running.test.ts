import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type Docker from 'dockerode';

import {
	backUpSite,
	planRestore,
	recoverContainers,
	restoreSite,
	type BackupContext,
	type RestoreOptions,
} from '../../../src/backup';
import { runCommandLine } from '../../../src/cli';
import type { Site } from '../../../src/shared';
import { fromDefinition, runNode } from '../../nodes/SiteBackup/site-runner';
import type { WorkflowRun } from '../../support/in-process';
import { failureOf, site, until } from './engine-stand';
import { obedient, useQuietStand } from './quiet-stand';
import { makeDatabase, sqlite3 } from './sqlite-stand';
import { compiledBackup, describeTree } from './stand';

const stand = useQuietStand('restore-running');
const milliseconds = 1_000_000;
/** Well as long as the file `ok` is there. */
const healthCheck = {
	Test: ['CMD-SHELL', 'test -f /data/ok'],
	Interval: 200 * milliseconds,
	Timeout: 5000 * milliseconds,
	Retries: 2,
};
let volumes = 0;
let data: string;
let shop: Site;
let backups: string;

/** A site of one volume; `saved` is in its restore point. */
async function shopWithVolume(saved: string[], live: string[]): Promise<string> {
	const volume = `shop_${(volumes += 1)}`;
	data = await stand.volume(volume);
	backups = stand.folder();
	fill(saved, 'saved');
	shop = site({
		backup: { volumes: [{ name: 'data', volume }] },
		destinations: [{ name: 'local', type: 'directory', path: backups }],
	});
	await backUpSite(shop, stand.context());
	fill(live, 'live');
	return volume;
}

function fill(names: string[], content: string): void {
	for (const name of readdirSync(data)) rmSync(join(data, name), { recursive: true });
	for (const name of names) writeFileSync(join(data, name), content);
}

const serve = (volume: string, more: Docker.ContainerCreateOptions = {}, name = 'shop-web') =>
	stand.run(name, { HostConfig: { Binds: [`${volume}:/data`] }, Healthcheck: healthCheck, ...more });

const containers = { healthTimeoutMs: 30_000, settleMs: 300 };
const wanted = { restorePoint: 'latest', overwrite: true, stopContainers: true, containers };
const restore = (more: Partial<RestoreOptions> = {}, context: Partial<BackupContext> = {}) =>
	restoreSite(shop, stand.context(context), { ...wanted, ...more });

/** Without those of helpers. */
const actions = async (): Promise<string[]> =>
	(await stand.actions()).filter((action) => action.includes('shop-'));

const health = async (name = 'shop-web'): Promise<string | undefined> =>
	(await stand.engine.docker.getContainer(name).inspect()).State.Health?.Status;

test('BK-27: with consent the containers that use a volume are stopped for the change, started and found well', async () => {
	const volume = await shopWithVolume(['ok', 'a'], ['ok', 'b']);
	await serve(volume);
	await stand.run('shop-other');
	expect(await failureOf(restore({ stopContainers: false }))).toMatchObject({ code: 'target_in_use' });
	expect(readdirSync(data).sort()).toEqual(['b', 'ok']);
	const report = await restore();
	expect(report).toMatchObject({
		artefacts: [{ name: 'volume-data', previous: expect.stringContaining('.opsdesk-before-') }],
		consistency: { containers: [{ name: 'shop-web', action: 'stopped', now: 'running' }] },
	});
	expect(await actions()).toEqual(['stop shop-web', 'start shop-web']);
	expect(await health()).toBe('healthy');
	expect(readFileSync(join(data, 'a'), 'utf8')).toBe('saved');
	expect(readdirSync(data).sort()).toEqual([`.opsdesk-before-${report.id}`, 'a', 'ok']);
});

test('BK-27: a container that somebody stops at that very moment stays stopped, and is no reason to take the restore back', async () => {
	const volume = await shopWithVolume(['ok', 'a'], ['ok', 'b']);
	const web = await serve(volume);
	stand.proxy.before = async ({ url = '' }) => {
		if (url.includes(`${web.id}/stop`)) await web.stop();
		return undefined;
	};
	const report = await restore();
	stand.proxy.before = () => Promise.resolve(undefined);
	expect(report).toMatchObject({
		consistency: { containers: [{ name: 'shop-web', action: 'left', now: 'as it was' }] },
	});
	expect(await stand.states('shop-web')).toEqual({ 'shop-web': 'exited' });
	expect(readFileSync(join(data, 'a'), 'utf8')).toBe('saved');
});

test('BK-27: a dry run says which containers would be stopped, and stops none', async () => {
	const volume = await shopWithVolume(['ok'], ['ok']);
	await serve(volume);
	const plan = await planRestore(shop, stand.context(), wanted);
	expect(plan).toMatchObject({ ok: true, artefacts: [{ stops: ['shop-web'] }] });
	const refused = await planRestore({ ...shop, protected: ['shop-web'] }, stand.context(), wanted);
	expect(refused).toMatchObject({ ok: false, artefacts: [{ problem: { code: 'container_protected' } }] });
	expect(await actions()).toEqual([]);
});

test('BK-27: when a container is unhealthy afterwards all is taken back, and the old content serves again', async () => {
	const volume = await shopWithVolume(['a'], ['ok', 'b']);
	await serve(volume);
	const error = await failureOf(restore());
	expect(error).toMatchObject({
		code: 'restore_rolled_back',
		message: `The restore was rolled back, because after it the container "shop-web" is unhealthy. As before: volume ${volume}. Well again: shop-web.`,
	});
	expect(await health()).toBe('healthy');
	expect(readdirSync(data).sort()).toEqual(['b', 'ok']);
	expect(readFileSync(join(data, 'ok'), 'utf8')).toBe('live');
	await stand.noHelperIsLeft();
});

test.each([
	['ends at once', 'test -f /data/ok || exit 3', 'is exited (exit code 3)', 0],
	['ends a little later', 'sleep 1; test -f /data/ok || exit 4', 'is exited (exit code 4)', 600],
])('BK-27: when a container %s afterwards all is taken back', async (_, begins, fault, runsMs) => {
	const volume = await shopWithVolume([], ['ok']);
	const Cmd = ['sh', '-c', `${begins}; echo ready; exec sleep 100000`];
	await serve(volume, { Cmd, ...obedient, Healthcheck: { Test: ['NONE'] } });
	await until('it runs', async () => (await stand.engine.cli('logs', 'shop-web')) === 'ready');
	stand.tellOnceEnded('shop-web', ({ StartedAt }) => {
		return !existsSync(join(data, 'ok')) && Date.now() - Date.parse(StartedAt) >= runsMs;
	});
	const error = await failureOf(restore({ containers: { ...containers, settleMs: 4000 } }));
	stand.proxy.before = () => Promise.resolve(undefined);
	expect(error).toMatchObject({ code: 'restore_rolled_back', message: expect.stringContaining(fault) });
	expect(await stand.states('shop-web')).toEqual({ 'shop-web': 'running' });
	expect(readdirSync(data)).toEqual(['ok']);
});

test('BK-27: a protected container is never stopped for a restore, and nothing is changed', async () => {
	const volume = await shopWithVolume(['a'], ['ok']);
	await serve(volume, { Labels: { 'opsdesk.protected': 'true' } });
	expect(await failureOf(restore())).toMatchObject({ code: 'container_protected' });
	expect(await actions()).toEqual([]);
	expect(readdirSync(data)).toEqual(['ok']);
});

/** Well as long as the live `ok` is there, and leaves something in a folder that a restore has made. */
const picky: Docker.ContainerCreateOptions = {
	Healthcheck: { ...healthCheck, Test: ['CMD-SHELL', 'test "$(cat /data/ok)" = live'] },
	Cmd: ['sh', '-c', 'if [ -d /data/new ]; then : > /data/new/made; fi; exec sleep 100000'],
	...obedient,
};

test('BK-27: single paths of a volume are taken back, with what a container has made beside them', async () => {
	const volume = await shopWithVolume([], []);
	fill(['ok', 'gone', 'same'], 'saved');
	mkdirSync(join(data, 'new/deeper'), { recursive: true });
	writeFileSync(join(data, 'new/deeper/x'), 'saved');
	const { id: restorePoint } = await backUpSite(shop, stand.context());
	fill(['ok', 'same'], 'live');
	const before = describeTree(data);
	await serve(volume, picky);
	const paths = { 'volume-data': ['ok', 'gone', 'new/deeper/x'] };
	expect(await failureOf(restore({ restorePoint, paths }))).toMatchObject({
		code: 'restore_rolled_back',
		message: expect.stringContaining(`As before: volume ${volume}. Well again: shop-web.`),
	});
	// The folder itself has another time, for the container had it mounted.
	expect(describeTree(data).replace(/^ d .*$/m, '')).toBe(before.replace(/^ d .*$/m, ''));
	await serve(volume, { Healthcheck: healthCheck }, 'shop-other');
	await stand.engine.docker.getContainer('shop-web').remove({ force: true });
	const { consistency } = await restore({ restorePoint, paths });
	expect(consistency).toMatchObject({ containers: [{ name: 'shop-other', now: 'running' }] });
	expect(readdirSync(data).sort()).toEqual(
		['gone', 'new', 'ok', 'same', expect.stringMatching(/^\.opsdesk-before-/)].sort(),
	);
});

test('BK-27: single paths of a directory and a database file, which is open in a container, are taken back with the volume', async () => {
	const volume = await shopWithVolume(['ok'], []);
	const parent = stand.folder();
	const [www, app] = [join(parent, 'www'), join(parent, 'app.db')];
	mkdirSync(join(www, 'new'), { recursive: true });
	for (const name of ['page', 'other', 'new/x']) writeFileSync(join(www, name), 'saved');
	makeDatabase(app, 50);
	shop = site({
		backup: {
			...{ volumes: [{ name: 'data', volume }], directories: [{ name: 'www', path: www }] },
			databases: [{ name: 'app', type: 'sqlite', path: app }],
		},
		destinations: [{ name: 'local', type: 'directory', path: backups }],
	});
	fill(['ok'], 'saved');
	const { id: restorePoint, status } = await backUpSite(shop, stand.context());
	expect(status).toBe('ok');
	fill(['ok'], 'live');
	rmSync(join(www, 'new'), { recursive: true });
	for (const name of ['page', 'other']) writeFileSync(join(www, name), 'live');
	sqlite3(app, 'delete from orders where id > 10');
	const before = describeTree(parent);
	const open = 'exec 3</site/app.db; if [ -d /site/www/new ]; then : > /site/www/new/made; fi';
	await serve(volume, {
		...picky,
		Cmd: ['sh', '-c', `${open}; exec sleep 100000`],
		HostConfig: { Binds: [`${volume}:/data`, `${parent}:/site`] },
	});
	const wantedParts = {
		restorePoint,
		artefacts: ['files-www', 'db-app', 'volume-data'],
		paths: { 'files-www': ['page', 'new/x'] },
	};
	expect(await failureOf(restore({ ...wantedParts, stopContainers: false }))).toMatchObject({
		code: 'target_in_use',
	});
	expect(await failureOf(restore(wantedParts))).toMatchObject({
		code: 'restore_rolled_back',
		message: expect.stringContaining(`database ${app}`),
	});
	const times = / -?\d+\.\d+ /g;
	expect(describeTree(parent).replace(times, ' ')).toBe(before.replace(times, ' '));
	expect(sqlite3(app, 'select count(*) from orders')).toBe('10');
	expect(await health()).toBe('healthy');
});

test('BK-27: of a path of the host exactly the containers are stopped that have mounted it', async () => {
	const folder = stand.folder();
	data = join(folder, 'www');
	mkdirSync(data);
	fill(['ok', 'a'], 'saved');
	shop = site({
		backup: { directories: [{ name: 'www', path: data, via: 'engine' }] },
		destinations: [{ name: 'local', type: 'directory', path: stand.folder() }],
	});
	await backUpSite(shop, stand.context());
	fill(['ok', 'b'], 'live');
	await serve(data);
	await serve(folder, { Healthcheck: { Test: ['NONE'] } }, 'shop-parent');
	await serve(stand.folder(), { Healthcheck: { Test: ['NONE'] } }, 'shop-other');
	await restore();
	expect((await actions()).sort()).toEqual(
		['shop-parent', 'shop-web'].flatMap((name) => [`start ${name}`, `stop ${name}`]).sort(),
	);
	expect(readdirSync(data).filter((name) => !name.startsWith('.'))).toEqual(['a', 'ok']);
	expect(await health()).toBe('healthy');
});

test('BK-27: killed between the change and the start, the next operation starts what was stopped', async () => {
	const volume = await shopWithVolume(['ok', 'a'], ['ok', 'b']);
	await serve(volume);
	const script = `
		const { Containers } = require(${JSON.stringify(join(compiledBackup, '../../docker/index.js'))});
		Containers.prototype.start = () => process.kill(process.pid, 'SIGKILL');
		require(${JSON.stringify(compiledBackup)}).restoreSite(
			${JSON.stringify(shop)}, ${JSON.stringify(stand.context())}, ${JSON.stringify(wanted)});`;
	const killed = stand.scope.start('killed', process.execPath, { args: ['-e', script] });
	await until('the process is gone', () => !killed.running());
	expect(killed.tail()).toBe('');
	expect(await stand.states('shop-web')).toEqual({ 'shop-web': 'exited' });
	expect(readdirSync(data)).toContain('a');
	expect(await recoverContainers(stand.context())).toMatchObject({ ok: true });
	expect(await stand.states('shop-web')).toEqual({ 'shop-web': 'running' });
});

test('BK-27: the options of the node stop containers, wait for their health and tell what was taken back', async () => {
	const volume = await shopWithVolume(['a', 'ok'], ['ok']);
	await serve(volume, picky);
	const run = async (options: object): Promise<WorkflowRun> =>
		await runNode(
			fromDefinition('restore', shop, { options: { overwrite: true, ...options } }),
			{},
			undefined,
			stand.credential as Record<string, string>,
		);
	// What an expression gives in place of a switch is no consent.
	for (const stopContainers of [undefined, '={{ "true" }}', 1]) {
		const { error } = await run({ ...(stopContainers !== undefined && { stopContainers }) });
		expect(error?.message).toContain('in use by shop-web');
	}
	const plan = (await run({ stopContainers: true, dryRun: true })).json('Backup')[0];
	expect(plan).toMatchObject({ ok: true, artefacts: [{ stops: ['shop-web'] }] });
	expect(await actions()).toEqual([]);
	const stop = { stopContainers: true, healthTimeoutSeconds: 30 };
	const { error } = await run(stop);
	expect(error?.message).toContain('was rolled back, because after it the container "shop-web" is unhealthy');
	expect(readdirSync(data)).toEqual(['ok']);
	expect((await run({ ...stop, healthTimeoutSeconds: 0 })).error?.message).toContain('Health Timeout');
	await stand.engine.docker.getContainer('shop-web').remove({ force: true });
	await serve(volume);
	expect((await run(stop)).json('Backup')[0]).toMatchObject({
		consistency: { containers: [{ name: 'shop-web', action: 'stopped', now: 'running' }] },
	});
	expect(readdirSync(data)).toContain('a');
});

test('BK-27: --stop-containers and --health-timeout do the same on the command line', async () => {
	const volume = await shopWithVolume(['a', 'ok'], ['ok']);
	await serve(volume, {
		...picky,
		Healthcheck: { ...picky.Healthcheck, Test: ['CMD-SHELL', 'false'], Retries: 1000 },
	});
	const file = join(stand.folder(), 'site.json');
	writeFileSync(file, JSON.stringify(shop));
	const run = async (...more: string[]): Promise<{ exitCode: number; out: string; err: string }> => {
		const printed = { out: '', err: '' };
		const { host, port } = stand.proxy;
		const place = ['--site', file, '--docker', `tcp://${host}:${port}`, '--state', stand.stateFolder];
		const exitCode = await runCommandLine(['backup', 'restore', 'latest', '--overwrite', ...place, ...more], {
			out: (text) => (printed.out += text),
			err: (text) => (printed.err += text),
			env: {},
		});
		return { exitCode, ...printed };
	};
	expect(await run()).toMatchObject({ exitCode: 1, err: expect.stringContaining('in use by shop-web') });
	expect(await run('--stop-containers', '--dry-run')).toMatchObject({
		exitCode: 0,
		out: expect.stringContaining('volume-data: the container shop-web uses it'),
	});
	expect(await actions()).toEqual([]);
	// It never gets healthy, neither with what was restored nor without.
	expect(await run('--stop-containers', '--health-timeout', '1')).toMatchObject({
		exitCode: 1,
		err: expect.stringMatching(/rolled back, .*"shop-web" is not healthy 1 second after its start.*Even now/),
	});
	expect(readdirSync(data)).toEqual(['ok']);
	expect(await run('--stop-containers', '--health-timeout', 'soon')).toMatchObject({ exitCode: 2 });
	await stand.engine.docker.getContainer('shop-web').remove({ force: true });
	await serve(volume);
	expect(await run('--stop-containers', '--health-timeout', '30')).toMatchObject({
		exitCode: 0,
		out: expect.stringMatching(/^ {2}shop-web was stopped for .* and is well again\.$/m),
	});
	expect(readdirSync(data)).toContain('a');
});
