import { setTimeout as sleep } from 'node:timers/promises';

import { healContainers, parseWindows } from '../../../../src/docker';
import { imageTag } from '../../../support/images/images';
import { inState, quick, useHealingStand } from './stand';

const stand = useHealingStand('heal', ['tools', 'sick']);
const { run, heal, attempts } = stand;

/** One attempt in each run, however slow the machine is. */
const patient = { ...quick, initialBackoffMs: 60_000 };
const failing = { Cmd: ['sh', '-c', 'sleep .3; exit 7'] };

/** Makes a container of the image `sick` unhealthy; it is healthy again after a restart. */
async function fallIll(name: string, options = {}) {
	const container = await run(name, options, 'sick');
	await inState(container, 'healthy');
	await stand.engine.cli('exec', name, 'rm', '/tmp/ok');
	await inState(container, 'unhealthy');
	return container;
}

test('DK-26 an unhealthy container is restarted, goes on running, and its health is told', async () => {
	stand.healthFirst(await fallIll('site'));
	const { site } = await heal();
	expect(site).toMatchObject({
		condition: 'healthy',
		decision: 'restart',
		reason: 'unhealthy',
		changed: true,
	});
	expect(site).toMatchObject({
		alert: false,
		attempt: 1,
		quarantined: false,
		state: 'running',
		health: 'healthy',
	});
	expect(site?.message).toMatch(
		/^"site" is unhealthy\. It is restarted \(attempt 1 of 3\)\. It keeps running: it is healthy\. It was not well for [\d.]+ (ms|s)\.$/,
	);
	expect(attempts()).toEqual(['restart']);
	expect((await heal())['site']).toMatchObject({ decision: 'leave', reason: 'well', changed: false });
});

test('a container that has failed is started; those that are well are left alone and told as they are', async () => {
	await inState(await run('job', failing), 'exited');
	await run('well');
	const { job, well } = await heal({ policy: { ...patient, settleMs: 0 } });
	expect(job).toMatchObject({ decision: 'start', reason: 'failed', changed: true, attempt: 1 });
	expect(well).toMatchObject({ condition: 'unverified', decision: 'leave', changed: false });
});

test('DK-13, DK-16 what has finished, is paused or was never started is left alone', async () => {
	await inState(await run('job', { Cmd: ['true'] }), 'exited');
	await (await run('paused')).pause();
	await stand.engine.docker.createContainer({ name: 'made', Image: imageTag('tools') });
	const found = await heal();
	expect(Object.values(found).map(({ name, reason }) => [name, reason])).toEqual([
		['job', 'finished'],
		['made', 'never_started'],
		['paused', 'paused'],
	]);
	expect(attempts()).toEqual([]);
});

test('DK-15 what a person has stopped or killed is left alone, and stays known when the engine has forgotten it', async () => {
	const stopped = await run('stopped');
	await stopped.stop();
	await (await run('killed')).kill();
	const before = await heal();
	expect(before['stopped']).toMatchObject({
		condition: 'stopped',
		reason: 'stopped_by_person',
		alert: false,
	});
	expect(before['killed']).toMatchObject({ condition: 'stopped', reason: 'stopped_by_person', alert: false });
	const unseen = await run('unseen');
	await unseen.stop();
	await stand.engine.process.end();
	await stand.engine.restart();
	const after = await heal();
	for (const name of ['stopped', 'killed'])
		expect(after[name]).toMatchObject({ condition: 'stopped', reason: 'stopped_by_person', alert: false });
	expect(after['unseen']).toMatchObject({ condition: 'stop_unknown', decision: 'leave', alert: true });
	expect(after['unseen']?.alertKind).toBe('stop_unknown');
	expect((await heal())['unseen']).toMatchObject({ condition: 'stop_unknown', alert: false });
	expect(attempts()).toEqual([]);
	await unseen.start();
	const settled = { policy: { ...quick, settleMs: 0 } };
	expect((await heal(settled))['unseen']).toMatchObject({ reason: 'well', resolved: true });
	expect((await heal(settled))['unseen']).toMatchObject({ reason: 'well', resolved: false });
});

