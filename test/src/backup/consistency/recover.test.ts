import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';

import { backUpSite, listSite, recoverContainers } from '../../../../src/backup';
import { endpoint, parseConnection } from '../../../../src/docker';
import { FileStateStore, type Site } from '../../../../src/shared';
import { newHolder } from '../../../../src/backup/lock-holder';
import { Journal } from '../../../../src/backup/consistency/journal';
import type { ContainerRecord, RunRecord } from '../../../../src/backup/consistency/journal-document';
import { runCommandLine } from '../../../../src/cli';
import { until } from '../engine-stand';
import { useQuietStand } from '../quiet-stand';
import { compiledBackup } from '../stand';

const stand = useQuietStand('recover');
let children = 0;

/** Kills another process as soon as its containers are stopped and it reads files. */
async function killWhileStopped(site: Site, ...names: string[]): Promise<void> {
	children += 1;
	const { credential } = stand;
	const script = `const { backUpSite } = require(${JSON.stringify(compiledBackup)});
		const docker = require(${JSON.stringify(compiledBackup.replace('backup/index', 'docker/index'))}).parseConnection(${JSON.stringify(credential)});
		backUpSite(${JSON.stringify(site)}, { docker, stateFolder: ${JSON.stringify(stand.stateFolder)} },
			{ lockTimes: { heartbeatMs: 100, staleAfterMs: 60000 } })
			.then((report) => console.log(report.message), (error) => console.log(String(error)));`;
	const child = stand.scope.start(`killed-${children}`, process.execPath, { args: ['-e', script] });
	await until('containers that are stopped', async () => {
		const states = await stand.states(...names);
		return names.every((name) => states[name] !== 'running');
	});
	await child.end('SIGKILL');
}

/** Takes so long to read that there is time to be killed. */
function slowSite(more: Parameters<typeof stand.site>[0]): Site {
	const site = stand.site(more);
	const [directory] = site.backup.directories;
	execFileSync('truncate', ['-s', '6G', `${directory?.path}/zeros`]);
	return site;
}

const running = { 'shop-db': 'running', 'shop-web': 'running', 'shop-job': 'exited' };

describe('BK-2, BK-35: a run that is killed while its containers are down', () => {
	let site: Site;

	beforeEach(async () => {
		await stand.run('shop-db', { Labels: { 'opsdesk.backup.pause': 'true' } });
		await stand.run('shop-web');
		await (await stand.run('shop-job')).stop();
		site = slowSite({ containers: ['shop-db', 'shop-web', 'shop-job'], consistency: 'stop' });
		await killWhileStopped(site, 'shop-db', 'shop-web');
		expect(await stand.states('shop-db', 'shop-web')).toEqual({ 'shop-db': 'paused', 'shop-web': 'exited' });
	});

	test('is repaired by listing, which starts exactly those that ran', async () => {
		const listed = await listSite(site, stand.context());
		expect(listed.recovered).toMatchObject([
			{
				site: 'shop',
				because: 'gone',
				ok: true,
				message: expect.stringMatching(/was killed; running again: shop-db, shop-web\.$/),
			},
		]);
		expect(await stand.states('shop-db', 'shop-web', 'shop-job')).toEqual(running);
		expect(await listSite(site, stand.context())).not.toHaveProperty('recovered');
	});

	test('is repaired by the next run, which says so and then stops them for itself', async () => {
		const [directory] = site.backup.directories;
		rmSync(`${directory?.path}/zeros`);
		const report = await backUpSite(site, stand.context());
		expect(report).toMatchObject({
			status: 'ok',
			message: expect.stringContaining('was killed; running again'),
		});
		expect(report.consistency?.containers.map(({ action, now }) => `${action} ${now}`)).toEqual([
			'paused running',
			'stopped running',
			'left as it was',
		]);
		expect(await stand.states('shop-db', 'shop-web', 'shop-job')).toEqual(running);
	});

	test('is repaired by "opsdesk backup recover", with exit code 0 and the journal emptied', async () => {
		const out: string[] = [];
		const call = () =>
			runCommandLine(
				['backup', 'recover', '--docker', `unix://${stand.engine.socketPath}`, '--state', stand.stateFolder],
				{ out: (text) => out.push(text), err: (text) => out.push(text), env: {} },
			);
		expect(await call()).toBe(0);
		expect(out.join('')).toMatch(/running again: shop-db, shop-web\.\n$/);
		expect(await stand.states('shop-db', 'shop-web', 'shop-job')).toEqual(running);
		out.length = 0;
		expect(await call()).toBe(0);
		expect(out.join('')).toMatch(/^Nothing is to be brought back/);
	});

	test('is told as a problem where no engine is given, and stays in the journal', async () => {
		const recovery = await recoverContainers({ stateFolder: stand.stateFolder });
		expect(recovery).toMatchObject({
			ok: false,
			recovered: [{ problems: [{ code: 'engine_missing', message: expect.stringContaining('"shop-web"') }] }],
		});
		expect(await recoverContainers(stand.context())).toMatchObject({ ok: true, recovered: [{ ok: true }] });
	});
});

