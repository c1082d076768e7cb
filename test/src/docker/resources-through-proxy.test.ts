import { join } from 'node:path';

import {
	audit,
	ComposeProjects,
	Containers,
	defaultPolicy,
	healContainers,
	Helper,
	Images,
	listEvents,
	Networks,
	parseConnection,
	prune,
	reportAccess,
	System,
	Throwaway,
	updateContainer,
	Volumes,
	type EngineConnection,
	type HelperMount,
} from '../../../src/docker';
import { startEngine, type TestEngine } from '../../support/engine';
import { startHaproxy } from '../../support/haproxy';
import { imageTag, loadHelperImage, loadImages } from '../../support/images/images';
import { makeVersion } from '../../support/images/versions';
import { startRegistry, type Registry } from '../../support/registry';
import { Scope } from '../../support/scope';

/*
 * Everything in the README's tables of rights that through-proxy.test.ts leaves out, with haproxy and the rules of the compose
 * example between the operations and the engine. To prune build cache needs BuildKit, which the client here lacks: that
 * the rules pass POST /build/prune is seen by the engine's own answer.
 */

let scope: Scope;
let engine: TestEngine;
let registry: Registry;
let connection: EngineConnection;
let port: number;

beforeAll(async () => {
	scope = await Scope.open('resources-through-proxy');
	engine = await startEngine(scope);
	await loadImages(engine.docker, ['tools', 'web']);
	await loadHelperImage(engine.docker);
	registry = await startRegistry(scope);
	port = await startHaproxy(scope, engine);
	connection = rights('full');
});

afterAll(() => scope?.close());

const rights = (accessLevel: string): EngineConnection =>
	parseConnection({
		connectionType: 'tcp',
		host: '127.0.0.1',
		port,
		accessLevel,
		allowedContainers: '*',
		allowedHostPaths: scope.folder,
		timeoutSeconds: 20,
	});
const run = async (name: string, options = {}) => {
	const container = await engine.docker.createContainer({ name, Image: imageTag('web'), ...options });
	await container.start();
	return container;
};
const removeAll = async () => {
	const all = await engine.docker.listContainers({ all: true });
	await Promise.all(all.map(({ Id }) => engine.docker.getContainer(Id).remove({ force: true, v: true })));
};
afterEach(removeAll);

test('images: Get Many, Get, Pull, Tag, Remove, Prune', async () => {
	const images = new Images(connection);
	const reference = `${registry.address}/shop/web:1`;
	const changes = ['LABEL version=1'];
	const id = await makeVersion(engine.docker, { from: imageTag('tools'), tag: reference, changes });
	await engine.cli('push', '-q', reference);
	await engine.docker.getImage(reference).remove();
	expect(await images.pull(reference)).toMatchObject({ changed: true, id });
	expect((await images.list({ name: reference })).map(({ name }) => name)).toEqual([reference]);
	expect(await images.get(reference)).toMatchObject({ id });
	expect(await images.tag(reference, 'shop/web:stable')).toMatchObject({ changed: true });
	expect(await images.remove('shop/web:stable')).toMatchObject({ changed: true, deleted: false });
	expect(await images.remove(id)).toMatchObject({ deleted: true });
	await makeVersion(engine.docker, { from: imageTag('tools'), tag: 'shop/old:1', changes });
	const rules = { olderThanHours: 0, images: 'unused', keep: ['opsdesk-test/*', 'busybox:*'] } as const;
	const none = { containers: false, networks: false, buildCache: false };
	const { removed } = await prune(connection, { ...rules, ...none });
	expect(removed.map(({ name }) => name)).toEqual(['shop/old:1']);
});

test('volumes: Create, Get Many with sizes, Get, Remove, Prune', async () => {
	const volumes = new Volumes(connection);
	const media = { name: 'shop_media', driver: 'local', labels: {}, options: {} };
	expect(await volumes.create(media)).toMatchObject({ changed: true });
	expect(await volumes.list({}, { sizes: true })).toEqual([
		expect.objectContaining({ name: 'shop_media', sizeBytes: 0 }),
	]);
	expect(await volumes.get('shop_media')).toMatchObject({ name: 'shop_media' });
	expect(await volumes.remove('shop_media')).toMatchObject({ deleted: true });
	await volumes.create(media);
	const rules = { containers: false, images: 'none', networks: false, buildCache: false } as const;
	const { removed } = await prune(connection, { ...rules, volumes: 'all', olderThanHours: 0 });
	expect(removed.map(({ name }) => name)).toEqual(['shop_media']);
});

test('networks: Create, Get Many, Get, Remove, Prune', async () => {
	const networks = new Networks(connection);
	expect(await networks.create({ name: 'shop_net' })).toMatchObject({ changed: true });
	expect((await networks.list({ name: 'shop_*' })).map(({ name }) => name)).toEqual(['shop_net']);
	expect(await networks.get('shop_net')).toMatchObject({ name: 'shop_net' });
	expect(await networks.remove('shop_net')).toMatchObject({ deleted: true });
	await networks.create({ name: 'shop_net' });
	const rules = { containers: false, images: 'none', buildCache: false, olderThanHours: 0 } as const;
	const { removed } = await prune(connection, rules);
	expect(removed.map(({ name }) => name)).toEqual(['shop_net']);
});

