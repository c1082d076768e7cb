import type { INode } from 'n8n-workflow';

import { DockerControl } from '../../../nodes/DockerControl/DockerControl.node';
import { startEngine, type TestEngine } from '../../support/engine';
import { imageTag, loadImages } from '../../support/images/images';
import { runWorkflow, type WorkflowRun } from '../../support/in-process';
import { Scope } from '../../support/scope';

const type = 'n8n-nodes-opsdesk.dockerControl';
let scope: Scope;
let engine: TestEngine;

beforeAll(async () => {
	scope = await Scope.open('node-resources');
	engine = await startEngine(scope);
	await loadImages(engine.docker, ['tools']);
});

afterAll(() => scope?.close());

const byName = (value: string) => ({ __rl: true, mode: 'name', value });

async function run(parameters: INode['parameters'], items = 1): Promise<WorkflowRun> {
	const node = { typeVersion: 1, position: [0, 0] as [number, number] };
	const credentials = { dockerApi: { id: '1', name: 'Engine' } };
	const json = {
		nodes: [
			{ ...node, id: '1', name: 'Start', type: 'n8n-nodes-base.manualTrigger', parameters: {} },
			{ ...node, id: '2', name: 'Docker', type, parameters, credentials },
		],
		connections: { Start: { main: [[{ node: 'Docker', type: 'main' as const, index: 0 }]] } },
	};
	return await runWorkflow(json, {
		nodeTypes: { [type]: DockerControl },
		credentials: {
			dockerApi: {
				connectionType: 'socket',
				socketPath: engine.socketPath,
				accessLevel: 'full',
				allowedContainers: '*',
			},
		},
		input: Array.from({ length: items }, () => ({ json: {} })),
	});
}

const result = async (parameters: INode['parameters']) => (await run(parameters)).json('Docker');

test('Image: Get Many, Get, Tag, Pull and Remove', async () => {
	const many = { resource: 'image', operation: 'getMany', returnAll: true };
	expect(await result({ ...many, simplify: true, filters: { use: 'unused', name: '*/tools:1' } })).toEqual([
		expect.objectContaining({ name: imageTag('tools'), inUse: false }),
	]);
	expect((await result({ ...many, simplify: false }))[0]).toMatchObject({ RepoTags: [imageTag('tools')] });
	const image = byName(imageTag('tools'));
	const got = await result({ resource: 'image', operation: 'get', image, simplify: true });
	expect(got[0]).toMatchObject({ platform: 'linux/amd64' });
	const tagged = { resource: 'image', operation: 'tag', image, newName: 'shop/tools:2' };
	expect((await result(tagged))[0]).toMatchObject({ changed: true, name: 'shop/tools:2' });
	const pull = { resource: 'image', operation: 'pull', imageName: '127.0.0.1:1/none:1' };
	expect((await result({ ...pull, options: { dryRun: true } }))[0]).toMatchObject({ changed: true });
	expect((await run(pull)).error).toMatchObject({
		message: expect.stringContaining('The image "127.0.0.1:1/none:1" was not pulled'),
		description: expect.stringContaining('registry'),
	});
	const remove = { resource: 'image', operation: 'remove', image: byName('shop/tools:2') };
	expect((await result(remove))[0]).toMatchObject({ changed: true, untagged: ['shop/tools:2'] });
});

test('Volume: Create with rows or an object as labels, Get Many, Get and Remove', async () => {
	const create = { resource: 'volume', operation: 'create', name: 'shop_media' };
	const rows = { labels: { values: [{ name: 'tier', value: 'web' }] } };
	expect((await result({ ...create, options: rows }))[0]).toMatchObject({
		changed: true,
		labels: { tier: 'web' },
	});
	const object = { labels: '={{ ({ tier: "web" }) }}' };
	expect((await result({ ...create, options: object }))[0]).toMatchObject({ changed: false });
	const many = { resource: 'volume', operation: 'getMany', returnAll: false, limit: 1, simplify: true };
	expect(await result({ ...many, filters: { labels: 'tier=web' }, options: { sizes: true } })).toEqual([
		expect.objectContaining({ name: 'shop_media', sizeBytes: 0, inUse: false }),
	]);
	const volume = byName('shop_media');
	const raw = await result({ resource: 'volume', operation: 'get', volume, simplify: false });
	expect(raw[0]).toMatchObject({ Name: 'shop_media', Driver: 'local' });
	const remove = { resource: 'volume', operation: 'remove', volume };
	expect((await result({ ...remove, options: { dryRun: true } }))[0]).toMatchObject({ dryRun: true });
	expect((await result(remove))[0]).toMatchObject({ changed: true, deleted: true });
	expect((await run({ ...remove, volume: '={{ null }}' })).error?.message).toContain('"Volume" is neither');
});