/** Puts into the journal what a run that was killed would have left there. */
async function leave(records: Partial<ContainerRecord>[], run: Partial<RunRecord> = {}): Promise<Journal> {
	const journal = new Journal(new FileStateStore(stand.stateFolder));
	const now = new Date();
	await journal.add({
		site: 'shop',
		run: '20261120T020000Z-1a2b3c',
		engine: endpoint(parseConnection(stand.credential)),
		holder: newHolder('other', now),
		since: now.toISOString(),
		aliveAt: now.toISOString(),
		left: true,
		after: [],
		...run,
		containers: records.map((record) => ({
			id: '0'.repeat(64),
			name: 'shop-web',
			action: 'stop',
			level: 0,
			awaitHealthy: false,
			graceSeconds: 1,
			touchedAt: now.toISOString(),
			settled: true,
			closed: false,
			...record,
		})),
	});
	return journal;
}

test('BK-35: a container that was made anew in the place of the one that was stopped is started', async () => {
	const Labels = { 'com.docker.compose.project': 'shop', 'com.docker.compose.service': 'web' };
	await (await stand.run('shop-web', { Labels })).stop();
	await leave([{ project: 'shop', service: 'web' }]);
	const recovery = await recoverContainers(stand.context());
	expect(recovery.recovered).toMatchObject([
		{ ok: true, containers: [{ now: 'running', warnings: [expect.stringContaining('was made anew')] }] },
	]);
	expect(await stand.states('shop-web')).toEqual({ 'shop-web': 'running' });
});

test('BK-35: one of the same name that belongs to something else is left alone, and the loss is told', async () => {
	const Labels = { 'com.docker.compose.project': 'other', 'com.docker.compose.service': 'web' };
	await (await stand.run('shop-web', { Labels })).stop();
	const journal = await leave([{ project: 'shop', service: 'web' }]);
	const recovery = await recoverContainers(stand.context());
	expect(recovery.recovered).toMatchObject([
		{ containers: [{ now: 'gone', warnings: [expect.stringContaining('was removed meanwhile')] }] },
	]);
	expect(await stand.states('shop-web')).toEqual({ 'shop-web': 'exited' });
	expect(await journal.runs()).toEqual([]);
});

