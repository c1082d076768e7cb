import { mkdtempSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import {
	Containers,
	parseConnection,
	type CreateOptions,
	type CreateResult,
	type NewContainerInput,
} from '../../../../src/docker';
import { freePort } from '../../../support/free-port';
import { imageTag } from '../../../support/images/images';
import { makeVersion } from '../../../support/images/versions';
import { useProxiedEngine } from '../../../support/proxied-engine';

const use = useProxiedEngine('create', ['tools']);
const { actionsSent } = use;
const folder = mkdtempSync(join(tmpdir(), 'opsdesk-create-'));
afterAll(() => rmSync(folder, { recursive: true }));

function containers(rights: Record<string, unknown> = {}): Containers {
	const { host, port } = use.proxy;
	const full = { accessLevel: 'full', allowedContainers: 'shop-*', timeoutSeconds: 10 };
	return new Containers(parseConnection({ ...full, ...rights, connectionType: 'tcp', host, port }));
}

const image = imageTag('tools');
const base: NewContainerInput = { name: 'shop-web', image, command: ['sleep', '1000'] };

const create = (
	more: Record<string, unknown> = {},
	options: CreateOptions = {},
	rights: Record<string, unknown> = {},
): Promise<CreateResult> => containers(rights).create({ ...base, ...more }, options);

const inspect = async () => await use.engine.docker.getContainer('shop-web').inspect();

test('a container gets all that its definition says, and starts where that is asked for', async () => {
	const { docker } = use.engine;
	for (const Name of ['shop_front', 'shop_back']) await docker.createNetwork({ Name });
	const hostPort = await freePort();
	const www = join(folder, 'www');
	mkdirSync(www);
	const result = await create(
		{
			environment: { TZ: 'Europe/Berlin', PASSWORD: 'geheim-4711' },
			labels: { tier: 'web' },
			ports: [{ containerPort: 8080, hostPort }],
			mounts: [
				{ type: 'volume', source: 'shop_media', target: '/media' },
				{ type: 'hostPath', source: www, target: '/www', readOnly: true },
				{ type: 'tmpfs', target: '/cache' },
			],
			networks: [
				{ name: 'shop_front', aliases: ['web'] },
				{ name: 'shop_back', aliases: ['api', 'backend'] },
			],
			restartPolicy: 'on-failure',
			maxRetries: 3,
			memoryBytes: 64 << 20,
			cpus: 0.5,
			pids: 99,
			healthCheck: { command: ['true'], intervalSeconds: 5, retries: 2 },
			user: '99:99',
			workingDirectory: '/tmp',
			hostname: 'web',
			stopTimeoutSeconds: 3,
		},
		{ start: true },
		{ allowedHostPaths: www },
	);
	expect(result).toMatchObject({
		name: 'shop-web',
		changed: true,
		created: true,
		started: true,
		state: 'running',
		image,
	});
	expect(JSON.stringify(result)).not.toContain('geheim');
	const { Config, HostConfig, NetworkSettings, Mounts } = await inspect();
	expect(Config).toMatchObject({
		Cmd: ['sleep', '1000'],
		Env: expect.arrayContaining(['TZ=Europe/Berlin', 'PASSWORD=geheim-4711']),
		User: '99:99',
		WorkingDir: '/tmp',
		Hostname: 'web',
		StopTimeout: 3,
		Healthcheck: { Test: ['CMD', 'true'], Interval: 5e9, Retries: 2 },
	});
	expect(HostConfig).toMatchObject({
		Memory: 64 << 20,
		NanoCpus: 5e8,
		PidsLimit: 99,
		Privileged: false,
		RestartPolicy: { Name: 'on-failure', MaximumRetryCount: 3 },
		PortBindings: { '8080/tcp': [{ HostIp: '127.0.0.1', HostPort: String(hostPort) }] },
	});
	expect(Mounts.map(({ Type, Destination, RW }) => [Type, Destination, RW]).sort()).toEqual([
		['bind', '/www', false],
		['tmpfs', '/cache', true],
		['volume', '/media', true],
	]);
	const aliases = Object.values(NetworkSettings.Networks).map(({ Aliases }) => Aliases as string[]);
	expect(aliases).toEqual(
		expect.arrayContaining([expect.arrayContaining(['web']), expect.arrayContaining(['api', 'backend'])]),
	);
});

test('DK-4 the same definition again changes nothing, another one is a conflict', async () => {
	const environment = { A: '1', PASSWORD: 'geheim-4711' };
	const first = await create({ environment });
	expect(first).toMatchObject({ changed: true, created: true, started: false, state: 'created' });
	const again = await create({ environment: { PASSWORD: 'geheim-4711', A: '1' } });
	expect(again).toMatchObject({ changed: false, created: false, started: false, id: first.id });
	expect(await create({ environment }, { start: true })).toMatchObject({
		changed: true,
		created: false,
		started: true,
	});
	expect(await create({ environment }, { start: true })).toMatchObject({ changed: false, state: 'running' });
	for (const other of [{ environment: { ...environment, A: '2' } }, { environment, user: '99' }, {}]) {
		const thrown: unknown = await create(other).catch((error: unknown) => error);
		expect(thrown).toMatchObject({ code: 'conflict' });
		expect(String((thrown as Error).message)).not.toContain('geheim');
	}
	await use.engine.docker.createContainer({ name: 'shop-foreign', Image: image });
	await expect(create({ name: 'shop-foreign' })).rejects.toMatchObject({ code: 'conflict' });
});

test('a dry run checks everything and makes nothing', async () => {
	expect(await create({}, { dryRun: true, start: true })).toMatchObject({
		dryRun: true,
		changed: true,
		started: true,
	});
	await expect(create({ image: 'no-such-image' }, { dryRun: true })).rejects.toMatchObject({
		code: 'image_missing',
	});
	await expect(create({ networks: [{ name: 'nowhere' }] }, { dryRun: true })).rejects.toMatchObject({
		code: 'not_found',
	});
	expect(actionsSent()).toEqual([]);
});

const outside: [string, Record<string, unknown>, Record<string, unknown>][] = [
	['name', { name: 'database' }, {}],
	['image', {}, { allowedImages: 'nginx:*' }],
	[
		'volume',
		{ mounts: [{ type: 'volume', source: 'blog_media', target: '/m' }] },
		{ allowedVolumes: 'shop_*' },
	],
	[
		'host path',
		{ mounts: [{ type: 'hostPath', source: '/etc', target: '/m' }] },
		{ allowedHostPaths: '/srv' },
	],
	['network', { networks: [{ name: 'bridge' }] }, { allowedNetworks: 'shop_*' }],
	['usual network', {}, { allowedNetworks: 'shop_*' }],
	['level', {}, { accessLevel: 'control' }],
];

test.each(outside)('DK-6 a %s that the credential does not cover is refused', async (_what, more, rights) => {
	await expect(create(more, {}, rights)).rejects.toMatchObject({ code: 'not_permitted' });
	expect(actionsSent()).toEqual([]);
});

const anything = { allowedHostPaths: '/' };
const refused: [string, Record<string, unknown>][] = [
	['privileged', { privileged: true }],
	['Privileged', { HostConfig: { Privileged: true } }],
	['pidMode', { pidMode: 'host' }],
	['capAdd', { capAdd: ['SYS_ADMIN'] }],
	['devices', { devices: ['/dev/sda'] }],
	['the network of the host', { networks: [{ name: 'host' }] }],
	['the socket', { mounts: [{ type: 'hostPath', source: '/var/run/docker.sock', target: '/s' }] }],
	['the folder of the socket', { mounts: [{ type: 'hostPath', source: '/run', target: '/s' }] }],
	['everything', { mounts: [{ type: 'hostPath', source: '/', target: '/s' }] }],
	['steps upwards', { mounts: [{ type: 'hostPath', source: '/srv/../etc', target: '/s' }] }],
	['a mount in place of the root', { mounts: [{ type: 'volume', source: 'v', target: '/' }] }],
	["this package's own label", { labels: { 'opsdesk.helper': 'x' } }],
	['a label of its updates', { labels: { 'opsdesk.update.replaces': 'a'.repeat(64) } }],
	['a bind as volume', { mounts: [{ type: 'volume', source: '/etc', target: '/s' }] }],
	['an address that is none', { ports: [{ containerPort: 80, hostAddress: 'everywhere' }] }],
	['a variable with a bad name', { environment: { 'A B': 'geheim-4711' } }],
	['a value with a zero byte', { environment: { A: 'geheim-4711\0' } }],
];

test.each(refused)('%s is refused, and nothing is sent', async (_what, more) => {
	const thrown: unknown = await create(more, {}, anything).catch((error: unknown) => error);
	expect(thrown).toMatchObject({ code: 'invalid_input' });
	expect(String((thrown as Error).message)).not.toContain('geheim');
	expect(actionsSent()).toEqual([]);
});

test('DK-6 nothing below an allowed folder is mounted, only such a folder itself', async () => {
	symlinkSync('/etc', join(folder, 'link'));
	const mounts = [{ type: 'hostPath', source: join(folder, 'link'), target: '/m' }];
	await expect(create({ mounts }, {}, { allowedHostPaths: folder })).rejects.toMatchObject({
		code: 'not_permitted',
	});
	// What is a folder now may be a link when the engine mounts it the next time.
	mkdirSync(join(folder, 'plain'));
	const plain = [{ type: 'hostPath', source: join(folder, 'plain'), target: '/m' }];
	for (const dryRun of [true, false]) {
		await expect(create({ mounts: plain }, { dryRun }, { allowedHostPaths: folder })).rejects.toMatchObject({
			code: 'not_permitted',
		});
	}
	await expect(use.engine.docker.getContainer('shop-web').inspect()).rejects.toMatchObject({
		statusCode: 404,
	});
});

test('DK-26 a port that is taken is an error that says the container is there, and the same again starts it', async () => {
	const hostPort = await freePort();
	const ports = [{ containerPort: 80, hostPort }];
	await create({ name: 'shop-first', ports }, { start: true });
	await expect(create({ ports }, { start: true })).rejects.toMatchObject({
		message: expect.stringMatching(
			/^The container "shop-web" was created, but did not start\. .*(port|address)/s,
		),
	});
	await use.engine.docker.getContainer('shop-first').remove({ force: true });
	expect(await create({ ports }, { start: true })).toMatchObject({
		created: false,
		started: true,
		state: 'running',
	});
});

test('what cannot be finished leaves no container behind', async () => {
	await use.engine.docker.createNetwork({ Name: 'shop_one' });
	await use.engine.docker.createNetwork({ Name: 'shop_two' });
	use.proxy.before = ({ url }) =>
		Promise.resolve(url?.includes('/connect') ? { status: 403, body: '<html>403</html>' } : undefined);
	const networks = [{ name: 'shop_one' }, { name: 'shop_two' }];
	await expect(create({ networks })).rejects.toMatchObject({ code: 'proxy_refused' });
	expect(await use.engine.docker.listContainers({ all: true })).toEqual([]);
});

test('DK-6 marks of updates that an image brings with it are blank in the container', async () => {
	const tag = 'shop/marked:1';
	const changes = [`LABEL opsdesk.update.replaces=${'f'.repeat(64)} opsdesk.update.plan=x tier=web`];
	await makeVersion(use.engine.docker, { from: image, tag, changes });
	expect(await create({ image: tag })).toMatchObject({ created: true });
	const { Labels } = (await inspect()).Config;
	expect(Labels).toMatchObject({ 'opsdesk.update.replaces': '', 'opsdesk.update.plan': '', tier: 'web' });
	expect(await create({ image: tag })).toMatchObject({ created: false, changed: false });
});
