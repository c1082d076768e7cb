import { updateContainer } from '../../../../src/docker';
import { shopNetwork, useShop } from './shop';

const shop = useShop('update-configuration');
const quick = { pull: false, settleSeconds: 1, drainSeconds: 0 };

async function inspected(name: string) {
	const { docker } = shop.engine;
	const found = await docker.getContainer(name).inspect();
	return found;
}

test('what a container was given is kept, what it had from its image comes from the new one', async () => {
	await shop.run('shop-web-1', {
		Env: ['TOKEN=abc', 'VERSION=mine'],
		Labels: { 'com.docker.compose.project': 'shop', 'com.docker.compose.image': shop.images[1] },
		ExposedPorts: { '9000/tcp': {} },
		Hostname: 'web',
		User: '0:0',
		StopTimeout: 3,
		Healthcheck: { Interval: 2_000_000_000 },
		HostConfig: {
			NetworkMode: shopNetwork,
			Memory: 64 * 1024 * 1024,
			RestartPolicy: { Name: 'unless-stopped' },
			CapDrop: ['NET_RAW'],
			ExtraHosts: ['mail:192.0.2.7'],
		},
	});
	await shop.run('shop-plain-1');
	await shop.release('2');
	await updateContainer(shop.connection(), 'shop-web-1', quick);
	await updateContainer(shop.connection(), 'shop-plain-1', quick);

	const { Config, HostConfig, Image } = await inspected('shop-web-1');
	expect(Image).toBe(shop.images[2]);
	expect(Config).toMatchObject({
		Image: 'shop/web:1',
		Hostname: 'web',
		User: '0:0',
		StopTimeout: 3,
		Cmd: ['httpd', '-f', '-v', '-p', '8080', '-h', '/www'],
		ExposedPorts: { '9000/tcp': {}, '8080/tcp': {} },
		Labels: {
			'com.docker.compose.project': 'shop',
			'com.docker.compose.image': shop.images[2],
			version: '2',
		},
		Healthcheck: { Test: ['CMD', 'healthy'], Interval: 2_000_000_000, Retries: 2 },
	});
	expect([...(Config.Env ?? [])].sort()).toEqual(
		expect.arrayContaining(['SAME=yes', 'TOKEN=abc', 'VERSION=mine']),
	);
	expect(HostConfig).toMatchObject({
		Memory: 64 * 1024 * 1024,
		RestartPolicy: { Name: 'unless-stopped' },
		CapDrop: ['NET_RAW'],
		ExtraHosts: ['mail:192.0.2.7'],
	});
	const plain = await inspected('shop-plain-1');
	expect(plain.Config.Env).toContain('VERSION=2');
	expect(plain.Config.Labels['version']).toBe('2');
	expect(plain.Config.Hostname).toBe(plain.Id.slice(0, 12));
});

test('volumes stay, those without a name of their own too, also after a roll back and a second update', async () => {
	const { docker } = shop.engine;
	await shop.run('shop-db-1', {
		Volumes: { '/anonymous': {} },
		HostConfig: { NetworkMode: shopNetwork, Binds: ['shop_data:/data'] },
	});
	const volumes = async () =>
		(await inspected('shop-db-1')).Mounts.map(({ Name, Destination }) => `${Destination} ${Name}`).sort();
	const before = await volumes();
	await shop.engine.cli('exec', 'shop-db-1', 'sh', '-c', 'echo kept > /data/a; echo kept > /anonymous/b');
	for (const version of ['broken', '2', '1'] as const) {
		await shop.release(version);
		const result = await updateContainer(shop.connection(), 'shop-db-1', quick);
		expect(result).toMatchObject({ way: 'stopFirst', rolledBack: version === 'broken' });
		expect(await volumes()).toEqual(before);
	}
	expect(await shop.engine.cli('exec', 'shop-db-1', 'cat', '/data/a', '/anonymous/b')).toBe('kept\nkept');
	// A roll back leaves none behind.
	expect((await docker.listVolumes()).Volumes.map(({ Name }) => Name)).toHaveLength(2);
	// The marks of the last update only.
	const marks = Object.keys((await inspected('shop-db-1')).Config.Labels).filter((name) =>
		name.startsWith('opsdesk.'),
	);
	expect(marks.sort()).toEqual(['opsdesk.update.plan', 'opsdesk.update.replaces']);
});

test('fixed addresses and further networks with their aliases are kept', async () => {
	const { docker } = shop.engine;
	const fixed = await docker.createNetwork({
		Name: 'shop_fixed',
		IPAM: { Driver: 'default', Config: [{ Subnet: '172.30.99.0/24' }] },
	});
	try {
		const old = await shop.create('shop-web-1', {
			NetworkingConfig: { EndpointsConfig: { [shopNetwork]: { Aliases: ['web'] } } },
		});
		const EndpointConfig = { Aliases: ['front'], IPAMConfig: { IPv4Address: '172.30.99.42' } };
		await fixed.connect({ Container: old.id, EndpointConfig });
		await old.start();
		await shop.release('2');
		const result = await updateContainer(shop.connection(), 'shop-web-1', quick);
		expect(result).toMatchObject({ way: 'stopFirst', stopFirstBecause: ['it has an address of its own'] });
		const { NetworkSettings, Id } = await inspected('shop-web-1');
		const networks = NetworkSettings.Networks;
		expect(Object.keys(networks).sort()).toEqual(['shop_default', 'shop_fixed']);
		expect(networks['shop_fixed']?.IPAddress).toBe('172.30.99.42');
		expect(networks['shop_fixed']?.Aliases).toEqual(['front', Id.slice(0, 12)]);
		expect(networks['shop_default']?.Aliases).toEqual(['web', Id.slice(0, 12)]);
		await docker.getContainer(Id).remove({ force: true });
	} finally {
		await fixed.remove();
	}
});