test('the engine: Ping, Info, Disk Usage, Get Events, Audit, Prune, test of the credential', async () => {
	const system = new System(connection);
	expect(await system.ping()).toMatchObject({ reachable: true });
	expect(await system.info()).toMatchObject({ engine: 'Docker' });
	expect((await system.diskUsage()).images.count).toBeGreaterThan(0);
	const since = new Date();
	const container = await run('shop-web');
	await container.stop({ t: 0 });
	const { events } = await listEvents(connection, { since, until: new Date(Date.now() + 1000) });
	expect(events.map(({ action }) => action)).toEqual(expect.arrayContaining(['start', 'die']));
	expect((await audit(connection)).containers).toEqual(['shop-web']);
	const report = await prune(connection, { olderThanHours: 0 });
	expect(report.removed.map(({ name }) => name)).toContain('shop-web');
	expect(report.failed).toEqual([]);
	expect(await reportAccess(connection)).toMatchObject({ refusedByProxy: [] });
	const query = `filters=${encodeURIComponent(JSON.stringify({ id: ['none'] }))}`;
	const answer = await fetch(`http://127.0.0.1:${port}/v1.41/build/prune?${query}`, { method: 'POST' });
	expect([answer.status, await answer.json()]).toEqual([200, { CachesDeleted: null, SpaceReclaimed: 0 }]);
});

test('Heal, with the access level Control', async () => {
	const container = await run('shop-web', { Cmd: ['sh', '-c', 'exit 7'], Healthcheck: { Test: ['NONE'] } });
	await container.update({ RestartPolicy: { Name: 'unless-stopped' } }).catch(() => {});
	const healed = await healContainers(rights('control'), {
		stateFolder: scope.emptyFolder(),
		policy: { ...defaultPolicy, settleMs: 500 },
		protection: { env: {} },
	});
	expect(healed.results.map(({ name }) => name)).toEqual(['shop-web']);
});

test('Update of a container with further networks, and Compose Project: Get, Restart, Stop, Start, Update', async () => {
	const changes = (version: number) => [`ENV VERSION=${version}`];
	const make = (version: number) =>
		makeVersion(engine.docker, { from: imageTag('web'), tag: 'shop/app:1', changes: changes(version) });
	await make(1);
	for (const Name of ['shop_one', 'shop_two']) await engine.docker.createNetwork({ Name });
	const Labels = { 'com.docker.compose.project': 'shop', 'com.docker.compose.service': 'web' };
	const HostConfig = { NetworkMode: 'shop_one' };
	await run('shop-web-1', { Image: 'shop/app:1', Labels, HostConfig, StopTimeout: 1 });
	await engine.cli('network', 'connect', 'shop_two', 'shop-web-1');
	const id = await make(2);
	const options = { pull: false, settleSeconds: 1, drainSeconds: 0 };
	expect(await updateContainer(connection, 'shop-web-1', options)).toMatchObject({ changed: true });
	expect((await engine.docker.getContainer('shop-web-1').inspect()).Image).toBe(id);
	const projects = new ComposeProjects(connection);
	expect((await projects.list()).map(({ name }) => name)).toEqual(['shop']);
	expect(await projects.restart('shop', { graceSeconds: 0 })).toMatchObject({ changed: true });
	expect(await projects.stop('shop', { graceSeconds: 0 })).toMatchObject({ changed: true });
	expect(await projects.start('shop')).toMatchObject({ changed: true });
	expect(await projects.get('shop')).toMatchObject({ name: 'shop' });
	await make(3);
	expect(await projects.update('shop', options)).toMatchObject({ changed: true });
});

test('what backups do with volumes and folders of the host', async () => {
	await engine.docker.createVolume({ Name: 'shop_media' });
	const places: HelperMount[] = [
		{ type: 'volume', volume: 'shop_media', readOnly: false },
		{ type: 'hostPath', path: scope.emptyFolder(), readOnly: false },
	];
	for (const mount of places) {
		const helper = await Helper.open(connection, { purpose: 'test', site: 'shop', mount });
		const script = 'echo hello > "$1/file"; cat "$1/file"';
		expect((await helper.run(script, [helper.root])).stdout.toString()).toBe('hello\n');
		const archive = await helper.archive(join(helper.root, 'file'));
		await archive.toArray();
		await helper.close();
	}
	const name = 'opsdesk-drill-proxy';
	const throwaway = await Throwaway.create(connection, { name, site: 'shop', volumeAt: '/data' });
	await throwaway.remove();
	expect(await new Containers(connection).list()).toEqual([]);
	expect(await engine.docker.listContainers({ all: true })).toEqual([]);
	await engine.docker.getVolume('shop_media').remove();
});
