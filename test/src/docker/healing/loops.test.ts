import { setTimeout as sleep } from 'node:timers/promises';

import { defaultPolicy } from '../../../../src/docker';
import { inState, quick, useHealingStand } from './stand';

const stand = useHealingStand('loops', ['tools', 'sick']);
const { run, heal, attempts, timesTold } = stand;

const failing = { Cmd: ['sh', '-c', 'sleep .3; exit 7'] };

test('DK-9 a container that fails every 0.3 s is quarantined within 30 s, with the restarts permitted and one alert', async () => {
	const container = await run('job', failing);
	await inState(container, 'exited');
	// With the shortest back-offs there are, 5 s and 10 s.
	const random = (): number => 0.999;
	const { job } = await heal({ policy: defaultPolicy, patienceMs: 60_000, random });
	expect(job).toMatchObject({ decision: 'quarantine', reason: 'too_many_restarts', quarantined: true });
	expect(job).toMatchObject({ alert: true, alertKind: 'quarantine', attempt: 3, changed: true });
	expect(job?.durationMs).toBeLessThan(30_000);
	expect(attempts()).toEqual(['start', 'start', 'start']);
	expect(await timesTold(container, 'start')).toBe(4);
	const later = await heal();
	expect(later['job']).toMatchObject({
		reason: 'quarantined',
		alert: false,
		changed: false,
		quarantined: true,
	});
	expect(attempts()).toHaveLength(3);
});

test('DK-9 a loop that the engine itself keeps up is quarantined within 30 s, by looking alone', async () => {
	const container = await run('loop', { ...failing, HostConfig: { RestartPolicy: { Name: 'always' } } });
	while ((await container.inspect()).RestartCount === 0) await sleep(50);
	const { loop } = await heal({ policy: defaultPolicy, patienceMs: 30_000 });
	expect(loop).toMatchObject({ decision: 'quarantine', reason: 'crash_loop', condition: 'crash_loop' });
	expect(loop).toMatchObject({ alert: true, quarantined: true, changed: false });
	expect(loop?.durationMs).toBeLessThan(30_000);
	expect(attempts()).toEqual([]);
	expect((await heal())['loop']).toMatchObject({ reason: 'quarantined', alert: false });
	await stand.engine.docker.getContainer(container.id).restart();
	expect((await heal({ policy: { ...quick, settleMs: 100 } }))['loop']?.quarantined).toBe(false);
});

test('DK-9 two sweeps are enough for a loop that half of all looks find running', async () => {
	const container = await run('loop', { ...failing, HostConfig: { RestartPolicy: { Name: 'always' } } });
	await heal();
	const { RestartCount } = await container.inspect();
	await sleep(12_000);
	while ((await container.inspect()).RestartCount < RestartCount + quick.maxRestarts) await sleep(50);
	expect((await heal())['loop']).toMatchObject({ quarantined: true, alert: true });
});

test('DK-9 a start by a person ends the quarantine, a new container of that name too, and release does by hand', async () => {
	const none = { ...quick, maxRestarts: 0 };
	const job = await run('job', { Cmd: ['sh', '-c', 'test -f /ok && exec sleep 100; exit 7'] });
	await inState(job, 'exited');
	expect((await heal({ policy: none }))['job']).toMatchObject({ quarantined: true, alert: true });
	await stand.engine.cli('cp', '/etc/hostname', 'job:/ok');
	await job.start();
	expect((await heal({ policy: none }))['job']).toMatchObject({
		decision: 'release',
		reason: 'manual_start',
	});
	await job.remove({ force: true });
	const anew = await run('job', failing);
	await inState(anew, 'exited');
	expect((await heal({ policy: none }))['job']).toMatchObject({ quarantined: true, alert: true });
	// However slow the machine is, no second attempt is due in this run.
	const patient = { ...quick, maxRestarts: 2, settleMs: 0, initialBackoffMs: 600_000, maxBackoffMs: 600_000 };
	const released = await heal({ policy: patient, release: true });
	expect(released['job']).toMatchObject({ decision: 'start', attempt: 1, changed: true });
	await anew.remove({ force: true });
	await run('job');
	expect((await heal({ policy: none }))['job']).toMatchObject({
		quarantined: false,
		condition: 'unverified',
	});
});

test('DK-19 two sweeps at the same time restart a container once', async () => {
	const container = await run(
		'slow',
		{ StopTimeout: 2, Cmd: ['sh', '-c', 'trap "" TERM; touch /tmp/ok; while :; do sleep 1; done'] },
		'sick',
	);
	await inState(container, 'healthy');
	await stand.engine.cli('exec', 'slow', 'rm', '/tmp/ok');
	await inState(container, 'unhealthy');
	const both = await Promise.all([heal(), heal(), heal()]);
	const changed = both.filter(({ slow }) => slow?.changed);
	expect(changed).toHaveLength(1);
	expect(both.filter(({ slow }) => slow?.reason === 'another_run')).toHaveLength(2);
	expect(attempts()).toEqual(['restart']);
});
