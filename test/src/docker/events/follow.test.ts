import { setTimeout as sleep } from 'node:timers/promises';

import { parseConnection, type EngineConnection, type EventPosition } from '../../../../src/docker';
import { startEngine, type TestEngine } from '../../../support/engine';
import { startEngineProxy, type EngineProxy } from '../../../support/engine-proxy';
import { imageTag, loadImages } from '../../../support/images/images';
import { Scope } from '../../../support/scope';
import { startTcpRelay } from '../../../support/tcp-relay';
import { follow } from './followed';

let scope: Scope;
let engine: TestEngine;
let proxy: EngineProxy;

beforeAll(async () => {
	scope = await Scope.open('follow');
	engine = await startEngine(scope);
	await loadImages(engine.docker, ['tools']);
	proxy = await startEngineProxy(engine.socketPath);
});

afterAll(async () => {
	await proxy?.close();
	await scope?.close();
});

afterEach(async () => {
	proxy.before = () => Promise.resolve(undefined);
	const all = await engine.docker.listContainers({ all: true });
	await Promise.all(all.map(({ Id }) => engine.docker.getContainer(Id).remove({ force: true, v: true })));
});

const rights = { accessLevel: 'read', allowedContainers: '*', timeoutSeconds: 10 };

const at = ({ host, port }: { host: string; port: number }, overrides: Partial<typeof rights> = {}) =>
	parseConnection({ ...rights, ...overrides, connectionType: 'tcp', host, port });

const direct = (): EngineConnection =>
	parseConnection({ ...rights, connectionType: 'socket', socketPath: engine.socketPath });

const volumes = { events: ['volume:create'] };

async function makeVolumes(prefix: string, count: number, between: (index: number) => unknown = () => {}) {
	const names: string[] = [];
	for (let index = 0; index < count; index += 1) {
		names.push(`create ${prefix}-${index}`);
		await engine.docker.createVolume({ Name: `${prefix}-${index}` });
		await between(index);
	}
	return names;
}

async function start(name: string, script: string, labels: Record<string, string> = {}): Promise<void> {
	const Cmd = ['sh', '-c', script];
	const container = await engine.docker.createContainer({
		name,
		Image: imageTag('tools'),
		Cmd,
		Labels: labels,
	});
	await container.start();
}

test('events are told as they happen, once and in order, from the beginning of following', async () => {
	await engine.docker.createContainer({ name: 'before', Image: imageTag('tools') });
	const followed = await follow(at(proxy), { filter: { events: ['container:*'] } });
	await start('site', 'exit 3');
	await followed.until(() => followed.items.length >= 3);
	await sleep(100);
	expect(followed.told()).toEqual(['create site', 'start site', 'die site']);
	expect(followed.items[2]).toMatchObject({ exitCode: 3 });
});

test('DK-6: events of what the credential does not cover are not told', async () => {
	const followed = await follow(at(proxy, { allowedContainers: 'site-*' }), {
		filter: { events: ['container:*'] },
	});
	await start('other', 'true', { 'com.docker.compose.project': 'site-a' });
	await start('site-a', 'true');
	await followed.until(() => followed.told().includes('die site-a'));
	expect(followed.told()).toEqual(['create site-a', 'start site-a', 'die site-a']);
});

test('a thousand events are told exactly once over many lost connections', async () => {
	const followed = await follow(at(proxy), { filter: volumes });
	const expected = await makeVolumes('many', 1000, async (index) => {
		if (index % 40 === 7) proxy.cut();
		// Of more than 256 that nobody has read the engine forgets the first.
		if (index % 200 === 199) await followed.until(() => followed.items.length > index - 50);
	});
	await followed.until(() => followed.items.length >= expected.length, 40_000);
	await sleep(300);
	expect(followed.told()).toEqual(expected);
	// Cuts that come while there is no connection cost none.
	expect(followed.connections).toBeGreaterThan(4);
});

test('what happened while the connection was away comes as soon as it is back', async () => {
	const followed = await follow(at(proxy), { filter: volumes });
	proxy.before = () => Promise.resolve({ status: 503, body: '<html>' });
	proxy.cut();
	await followed.until(() => followed.failures.length > 1);
	expect(new Set(followed.failures)).toEqual(new Set(['engine_stopped']));
	const expected = await makeVolumes('away', 100);
	expect(followed.items).toEqual([]);
	proxy.before = () => Promise.resolve(undefined);
	await followed.until(() => followed.items.length >= 100);
	expect(followed.told()).toEqual(expected);
});

test('300 events during a gap: the hole is told with its bounds, then what the engine still remembers', async () => {
	await makeVolumes('anchor', 1);
	const followed = await follow(at(proxy), { filter: volumes });
	proxy.before = () => Promise.resolve({ status: 503, body: '<html>' });
	proxy.cut();
	const before = new Date();
	const made = await makeVolumes('flood', 300);
	const after = new Date();
	proxy.before = () => Promise.resolve(undefined);
	await followed.until(() => followed.told().includes('create flood-299'));
	expect(followed.told()).toEqual(['history_gap', ...made.slice(300 - 256)]);
	const [gap] = followed.gaps();
	expect(gap).toMatchObject({
		eventId: expect.stringMatching(/^gap-/),
		message: expect.stringContaining('256'),
	});
	expect(new Date(gap?.from ?? 0).getTime()).toBeLessThanOrEqual(before.getTime());
	expect(new Date(gap?.to ?? 0).getTime()).toBeGreaterThan(before.getTime());
	expect(new Date(gap?.to ?? 0).getTime()).toBeLessThan(after.getTime());
	expect(gap?.to).toBe(followed.items[1]?.at);
});