test('Network: Create, Get Many, Get and Remove; networks of the engine stay', async () => {
	const options = { internal: true, driver: '', subnet: '10.198.3.0/24' };
	const create = { resource: 'network', operation: 'create', name: 'shop_backend', options };
	expect((await result(create))[0]).toMatchObject({ changed: true, internal: true });
	expect((await result(create))[0]).toMatchObject({ changed: false });
	const many = { resource: 'network', operation: 'getMany', returnAll: true, simplify: true };
	expect((await result({ ...many, filters: { name: 'shop_*', driver: 'bridge' } })).length).toBe(1);
	const network = byName('shop_backend');
	const got = await result({ resource: 'network', operation: 'get', network, simplify: true });
	expect(got[0]).toMatchObject({ subnets: [{ subnet: '10.198.3.0/24' }] });
	const remove = { resource: 'network', operation: 'remove' };
	expect((await result({ ...remove, network }))[0]).toMatchObject({ changed: true });
	expect((await run({ ...remove, network: byName('bridge') })).error?.message).toContain('never removed');
});

test('the lists in the editor hold what the credential covers', async () => {
	await engine.docker.createVolume({ Name: 'shop_media' });
	const { listSearch } = new DockerControl().methods;
	const credential = {
		connectionType: 'socket',
		socketPath: engine.socketPath,
		accessLevel: 'read',
		allowedContainers: '*',
		allowedNetworks: 'bridge',
	};
	const context = { getCredentials: () => Promise.resolve(credential), getNode: () => ({ name: 'x' }) };
	const values = async (list: keyof typeof listSearch, filter?: string) => {
		const found = await listSearch[list].call(context as never, filter);
		return found.results.map(({ value }) => value);
	};
	expect(await values('searchImages')).toEqual([imageTag('tools')]);
	expect(await values('searchVolumes', 'MEDIA')).toEqual(['shop_media']);
	expect(await values('searchNetworks')).toEqual(['bridge']);
	await engine.docker.getVolume('shop_media').remove();
});

test('System: Ping, Info, Disk Usage, Get Events, Audit and Prune', async () => {
	const container = await engine.docker.createContainer({ name: 'shop-job', Image: imageTag('tools') });
	const system = { resource: 'system' };
	expect((await result({ ...system, operation: 'ping' }))[0]).toMatchObject({ reachable: true });
	expect((await result({ ...system, operation: 'info', simplify: true }))[0]).toMatchObject({ images: 1 });
	expect((await result({ ...system, operation: 'info', simplify: false }))[0]).toMatchObject({ Images: 1 });
	expect((await result({ ...system, operation: 'diskUsage' }))[0]).toMatchObject({ images: { count: 1 } });
	const since = '={{ $now.minus({ minutes: 5 }).toISO() }}';
	const filters = { events: 'container:create', name: 'shop-*' };
	const events = { ...system, operation: 'getEvents', since, returnAll: true, filters };
	expect((await result(events)).at(-1)).toMatchObject({ action: 'create', name: 'shop-job' });
	expect((await run({ ...events, since: '={{ "" }}' })).error?.message).toContain('"Since" is empty');
	const audit = { ...system, operation: 'audit', output: 'summary', filters: { name: 'shop-job' } };
	expect((await result({ ...audit, options: { skip: 'runs_as_root' } }))[0]).toMatchObject({
		containers: 1,
		critical: 0,
		findings: expect.arrayContaining([expect.objectContaining({ code: 'no_memory_limit' })]),
	});
	const findings = await result({ ...audit, output: 'findings' });
	expect(findings.map(({ code }) => code)).toContain('runs_as_root');
	const prune = { ...system, operation: 'prune', olderThanHours: 0 };
	const dry = await result({ ...prune, options: { dryRun: true, images: 'none' } });
	expect(dry).toEqual([
		expect.objectContaining({ dryRun: true, removed: [expect.objectContaining({ id: container.id })] }),
	]);
	expect((await result({ ...prune, options: { keep: 'shop-*' } }))[0]).toMatchObject({ changed: false });
	expect((await result({ ...prune, options: { images: 'none' } }))[0]).toMatchObject({ changed: true });
	expect(await engine.docker.listContainers({ all: true })).toEqual([]);
});

test('Image, Volume and Network: Prune of one kind alone', async () => {
	const container = await engine.docker.createContainer({ name: 'shop-job', Image: imageTag('tools') });
	await engine.docker.createVolume({ Name: 'shop_old' });
	await engine.docker.createNetwork({ Name: 'shop_left' });
	const prune = async (resource: string, options: INode['parameters']) => {
		const parameters = { resource, operation: 'prune', olderThanHours: 0, options };
		const [report] = await result(parameters);
		return (report?.['removed'] as { name: string }[]).map(({ name }) => name);
	};
	expect(await prune('volume', {})).toEqual([]);
	expect(await prune('volume', { all: true, dryRun: true })).toEqual(['shop_old']);
	expect(await prune('volume', { all: true })).toEqual(['shop_old']);
	expect(await prune('network', { keep: 'shop_*' })).toEqual([]);
	expect(await prune('network', {})).toEqual(['shop_left']);
	expect(await prune('image', { all: true })).toEqual([]);
	await container.remove();
	expect(await prune('image', { all: true, dryRun: true })).toEqual([imageTag('tools')]);
});