test('BK-35: a container whose port is taken stays in the journal, and is started once the port is free', async () => {
	const HostConfig = { PortBindings: { '80/tcp': [{ HostIp: '127.0.0.1', HostPort: '18476' }] } };
	const web = await stand.run('shop-web', { HostConfig, ExposedPorts: { '80/tcp': {} } });
	await web.stop();
	const thief = await stand.run('shop-thief', { HostConfig, ExposedPorts: { '80/tcp': {} } });
	const journal = await leave([{ id: web.id }]);
	const recovery = await recoverContainers(stand.context());
	expect(recovery).toMatchObject({
		ok: false,
		recovered: [
			{
				ok: false,
				message: expect.stringContaining('still down: shop-web'),
				problems: [
					{
						code: 'container_not_started',
						message: expect.stringMatching(
							/^The container "shop-web" is down .*port is already allocated\.$/,
						),
						remedy: expect.stringContaining('opsdesk backup recover'),
					},
				],
			},
		],
	});
	expect(await journal.runs()).toMatchObject([{ left: true }]);
	await thief.stop();
	expect(await recoverContainers(stand.context())).toMatchObject({ ok: true });
	expect(await stand.states('shop-web')).toEqual({ 'shop-web': 'running' });
	expect(await journal.runs()).toEqual([]);
});

test('what a living run holds is left alone unless that is forced, or its time is over', async () => {
	const web = await stand.run('shop-web');
	await web.stop();
	await leave([{ id: web.id }], { left: false });
	expect(await recoverContainers(stand.context())).toMatchObject({
		ok: true,
		recovered: [],
		active: [{ site: 'shop', containers: ['shop-web'], holder: expect.stringContaining('process') }],
	});
	expect(await stand.states('shop-web')).toEqual({ 'shop-web': 'exited' });
	const hours = 6 * 60 * 60_000;
	const times = { heartbeatMs: 1000, deadAfterMs: 10 * hours, maxAgeMs: hours };
	const later = stand.context({ now: () => new Date(Date.now() + hours + 1000) });
	expect(await recoverContainers(later, { times })).toMatchObject({
		recovered: [{ because: 'overdue', message: expect.stringContaining('has held them for too long') }],
	});
	await web.stop();
	await leave([{ id: web.id }], { left: false });
	expect(await recoverContainers(stand.context(), { force: true })).toMatchObject({
		recovered: [{ because: 'forced', ok: true }],
	});
	expect(await stand.states('shop-web')).toEqual({ 'shop-web': 'running' });
});

test('a request to stop that was still under way when its run was killed is waited for', async () => {
	const web = await stand.run('shop-web', {
		Cmd: ['sh', '-c', 'trap "sleep 2; exit" TERM; while :; do sleep 1 & wait $!; done'],
	});
	const stopping = web.stop({ t: 4 });
	await leave([{ id: web.id, settled: false, graceSeconds: 4 }]);
	expect(await recoverContainers(stand.context())).toMatchObject({ recovered: [{ ok: true }] });
	await stopping;
	await new Promise((resolve) => setTimeout(resolve, 300));
	expect(await stand.states('shop-web')).toEqual({ 'shop-web': 'running' });
});

test('a program that a killed run owed is run, after its containers', async () => {
	const web = await stand.run('shop-web');
	await web.stop();
	await leave([{ id: web.id }], {
		after: [{ id: web.id, name: 'shop-web', command: ['touch', '/opened'], timeoutSeconds: 10 }],
	});
	expect(await recoverContainers(stand.context())).toMatchObject({
		recovered: [{ hooks: [{ container: 'shop-web', when: 'after', ok: true }] }],
	});
	await stand.engine.cli('exec', 'shop-web', 'ls', '/opened');
});

test('a journal of another version is a problem and is not touched', async () => {
	const state = new FileStateStore(stand.stateFolder);
	await state.compareAndSet('backup/quiet-containers', undefined, { version: 2, stopped: [] });
	const recovery = await recoverContainers(stand.context());
	expect(recovery).toMatchObject({ ok: false, problems: [{ code: 'journal_unreadable' }] });
	const folder = `${stand.stateFolder}/backup`;
	expect(existsSync(folder)).toBe(true);
	expect(readFileSync(`${folder}/${readdirSync(folder)[0]}`, 'utf8')).toContain('"version":2');
});
