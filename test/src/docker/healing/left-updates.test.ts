import type Docker from 'dockerode';

import { healContainers, recoverUpdates, type HealReport } from '../../../../src/docker';
import { elsewhere, leaveHalfDone, planOf } from '../update/half-done';
import { inState, quick, useHealingStand } from './stand';

const stand = useHealingStand('left-updates', ['tools', 'sick']);
const { run, attempts } = stand;

async function report(accessLevel = 'full'): Promise<HealReport> {
	const { stateFolder } = stand;
	return await healContainers(stand.connection({ accessLevel }), { stateFolder, policy: quick });
}

async function names(): Promise<string[]> {
	const all = await stand.engine.docker.listContainers({ all: true });
	return all.map(({ Names }) => Names[0]?.slice(1) ?? '').sort();
}

const sick: typeof run = async (name, options) => {
	const container = await run(name, options, 'sick');
	await inState(container, 'healthy');
	return container;
};

/** The new one serves, and is unhealthy. */
async function fallIll(change: Parameters<typeof planOf>[1] = {}): Promise<Docker.Container> {
	const { fresh } = await leaveHalfDone(sick, planOf('site', change));
	await stand.engine.cli('exec', 'site', 'rm', '/tmp/ok');
	await inState(fresh, 'unhealthy');
	return fresh;
}

test('an update that was cut off is finished, which is told', async () => {
	await leaveHalfDone(run, planOf('site'));
	const { updates, results } = await report();
	expect(updates).toEqual([
		{
			name: 'site',
			changed: true,
			alert: false,
			message: 'An update of "site" was cut off, and was finished.',
		},
	]);
	expect(results.map(({ name, reason }) => [name, reason])).toEqual([['site', 'well']]);
	expect(await names()).toEqual(['site']);
	expect((await report()).updates).toEqual([]);
});

test('an update that was finished is told although the engine fails after it', async () => {
	await leaveHalfDone(run, planOf('site'));
	stand.proxy.before = ({ url }) => {
		const isFinished = stand.actionsSent().some((line) => line.startsWith('DELETE'));
		const fails = isFinished && url?.includes('/containers/json');
		return Promise.resolve(fails ? { status: 500, body: '{"message":"out of order"}' } : undefined);
	};
	const { updates, results, problem } = await report();
	expect(updates).toMatchObject([{ name: 'site', changed: true, alert: false }]);
	expect(results).toEqual([]);
	expect(problem).toMatchObject({ reason: 'cut_short', message: expect.stringContaining('out of order') });
	await expect(report()).rejects.toMatchObject({ code: 'engine_error' });
});

test('with a credential that does not permit updates a person is called, and the container that serves is healed', async () => {
	stand.healthFirst(await fallIll());
	const { updates, results } = await report('control');
	expect(updates).toMatchObject([{ name: 'site', changed: false, alert: true }]);
	expect(updates[0]?.message).toContain('does not permit "update"');
	expect(await names()).toEqual(['site', 'site-opsdesk-old']);
	const site = results.find(({ name }) => name === 'site');
	expect(site).toMatchObject({ decision: 'restart', reason: 'unhealthy', health: 'healthy' });
});

test('a container that somebody may still be updating is left alone', async () => {
	await fallIll({ by: elsewhere });
	const { updates, results } = await report();
	expect(updates).toEqual([]);
	const site = results.find(({ name }) => name === 'site');
	expect(site).toMatchObject({ decision: 'leave', reason: 'held_by_update' });
	expect(attempts()).toEqual([]);
});

test('what goes wrong with one update, or with all, is told and keeps nothing from being healed', async () => {
	const { old } = await leaveHalfDone(run, planOf('site'));
	await inState(await run('job', { Cmd: ['sh', '-c', 'exit 7'] }), 'exited');
	stand.proxy.before = ({ method, url }) => {
		const fails = method === 'DELETE' && url?.includes(old.id);
		return Promise.resolve(fails ? { status: 500, body: '{"message":"disk is full"}' } : undefined);
	};
	const one = await report();
	expect(one.updates).toMatchObject([{ name: 'site', alert: true }]);
	expect(one.updates[0]?.message).toContain('disk is full');
	expect(one.results.find(({ name }) => name === 'job')).toMatchObject({ changed: true });
	let lists = 0;
	stand.proxy.before = ({ url }) => {
		const fails = url?.includes('/containers/json') && ++lists === 1;
		return Promise.resolve(fails ? { status: 500, body: '{"message":"out of order"}' } : undefined);
	};
	const all = await report();
	expect(all.updates).toMatchObject([{ name: '', alert: true }]);
	expect(all.results.map(({ name }) => name)).toContain('job');
});

test('containers that were updated long ago cost no request, and without the right to heal nothing is looked at', async () => {
	for (const name of ['web-a', 'web-b']) {
		const { old } = await leaveHalfDone(run, planOf(name));
		await old.remove();
	}
	stand.proxy.requests.length = 0;
	expect(await recoverUpdates(stand.connection({ accessLevel: 'full' }))).toEqual([]);
	expect(stand.proxy.requests.filter((line) => !line.endsWith('/_ping'))).toHaveLength(1);
	stand.proxy.requests.length = 0;
	await expect(report('read')).rejects.toMatchObject({ code: 'not_permitted' });
	expect(stand.proxy.requests).toEqual([]);
});