test('DK-15 what a person stops between the look and the restart stays stopped, and no attempt is counted', async () => {
	const site = await fallIll('site');
	let looks = 0;
	stand.proxy.before = async ({ url }) => {
		if (url?.includes(`${site.id}/json`) && ++looks === 2) await site.stop();
		return undefined;
	};
	const found = await heal();
	expect(found['site']).toMatchObject({
		...{ decision: 'leave', reason: 'changed_meanwhile', state: 'exited' },
		...{ changed: false, attempt: 0, nextAttemptAt: null },
	});
	expect(attempts()).toEqual([]);
	await site.start();
	await inState(site, 'healthy');
	expect((await heal())['site']).toMatchObject({ reason: 'well', attempt: 0 });
});

test('a container that cannot be looked at right before the restart is told as that, and no attempt is counted', async () => {
	const site = await fallIll('site');
	let looks = 0;
	stand.proxy.before = ({ url }) => {
		const fails = url?.includes(`${site.id}/json`) && ++looks === 2;
		return Promise.resolve(fails ? { status: 500, body: '{"message":"out of order"}' } : undefined);
	};
	const { site: found } = await heal();
	expect(found).toMatchObject({ decision: 'leave', reason: 'not_inspected', changed: false, attempt: 0 });
	expect(attempts()).toEqual([]);
	expect((await heal())['site']).toMatchObject({ decision: 'restart', attempt: 1 });
});

test('DK-14 a container that ran out of memory is told as that', async () => {
	const HostConfig = { Memory: 16 * 1024 * 1024, MemorySwap: 16 * 1024 * 1024 };
	const Cmd = ['sh', '-c', 'exec tail /dev/zero'];
	const container = await run('greedy', { Cmd, HostConfig });
	await inState(container, 'exited');
	// Told on a way of its own, on a busy machine after the end.
	while ((await stand.timesTold(container, 'oom')) === 0) await sleep(50);
	const { greedy } = await heal({ policy: patient });
	expect(greedy).toMatchObject({ decision: 'start', alert: true, alertKind: 'out_of_memory', attempt: 1 });
	expect((await heal({ policy: patient }))['greedy']).toMatchObject({ reason: 'back_off', alert: false });
});

test('DK-14 one that ran out of memory a moment ago is known as that, though the engine tells it only now', async () => {
	const HostConfig = { Memory: 16 * 1024 * 1024, MemorySwap: 16 * 1024 * 1024 };
	const container = await run('greedy', { Cmd: ['sh', '-c', 'exec tail /dev/zero'], HostConfig });
	await inState(container, 'exited');
	while ((await stand.timesTold(container, 'oom')) === 0) await sleep(50);
	const found = await container.inspect();
	const range = ['--since', '1', '--until', String(Date.now() / 1000)];
	const told = await stand.engine.cli('events', ...range, '--format', '{{json .}}');
	const events = told.split('\n').filter((line) => !line.includes('"oom"'));
	let untold = 2;
	// At once: the product asks again for two seconds only.
	const answer = (url: string): { status: number; body: string } | undefined => {
		if (untold <= 0) return undefined;
		if (url.includes(`/containers/${container.id}/json`)) {
			const State = { ...found.State, OOMKilled: false, FinishedAt: new Date().toISOString() };
			return { status: 200, body: JSON.stringify({ ...found, State }) };
		}
		if (!url.includes('/events?')) return undefined;
		untold -= 1;
		return { status: 200, body: `${events.join('\n')}\n` };
	};
	stand.proxy.before = ({ url = '' }) => Promise.resolve(answer(url));
	const { greedy } = await heal({ policy: patient });
	expect(greedy).toMatchObject({ decision: 'start', alertKind: 'out_of_memory' });
	expect(untold).toBe(0);
});

