import type Docker from 'dockerode';

import { listEvents, parseConnection, StopHistory, type EngineConnection } from '../../../../src/docker';
import { startEngine, type TestEngine } from '../../../support/engine';
import { imageTag, loadImages } from '../../../support/images/images';
import { poll } from '../../../support/n8n/poll';
import { Scope } from '../../../support/scope';

let scope: Scope;
let engine: TestEngine;

beforeAll(async () => {
	scope = await Scope.open('events');
	engine = await startEngine(scope);
	await loadImages(engine.docker, ['tools']);
});
afterAll(() => scope?.close());

function connection(allowedContainers = '*'): EngineConnection {
	return parseConnection({
		connectionType: 'socket',
		socketPath: engine.socketPath,
		accessLevel: 'read',
		allowedContainers,
		timeoutSeconds: 10,
	});
}

async function run(
	name: string,
	script: string,
	options: Docker.ContainerCreateOptions = {},
): Promise<string> {
	const container = await engine.docker.createContainer({
		name,
		Image: imageTag('tools'),
		Cmd: ['sh', '-c', script],
		...options,
	});
	await container.start();
	return container.id;
}

async function ended(id: string): Promise<string> {
	const found = await poll(20_000, async () => {
		const { State } = await engine.docker.getContainer(id).inspect();
		return State.Running ? undefined : State.StartedAt;
	});
	if (found === undefined) throw new Error('It still runs.');
	return found;
}

const wait = 'trap exit TERM; while :; do sleep 0.2 & wait $!; done';

describe('events of the past', () => {
	test('are told oldest first, within the two instants, without those of others and of health checks', async () => {
		const since = new Date();
		const id = await run('past-web', 'exit 3', { Labels: { tier: 'web' } });
		await ended(id);
		await run('other-web', 'true');
		const filter = { events: ['container:*'] };
		const { events } = await listEvents(connection('past-*'), { since, filter });
		expect(events.map(({ action, name }) => `${action} ${name}`)).toEqual([
			'create past-web',
			'start past-web',
			'die past-web',
		]);
		expect(events[2]).toMatchObject({ exitCode: 3, labels: { tier: 'web' }, id });
		const until = new Date(since.getTime() - 1);
		expect((await listEvents(connection(), { since: new Date(0), until })).events).not.toEqual([]);
		const before = await listEvents(connection('past-*'), { since: new Date(0), until, filter });
		expect(before.events).toEqual([]);
	});

	test('a time that has not come yet is not waited for', async () => {
		const until = new Date(Date.now() + 3_600_000);
		const filter = { events: ['container:die'] };
		const { events } = await listEvents(connection('past-*'), { since: new Date(0), until, filter });
		expect(events).toHaveLength(1);
	});

	test('what is older than the memory of the engine is told as not known', async () => {
		const since = new Date(Date.now() - 3_600_000);
		const { gap } = await listEvents(connection(), { since });
		expect(gap).toMatchObject({
			type: 'history_gap',
			from: expect.stringContaining(since.toISOString().slice(0, 19)),
		});
		expect((await listEvents(connection(), { since: new Date() })).gap).toBeUndefined();
	});
});

describe('who has stopped a container', () => {
	const who = async (id: string) => {
		const startedAt = await ended(id);
		return (await StopHistory.read(connection())).whoStopped(id, startedAt);
	};

	test('DK-15: a person who stops or kills it is told from a crash', async () => {
		const stopped = await run('stopped', wait);
		await engine.cli('stop', 'stopped');
		expect(await who(stopped)).toMatchObject({ by: 'person', reason: 'it was stopped' });
		const killed = await run('killed', wait);
		await engine.cli('kill', 'killed');
		expect(await who(killed)).toMatchObject({ by: 'person', exitCode: 137, reason: 'it was sent signal 9' });
		expect(await who(await run('crashed', 'exit 7'))).toMatchObject({ by: 'crash', exitCode: 7 });
	});

	test('an exit code like that of a signal does not make it a stop', async () => {
		expect(await who(await run('suicide', 'exit 143'))).toMatchObject({
			by: 'crash',
		});
	});

	test('DK-14: a container without memory left is told as that', async () => {
		const hungry = await run('hungry', 'x=$(head -c 200000000 /dev/zero | tr "\\0" x); echo ${#x}', {
			HostConfig: { Memory: 16 * 1024 * 1024, MemorySwap: 16 * 1024 * 1024 },
		});
		// On a busy machine the engine tells of its memory after its end.
		const told = await poll(20_000, async () => {
			const ending = await who(hungry);
			return ending.by === 'oom' ? ending : undefined;
		});
		expect(told).toMatchObject({ by: 'oom', exitCode: expect.any(Number) });
	});

	test('DK-15: after a restart of the engine it is not known any more', async () => {
		const stopped = await run('before', wait);
		await engine.cli('stop', 'before');
		await engine.process.end('SIGTERM');
		engine = await engine.restart();
		expect(await who(stopped)).toMatchObject({
			by: 'unknown',
			at: null,
			reason: expect.stringContaining('started'),
		});
	});
});
