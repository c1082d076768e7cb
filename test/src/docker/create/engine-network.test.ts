import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';

import {
	Containers,
	helperLabel,
	parseConnection,
	ProgramsContainer,
	type EngineConnection,
} from '../../../../src/docker';
import { startEngine, type TestEngine } from '../../../support/engine';
import { imageTag, loadHelperImage, loadImages } from '../../../support/images/images';
import { poll } from '../../../support/n8n/poll';
import { Scope } from '../../../support/scope';

/*
 * The proxy of the compose example in a container and a network of its own; what is tested reaches the engine through it.
 */

let scope: Scope;
let engine: TestEngine;
let connection: EngineConnection;
const image = imageTag('tools');

beforeAll(async () => {
	scope = await Scope.open('engine-network');
	engine = await startEngine(scope);
	await loadImages(engine.docker, ['tools', 'haproxy']);
	await loadHelperImage(engine.docker);
	const rules = scope.path('haproxy.cfg');
	writeFileSync(rules, readFileSync(resolve(__dirname, '../../../../docs/compose/haproxy.cfg')));
	for (const name of ['docker_control', 'shop_default']) await engine.cli('network', 'create', name);
	const mounts = [
		`${engine.socketPath}:/var/run/docker.sock:ro`,
		`${rules}:/usr/local/etc/haproxy/haproxy.cfg:ro`,
	].flatMap((mount) => ['-v', mount]);
	const run = ['run', '-d', '--name', 'docker-proxy', '--network', 'docker_control', '--user', 'root'];
	await engine.cli(...run, ...mounts, imageTag('haproxy'));
	const { NetworkSettings } = await engine.docker.getContainer('docker-proxy').inspect();
	connection = parseConnection({
		connectionType: 'tcp',
		host: NetworkSettings.Networks['docker_control']?.IPAddress,
		port: 2375,
		accessLevel: 'full',
		allowedContainers: 'shop-*',
		allowedNetworks: '*',
	});
	const containers = new Containers(connection);
	await poll(15_000, () => containers.list().catch(() => undefined));
});

afterAll(() => scope?.close());

const refused = {
	code: 'not_permitted',
	message: expect.stringMatching(/^The network "\S+" is that of the proxy before the container engine/),
};
const create = (networks: string[], dryRun = false) =>
	new Containers(connection).create(
		{ name: 'shop-web', image, networks: networks.map((name) => ({ name })) },
		{ dryRun },
	);

test('DK-6 no container is put into the network of the proxy before the engine, whatever networks are allowed', async () => {
	const { Id } = await engine.docker.getNetwork('docker_control').inspect();
	for (const networks of [['docker_control'], [Id], [Id.slice(0, 12)], ['shop_default', 'docker_control']]) {
		for (const dryRun of [true, false]) await expect(create(networks, dryRun)).rejects.toMatchObject(refused);
	}
	const thrown: unknown = await create(['docker_control']).catch((error: unknown) => error);
	expect(JSON.stringify(thrown) + String(thrown)).not.toContain('docker-proxy');
	expect((await engine.docker.listContainers({ all: true })).map(({ Names }) => Names)).toEqual([
		['/docker-proxy'],
	]);
	expect(await create(['shop_default'], true)).toMatchObject({ changed: true });
});

/** The network that a temporary container of a backup gets. */
async function networkOfTemporary(
	from: string,
	network?: string,
	rights: { allowedNetworks?: string[] } = {},
): Promise<string> {
	const { Id } = await engine.docker.getImage(from).inspect();
	const options = { image: Id, network, purpose: 'test' };
	const container = await ProgramsContainer.open({ ...connection, ...rights }, options);
	try {
		const [found] = await engine.docker.listContainers({ filters: { label: [helperLabel] } });
		if (network === 'host') {
			// By its id it would be an empty network of its own that only bears the name.
			const { stdout } = await container.programs.run(['cat', '/proc/net/dev']);
			expect(stdout.toString('utf8')).toContain('br-');
		}
		return Object.keys(found?.NetworkSettings.Networks ?? {}).join();
	} finally {
		await container.close();
	}
}

test('DK-6 nor is a temporary container of a backup whose image is foreign, nor into that of the host', async () => {
	await expect(networkOfTemporary(image, 'docker_control')).rejects.toMatchObject(refused);
	await expect(networkOfTemporary(image, 'host')).rejects.toMatchObject({
		code: 'not_permitted',
		message: expect.stringContaining('the network of the host'),
		remedy: expect.stringContaining('postgres:17'),
	});
	expect(await networkOfTemporary(image, 'shop_default')).toBe('shop_default');
});

test('a temporary container of a known image goes into every covered network, whoever else is in there', async () => {
	for (const network of ['docker_control', 'shop_default', 'bridge', 'host', 'none']) {
		expect(await networkOfTemporary('busybox:1', network)).toBe(network);
		const { Id } = await engine.docker.getNetwork(network).inspect();
		expect(await networkOfTemporary('busybox:1', Id)).toBe(network);
	}
	const rights = { allowedNetworks: ['blog_*'] };
	for (const network of ['shop_default', 'host'])
		await expect(networkOfTemporary('busybox:1', network, rights)).rejects.toMatchObject({
			code: 'not_permitted',
		});
});

test('where a backup names no network, none needs to be covered', async () => {
	for (const from of ['busybox:1', image])
		expect(await networkOfTemporary(from, undefined, { allowedNetworks: ['shop_*'] })).toBe('bridge');
});

test('DK-6 no foreign image gets into the usual network of the engine while the proxy is in that', async () => {
	await engine.cli('network', 'connect', 'bridge', 'docker-proxy');
	try {
		await expect(create([])).rejects.toMatchObject(refused);
		await expect(networkOfTemporary(image)).rejects.toMatchObject(refused);
		expect(await networkOfTemporary('busybox:1')).toBe('bridge');
	} finally {
		await engine.cli('network', 'disconnect', 'bridge', 'docker-proxy');
	}
	expect(await create([], true)).toMatchObject({ changed: true });
});
