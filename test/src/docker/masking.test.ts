import { setTimeout as sleep } from 'node:timers/promises';
import type Docker from 'dockerode';

import { Containers, Images, parseConnection } from '../../../src/docker';
import { imageTag } from '../../support/images/images';
import { useProxiedEngine } from '../../support/proxied-engine';

const use = useProxiedEngine('masking', ['tools']);

function connection() {
	const { host, port } = use.proxy;
	const rights = { accessLevel: 'read', allowedContainers: '*', timeoutSeconds: 10 };
	return parseConnection({ ...rights, connectionType: 'tcp', host, port });
}

const create = (options: Docker.ContainerCreateOptions) =>
	use.engine.docker.createContainer({ name: 'secretive', Image: imageTag('tools'), ...options });

const secrets: [what: string, options: Docker.ContainerCreateOptions, shown: object][] = [
	[
		'values of variables',
		{ Env: ['DATABASE_PASSWORD=geheim-4711', 'EMPTY='] },
		{ Config: { Env: expect.arrayContaining(['DATABASE_PASSWORD=***', 'EMPTY=***']) } },
	],
	[
		'options of log drivers',
		{ HostConfig: { LogConfig: { Type: 'json-file', Config: { tag: 'token geheim-4711' } } } },
		{ HostConfig: { LogConfig: { Config: { tag: '***' } } } },
	],
	[
		'arguments of a program',
		{ Cmd: ['redis-server', '--requirepass', 'geheim-4711', '--user=geheim-4711', '-pgeheim-4711'] },
		{
			Config: { Cmd: ['redis-server', '--requirepass', '***', '--user=***', '***'] },
			Path: 'redis-server',
			Args: ['--requirepass', '***', '--user=***', '***'],
		},
	],
	[
		'arguments of an entrypoint',
		{ Entrypoint: ['/start', 'geheim-4711'], Cmd: ['geheim-4711'] },
		{ Config: { Entrypoint: ['/start', '***'], Cmd: ['***'] }, Args: ['***', '***'] },
	],
	[
		'arguments of a health check',
		{ Healthcheck: { Test: ['CMD', 'redis-cli', '-a', 'geheim-4711', 'ping'] } },
		{ Config: { Healthcheck: { Test: ['CMD', 'redis-cli', '***', '***', '***'] } } },
	],
	[
		'the shell line of a health check',
		{ Healthcheck: { Test: ['CMD-SHELL', 'redis-cli -a geheim-4711 ping'] } },
		{ Config: { Healthcheck: { Test: ['CMD-SHELL', '***'] } } },
	],
	[
		'options of the driver of a mount',
		{
			HostConfig: {
				Mounts: [
					{
						Type: 'volume',
						Source: 'share',
						Target: '/share',
						VolumeOptions: {
							NoCopy: false,
							Labels: {},
							DriverConfig: {
								Name: 'local',
								Options: { type: 'tmpfs', device: 'tmpfs', o: 'size=1m,mode=0700' },
							},
						},
					},
				],
			},
			Env: ['A=geheim-4711'],
		},
		{
			HostConfig: {
				Mounts: [{ VolumeOptions: { DriverConfig: { Options: { type: '***', device: '***', o: '***' } } } }],
			},
		},
	],
];

test.each(secrets)('DK-28 %s are in no output', async (_, options, shown) => {
	await create(options);
	const containers = new Containers(connection());
	const raw = await containers.getRaw('secretive');
	expect(raw).toMatchObject(shown);
	const others = [
		await containers.get('secretive'),
		await containers.list(),
		await containers.listRaw(),
		await containers.definition('secretive', true),
	];
	expect(JSON.stringify([raw, ...others])).not.toContain('geheim');
	const plain = await containers.definition('secretive', false);
	expect(JSON.stringify(plain)).toContain('geheim');
});

test('DK-28 an image made from a container with secrets does not tell them', async () => {
	const container = await create({ Cmd: ['server', 'geheim-4711'], Env: ['TOKEN=geheim-4711'] });
	await container.commit({ repo: 'shop/secretive', tag: '1' });
	const raw = await new Images(connection()).getRaw('shop/secretive:1');
	expect(raw).toMatchObject({ Config: { Cmd: ['server', '***'] } });
	expect(JSON.stringify({ Config: raw['Config'], Container: raw['ContainerConfig'] })).not.toContain(
		'geheim',
	);
	await use.engine.docker.getImage('shop/secretive:1').remove();
});

test('DK-12 what a health check has written, 4 KB with binary, is made readable and cut', async () => {
	const script = String.raw`printf '\033[31mred\033[0m\001\000\377 '; head -c 4096 /dev/zero | tr '\0' x; exit 1`;
	const container = await create({
		Cmd: ['sleep', '1000'],
		Healthcheck: { Test: ['CMD', 'sh', '-c', script], Interval: 2e8, Retries: 1 },
	});
	await container.start();
	let said: string | undefined;
	for (let attempt = 0; attempt < 100 && said === undefined; attempt += 1) {
		await sleep(100);
		said = (await container.inspect()).State.Health?.Log.at(-1)?.Output;
	}
	expect(said).toContain('\u001b[31mred');
	expect(said?.length).toBeGreaterThan(4000);
	const raw = await new Containers(connection()).getRaw('secretive');
	const { Health } = raw['State'] as { Health: { Log: { Output: string }[] } };
	expect(Health.Log.length).toBeGreaterThan(0);
	for (const { Output } of Health.Log) {
		expect(Output).toMatch(/^red\uFFFD? x{400,}…$/);
		expect(Output.length).toBeLessThanOrEqual(501);
	}
});
