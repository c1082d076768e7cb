import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';

import { backUpSite, type BackupContext, type BackupReport } from '../../../../src/backup';
import type { Site } from '../../../../src/shared';
import { failureOf, filesIn } from '../engine-stand';
import { stubborn, useQuietStand } from '../quiet-stand';

const stand = useQuietStand('disturbances');

/** Does something once while the containers are held and files are being read. */
function whileRead(act: () => void): BackupContext {
	let done = false;
	return stand.context({
		progress: () => {
			if (done) return;
			done = true;
			act();
		},
	});
}

const cli = (...args: string[]): void => void stand.engine.cliAtOnce(...args);

/** So large that progress is told while it is read. */
const enlarge = (site: Site, size = '1G'): void =>
	void execFileSync('truncate', ['-s', size, `${pathOf(site)}/zeros`]);

const pathOf = (site: Site): string => site.backup.directories[0]?.path ?? '';

/** Backs a large site up, and does something while it is read. */
async function backUpWhile(act: () => void): Promise<BackupReport> {
	const site = stand.site({ containers: ['shop-web'], consistency: 'stop' });
	enlarge(site);
	return await backUpSite(site, whileRead(act));
}

test('BK-35: a container that something else starts meanwhile stays up, and what was read is marked', async () => {
	await stand.run('shop-web');
	const report = await backUpWhile(() => cli('start', 'shop-web'));
	expect(report).toMatchObject({
		status: 'warning',
		artefacts: [
			{
				warnings: [
					'the container "shop-web" was started meanwhile by something else, so it was not quiet to the end',
				],
			},
		],
		destinations: [{ status: 'warning' }],
	});
	expect(await stand.states('shop-web')).toEqual({ 'shop-web': 'running' });
});

test('BK-35: one that was started and stopped again meanwhile is noticed too', async () => {
	await stand.run('shop-web');
	const report = await backUpWhile(() => {
		cli('start', 'shop-web');
		cli('stop', '-t', '0', 'shop-web');
	});
	expect(report.artefacts[0]?.warnings).toEqual([expect.stringContaining('was started meanwhile')]);
	expect(await stand.states('shop-web')).toEqual({ 'shop-web': 'running' });
});

test('BK-35: one that did not run when the backup began and is started meanwhile is noticed', async () => {
	const web = await stand.run('shop-web');
	await web.stop({ t: 0 });
	const report = await backUpWhile(() => cli('start', 'shop-web'));
	expect(report).toMatchObject({
		status: 'warning',
		artefacts: [{ warnings: [expect.stringContaining('was started meanwhile by something else')] }],
	});
});

test('BK-35: a container that is removed meanwhile is told, and the others are started', async () => {
	await stand.run('shop-web');
	await stand.run('shop-app');
	const site = stand.site({ containers: ['shop-web', 'shop-app'], consistency: 'stop' });
	const report = await backUpSite(
		site,
		whileRead(() => cli('rm', 'shop-web')),
	);
	expect(report).toMatchObject({
		status: 'warning',
		consistency: {
			containers: [
				{ name: 'shop-web', now: 'gone', warnings: [expect.stringContaining('was removed meanwhile')] },
				{ name: 'shop-app', now: 'running', warnings: [] },
			],
		},
	});
	expect(await stand.states('shop-app')).toEqual({ 'shop-app': 'running' });
});

test('BK-35: one whose port was taken meanwhile makes the run partial and is started by a later operation', async () => {
	const HostConfig = { PortBindings: { '80/tcp': [{ HostIp: '127.0.0.1', HostPort: '18477' }] } };
	await stand.run('shop-web', { HostConfig, ExposedPorts: { '80/tcp': {} } });
	const image = (await stand.engine.docker.getContainer('shop-web').inspect()).Config.Image;
	const site = stand.site({ containers: ['shop-web'], consistency: 'stop' });
	const report = await backUpSite(
		site,
		whileRead(() =>
			cli('run', '-d', '--name', 'shop-thief', '-p', '127.0.0.1:18477:80', image, 'sleep', '600'),
		),
	);
	expect(report).toMatchObject({
		status: 'partial',
		message: expect.stringMatching(
			/^Stored 1 artefact .*, but the site is not as it was before\. The container "shop-web" is down/,
		),
		artefacts: [{ status: 'ok' }],
		consistency: { containers: [{ now: 'down', problem: { code: 'container_not_started' } }] },
	});
	cli('rm', '-f', 'shop-thief');
	const next = await backUpSite(site, stand.context());
	expect(next).toMatchObject({ status: 'ok', recovered: [{ because: 'left', ok: true }] });
	expect(await stand.states('shop-web')).toEqual({ 'shop-web': 'running' });
});

test('what takes longer than the site may be down is marked, and the containers run again before it is read', async () => {
	await stand.run('shop-web');
	const site = stand.site({
		containers: ['shop-web'],
		consistency: { mode: 'stop', stopTimeoutSeconds: 0, maxDowntimeSeconds: 1 },
	});
	enlarge(site, '1500M');
	const seen: string[] = [];
	const context = stand.context({
		progress: () => void seen.push(stand.statesAtOnce('shop-web')['shop-web'] ?? ''),
	});
	const report = await backUpSite(site, context);
	expect(report).toMatchObject({
		status: 'warning',
		artefacts: [
			{
				warnings: [
					'the containers were started again after 1 second (maxDowntimeSeconds), so it was not quiet to the end',
				],
			},
		],
		consistency: { containers: [{ now: 'running' }] },
	});
	expect(seen.at(-1)).toBe('running');
	expect(report.consistency?.downtimeMs).toBeLessThan(report.durationMs);
});