test('a connection that is dead without having been closed is noticed, and nothing is lost', async () => {
	const relay = await startTcpRelay(engine.socketPath);
	const followed = await follow(at(relay), { filter: volumes, checkEveryMs: 500 });
	relay.freeze();
	const expected = await makeVolumes('frozen', 3);
	await followed.until(() => followed.items.length >= 3);
	await followed.until(() => followed.connections > 1);
	expected.push(...(await makeVolumes('thawed', 2)));
	await followed.until(() => followed.items.length >= 5);
	await sleep(1000);
	expect(followed.told()).toEqual(expected);
	await followed.stop();
	await relay.close();
});

test('an engine that hangs is told, and followed again when it goes on', async () => {
	const connection = at(proxy, { timeoutSeconds: 1 });
	const followed = await follow(connection, { filter: volumes, checkEveryMs: 200 });
	process.kill(engine.process.pid, 'SIGSTOP');
	try {
		await followed.until(() => followed.failures.includes('timeout'));
	} finally {
		process.kill(engine.process.pid, 'SIGCONT');
	}
	const expected = await makeVolumes('hung', 3);
	await followed.until(() => followed.items.length >= 3);
	expect(followed.told()).toEqual(expected);
});

test('a quiet engine is no failure: one connection serves for a long time', async () => {
	const followed = await follow(at(proxy, { timeoutSeconds: 3 }), { filter: volumes, checkEveryMs: 300 });
	await sleep(5000);
	await makeVolumes('quiet', 1);
	await followed.until(() => followed.items.length === 1);
	expect([followed.connections, followed.failures]).toEqual([1, []]);
});

test('a reader that takes its time misses nothing', async () => {
	const followed = await follow(at(proxy), { filter: volumes });
	const { push } = followed.items;
	followed.items.push = () => {
		followed.items.push = push.bind(followed.items);
		// Everything of this process stands still, as while a workflow computes.
		const end = Date.now() + 1500;
		while (Date.now() < end);
		return 0;
	};
	const expected = await makeVolumes('slow', 400);
	await followed.until(() => followed.items.length >= 399);
	expect(followed.told()).toEqual(expected.slice(1));
});

test('an event with a megabyte of labels is told like others', async () => {
	const followed = await follow(at(proxy), { filter: { events: ['container:create'] } });
	const long = 'x'.repeat(1024 * 1024);
	await engine.docker.createContainer({ name: 'long', Image: imageTag('tools'), Labels: { long } });
	await followed.until(() => followed.items.length === 1);
	expect(followed.items[0]).toMatchObject({ name: 'long', labels: { long } });
});

describe('going on from a stored position', () => {
	const stored = (position: EventPosition | undefined): EventPosition =>
		JSON.parse(JSON.stringify(position)) as EventPosition;

	test('gives what came meanwhile, and nothing twice', async () => {
		const first = await follow(direct(), { filter: volumes });
		await makeVolumes('stored', 2);
		await first.until(() => first.items.length === 2);
		await first.stop();
		const from = stored(first.follower.position);
		const expected = await makeVolumes('meanwhile', 3);
		const second = await follow(direct(), { filter: volumes, from });
		await second.until(() => second.items.length >= 3);
		await sleep(200);
		expect(second.told()).toEqual(expected);
	});

	test('leaves out what is older than it shall be, and says so', async () => {
		const first = await follow(direct(), { filter: volumes });
		await first.stop();
		const from = stored(first.follower.position);
		await makeVolumes('old', 2);
		await sleep(20);
		const notBefore = new Date();
		await sleep(20);
		await makeVolumes('young', 2);
		const second = await follow(direct(), { filter: volumes, from, notBefore });
		await second.until(() => second.items.length >= 3);
		expect(second.told()).toEqual(['history_gap', 'create young-0', 'create young-1']);
		expect(second.gaps()[0]?.to.slice(0, 23)).toBe(notBefore.toISOString().slice(0, 23));
	});

	test('from the time after the present one is told as a gap and followed from now on', async () => {
		const tomorrow = BigInt(Date.now() + 86_400_000) * 1_000_000n;
		const from = { at: String(tomorrow), key: `${tomorrow}-0123456789`, recent: [] };
		const followed = await follow(direct(), { filter: volumes, from });
		await makeVolumes('clock', 1);
		await followed.until(() => followed.items.length >= 2);
		expect(followed.told()).toEqual(['history_gap', 'create clock-0']);
		expect(followed.gaps()[0]?.message).toContain('clock');
	});
});

describe('after a restart of the engine', () => {
	async function restart(): Promise<void> {
		await engine.process.end('SIGTERM');
		engine = await engine.restart();
	}

	test('what it has forgotten is told as a gap', async () => {
		const followed = await follow(direct(), { filter: volumes });
		await makeVolumes('last', 1);
		await followed.until(() => followed.items.length === 1);
		await restart();
		await makeVolumes('reborn', 1);
		await followed.until(() => followed.told().includes('create reborn-0'));
		expect(followed.told()).toEqual(['create last-0', 'history_gap', 'create reborn-0']);
		const [last, gap] = followed.items;
		expect(gap).toMatchObject({ type: 'history_gap', from: last?.at });
	});

	test('an engine without any event is followed; only when it was away, something may be missing', async () => {
		await restart();
		const followed = await follow(at(proxy), { filter: volumes });
		expect(followed.follower.position?.key).toBeNull();
		proxy.cut();
		await followed.until(() => followed.connections === 2);
		expect(followed.items).toEqual([]);
		proxy.before = () => Promise.resolve({ status: 503, body: '<html>' });
		proxy.cut();
		await followed.until(() => followed.failures.length > 0);
		proxy.before = () => Promise.resolve(undefined);
		const made = await makeVolumes('first', 1);
		await followed.until(() => followed.items.length === 2);
		expect(followed.told()).toEqual(['history_gap', ...made]);
	});
});
