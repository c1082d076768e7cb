import { listEvents, parseConnection, System } from '../../../src/docker';
import { imageTag } from '../../support/images/images';
import { useProxiedEngine } from '../../support/proxied-engine';

const use = useProxiedEngine('system', ['tools', 'web']);

function connection(rights: object = {}) {
	const { host, port } = use.proxy;
	const usual = { accessLevel: 'read', allowedContainers: '*', timeoutSeconds: 10 };
	return parseConnection({ ...usual, ...rights, connectionType: 'tcp', host, port });
}

test('Ping tells the API version in use', async () => {
	const found = await new System(connection()).ping();
	expect(found).toEqual({
		reachable: true,
		endpoint: `tcp://127.0.0.1:${use.proxy.port}`,
		apiVersion: expect.stringMatching(/^1\.\d+$/),
		durationMs: expect.any(Number),
	});
});

test('Info tells what the engine is; passwords of its proxies are masked', async () => {
	const { docker } = use.engine;
	const [told, own] = [await new System(connection()).info(), (await docker.info()) as { NCPU: number }];
	expect(told).toMatchObject({ engine: 'Docker', cpus: own.NCPU, storageDriver: 'overlay2', images: 2 });
	use.proxy.before = ({ url }) => {
		const body = JSON.stringify({ ...own, HttpProxy: 'http://shop:geheim@proxy:3128' });
		return Promise.resolve(url?.endsWith('/info') ? { status: 200, body } : undefined);
	};
	const raw = await new System(connection()).infoRaw();
	expect(raw).toMatchObject({ NCPU: own.NCPU, HttpProxy: 'http://shop:***@proxy:3128' });
});

test('Disk Usage is what the client of the engine shows', async () => {
	const { docker, cli } = use.engine;
	await docker.createVolume({ Name: 'shop_media' });
	await docker.createVolume({ Name: 'shop_old' });
	const fill = ['dd', 'if=/dev/zero', 'bs=1000', 'count=300'];
	await cli('run', '--rm', '-v', 'shop_old:/data', imageTag('tools'), ...fill, 'of=/data/f');
	await cli('run', '--name', 'shop', '-v', 'shop_media:/data', imageTag('tools'), ...fill, 'of=/f');
	const usage = await new System(connection()).diskUsage();
	expect(usage.volumes).toEqual({ count: 2, inUse: 1, sizeBytes: 300_000, reclaimableBytes: 300_000 });
	expect(usage.containers).toMatchObject({ count: 1, inUse: 0 });
	expect(usage.containers.reclaimableBytes).toBeGreaterThanOrEqual(300_000);
	expect(usage.images).toMatchObject({ count: 2, inUse: 1 });
	const rows = (await cli('system', 'df', '--format', '{{.Type}}|{{.Size}}|{{.Reclaimable}}')).split('\n');
	const shown = (bytes: number) => `${Number((bytes / 1e6).toPrecision(4))}MB`;
	expect(rows[0]).toContain(
		`Images|${shown(usage.images.sizeBytes)}|${shown(usage.images.reclaimableBytes)}`,
	);
	await docker.getContainer('shop').remove();
	for (const name of ['shop_media', 'shop_old']) await docker.getVolume(name).remove();
});

test('events between two instants are told, those of others are not', async () => {
	const since = new Date();
	for (const name of ['shop', 'blog']) {
		await (await use.engine.docker.createContainer({ name, Image: imageTag('tools') })).remove();
	}
	const { events } = await listEvents(connection({ allowedContainers: 'shop' }), { since });
	expect(events.map(({ action, name }) => `${name} ${action}`)).toEqual(['shop create', 'shop destroy']);
});