test('BK-41: a run that is cancelled while containers are down starts them and leaves nothing', async () => {
	await stand.run('shop-web');
	await stand.run('shop-db', { Labels: { 'opsdesk.backup.pause': 'true' } });
	const site = stand.site({ containers: ['shop-web', 'shop-db'], consistency: 'stop' });
	enlarge(site, '1G');
	const controller = new AbortController();
	const context = { ...whileRead(() => controller.abort()), signal: controller.signal };
	expect(await failureOf(backUpSite(site, context))).toMatchObject({ code: 'cancelled' });
	expect(await stand.states('shop-web', 'shop-db')).toEqual({ 'shop-web': 'running', 'shop-db': 'running' });
	expect(await stand.actions()).toHaveLength(4);
	const [destination] = site.destinations;
	expect(
		filesIn(destination && 'path' in destination ? destination.path : '').filter((name) =>
			name.includes('2'),
		),
	).toEqual([]);
});

test('BK-41: one that is cancelled while a container takes its time to stop waits for it and starts it', async () => {
	await stand.run('shop-web', { Cmd: stubborn });
	const site = stand.site({ containers: ['shop-web'], consistency: { mode: 'stop', stopTimeoutSeconds: 2 } });
	const controller = new AbortController();
	stand.proxy.before = (request) => {
		if (/\/stop\b/.test(request.url ?? '')) setTimeout(() => controller.abort(), 300);
		return Promise.resolve(undefined);
	};
	const attempt = backUpSite(site, stand.context({ signal: controller.signal }));
	expect(await failureOf(attempt)).toMatchObject({ code: 'cancelled' });
	stand.proxy.before = () => Promise.resolve(undefined);
	expect(await stand.states('shop-web')).toEqual({ 'shop-web': 'running' });
});

test('BK-1: containers run again when the destination is full, and are not stopped when nothing can be taken', async () => {
	await stand.run('shop-web');
	const full = stand.folder();
	mkdirSync(`${full}/small`);
	execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', `${full}/small`]);
	try {
		const destinations = [{ name: 'local', type: 'directory' as const, path: `${full}/small` }];
		const site = stand.site({ containers: ['shop-web'], consistency: 'stop', destinations });
		execFileSync('sh', ['-c', `head -c 8000000 /dev/urandom > ${pathOf(site)}/noise`]);
		const report = await backUpSite(site, stand.context());
		expect(report).toMatchObject({
			status: 'failed',
			destinations: [{ problems: [{ code: 'destination_full' }] }],
			consistency: { containers: [{ name: 'shop-web', now: 'running' }] },
		});
		expect(await stand.states('shop-web')).toEqual({ 'shop-web': 'running' });
		expect(filesIn(`${full}/small`).some((name) => name.endsWith('.partial'))).toBe(false);
		// What is so large that it certainly does not fit is not even tried.
		stand.proxy.requests.length = 0;
		execFileSync('sh', ['-c', `head -c 16000000 /dev/urandom > ${pathOf(site)}/noise`]);
		expect(await backUpSite(site, stand.context())).toMatchObject({
			status: 'failed',
			destinations: [
				{ problems: [{ code: 'destination_full', message: expect.stringContaining('too little room') }] },
			],
		});
	} finally {
		execFileSync('umount', [`${full}/small`]);
	}
	const gone = [{ name: 'local', type: 'directory' as const, path: `${full}/missing` }];
	const nowhere = stand.site({ containers: ['shop-web'], consistency: 'stop', destinations: gone });
	expect(await backUpSite(nowhere, stand.context())).toMatchObject({ status: 'failed' });
	expect(existsSync(`${full}/missing`)).toBe(false);
	expect(await stand.actions()).toEqual([]);
});

test('an engine that refuses to stop one container gets the others started, and files are not stored', async () => {
	await stand.run('shop-db');
	await stand.run('shop-web', { HostConfig: { Links: ['shop-db:db'] } });
	const refuse = (request: { method?: string | undefined; url?: string | undefined }) =>
		Promise.resolve(
			request.method === 'POST' &&
				/\/stop\b/.test(request.url ?? '') &&
				stand.statesAtOnce('shop-web')['shop-web'] === 'exited'
				? { status: 500, body: '{"message":"out of luck"}' }
				: undefined,
		);
	stand.proxy.before = refuse;
	for (const [failure, status] of [
		['abort', 'failed'],
		['warn', 'warning'],
	] as const) {
		const site = stand.site({
			containers: ['shop-db', 'shop-web'],
			consistency: { mode: 'stop', failure },
		});
		const report = await backUpSite(site, stand.context());
		expect(report).toMatchObject({ status, message: expect.stringContaining('out of luck') });
		expect(await stand.states('shop-db', 'shop-web')).toEqual({
			'shop-db': 'running',
			'shop-web': 'running',
		});
	}
	stand.proxy.before = () => Promise.resolve(undefined);
});