test('DK-17 a backup and a maintenance window keep healing away', async () => {
	await fallIll('site');
	const held = await heal({ holds: [{ container: 'site', reason: 'a backup of "shop" is running' }] });
	expect(held['site']).toMatchObject({ decision: 'leave', reason: 'held_by_backup', alert: false });
	const windows = parseWindows([{ from: '00:00', to: '24:00' }]);
	const { site } = await heal({ windows });
	expect(site).toMatchObject({ decision: 'leave', reason: 'maintenance' });
	expect(site?.message).toMatch(/a maintenance window lasts until \d{4}-/);
	expect(attempts()).toEqual([]);
});

test('DK-7 protected containers are not touched; a person is called once', async () => {
	await fallIll('guarded', { Labels: { 'opsdesk.protected': 'true' } });
	const { guarded } = await heal();
	expect(guarded).toMatchObject({ decision: 'leave', reason: 'protected', alert: true });
	expect((await heal())['guarded']).toMatchObject({ reason: 'protected', alert: false });
	expect(attempts()).toEqual([]);
});

test('containers that are labelled so, or that the filter or the rights leave out, are not looked at', async () => {
	await fallIll('site-a', { Labels: { 'opsdesk.heal': 'false' } });
	await fallIll('site-b');
	const found = await heal({ filter: { name: 'site-*' } });
	expect(found['site-a']).toMatchObject({ decision: 'leave', reason: 'ignored' });
	expect(await heal({ filter: { name: 'other-*' } })).toEqual({});
	const { stateFolder } = stand;
	const narrow = stand.connection({ allowedContainers: 'other-*' });
	expect((await healContainers(narrow, { stateFolder })).results).toEqual([]);
	const look = healContainers(stand.connection({ accessLevel: 'read' }), { stateFolder });
	await expect(look).rejects.toMatchObject({ code: 'not_permitted' });
	const other = healContainers(narrow, { stateFolder, container: 'site-b' });
	await expect(other).rejects.toMatchObject({ code: 'not_permitted' });
	expect(attempts()).toEqual(['restart']);
});

test('a dry run tells what would be done, does nothing and remembers nothing', async () => {
	await fallIll('site');
	for (let time = 0; time < 2; time += 1) {
		const { site } = await heal({ dryRun: true });
		expect(site).toMatchObject({
			decision: 'restart',
			changed: true,
			dryRun: true,
			attempt: 1,
			alert: false,
		});
	}
	expect(attempts()).toEqual([]);
	expect((await heal({ container: 'site' }))['site']).toMatchObject({ attempt: 1, changed: true });
});

test('DK-26 a start that the engine refuses is an error that is kept, and an attempt that counts', async () => {
	const port = { PortBindings: { '80/tcp': [{ HostIp: '127.0.0.1', HostPort: '18473' }] } };
	const web = await run('web', { ...failing, ExposedPorts: { '80/tcp': {} }, HostConfig: port });
	await inState(web, 'exited');
	await run('thief', { ExposedPorts: { '80/tcp': {} }, HostConfig: port });
	const found = await heal({ container: 'web', policy: patient });
	expect(found['web']).toMatchObject({ state: 'exited', changed: true, attempt: 1, reason: 'back_off' });
	expect(found['web']?.error).toContain('port is already allocated');
	expect(found['web']?.message).toContain('port is already allocated');
});

test('DK-29 one container that cannot be looked at does not hold up the others, and is not told as well', async () => {
	const hanging = await run('hanging', { Labels: { a: 'b' } });
	stand.healthFirst(await fallIll('site'));
	await hanging.kill();
	const { before } = stand.proxy;
	stand.proxy.before = (request) =>
		request.url?.includes(`${hanging.id}/json`) ? new Promise(() => {}) : before(request);
	const { stateFolder } = stand;
	const report = await healContainers(stand.connection({ timeoutSeconds: 10 }), {
		stateFolder,
		policy: quick,
	});
	const [first, second] = report.results;
	expect(first).toMatchObject({
		name: 'hanging',
		condition: 'unknown',
		reason: 'not_inspected',
		changed: false,
	});
	expect(second).toMatchObject({ name: 'site', decision: 'restart', health: 'healthy' });
});
