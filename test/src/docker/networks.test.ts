import { Networks, parseConnection } from '../../../src/docker';
import { imageTag } from '../../support/images/images';
import { useProxiedEngine } from '../../support/proxied-engine';

const use = useProxiedEngine('networks', ['tools']);
const builtIn = ['bridge', 'host', 'none'];

afterEach(async () => {
	for (const { Name, Id } of await use.engine.docker.listNetworks()) {
		if (!builtIn.includes(Name)) await use.engine.docker.getNetwork(Id).remove();
	}
});

function networks(rights: object = {}): Networks {
	const { host, port } = use.proxy;
	const usual = { accessLevel: 'full', allowedContainers: '*', timeoutSeconds: 10 };
	return new Networks(parseConnection({ ...usual, ...rights, connectionType: 'tcp', host, port }));
}

async function container(name: string, network: string): Promise<void> {
	const HostConfig = { NetworkMode: network };
	await use.engine.docker.createContainer({
		name,
		Image: imageTag('tools'),
		Cmd: ['sleep', '60'],
		HostConfig,
	});
}

test('networks are told with the containers connected to them, running or not', async () => {
	await use.engine.docker.createNetwork({ Name: 'shop_default', Internal: true });
	await use.engine.docker.createNetwork({ Name: 'shop_old' });
	await container('shop', 'shop_default');
	const all = await networks().list();
	expect(all.map(({ name, builtIn: own }) => [name, own])).toEqual([
		['bridge', true],
		['host', true],
		['none', true],
		['shop_default', false],
		['shop_old', false],
	]);
	expect(all[3]).toMatchObject({ inUse: true, usedBy: ['shop'], internal: true, driver: 'bridge' });
	expect(all[3]?.subnets).toEqual([
		{ subnet: expect.stringMatching(/^172\.29\..+\/27$/), gateway: expect.any(String) },
	]);
	expect((await networks().list({ name: 'shop_*', inUse: false })).map(({ name }) => name)).toEqual([
		'shop_old',
	]);
	expect(await networks().get('shop_default')).toEqual(all[3]);
	await use.engine.docker.getContainer('shop').start();
	const raw = await networks().getRaw('shop_default');
	expect(Object.values(raw.Containers ?? {})).toEqual([expect.objectContaining({ Name: 'shop' })]);
	const other = networks({ allowedContainers: 'blog' });
	expect(await other.get('shop_default')).toMatchObject({ inUse: true, usedBy: [] });
	expect((await other.getRaw('shop_default')).Containers).toEqual({});
});

test('a network is made once; the same again changes nothing, another one is a conflict', async () => {
	const asked = {
		name: 'shop_backend',
		internal: true,
		subnet: '10.199.7.0/24',
		gateway: '10.199.7.1',
		labels: { tier: 'db' },
		options: { 'com.docker.network.driver.mtu': '1400' },
	};
	const dry = await networks().create(asked, { dryRun: true });
	expect(dry).toEqual({ changed: true, name: 'shop_backend', dryRun: true });
	expect(use.actionsSent()).toEqual([]);
	expect(await networks().create(asked)).toMatchObject({
		changed: true,
		internal: true,
		subnets: [{ subnet: '10.199.7.0/24', gateway: '10.199.7.1' }],
		options: { 'com.docker.network.driver.mtu': '***' },
	});
	expect(await networks().create(asked)).toMatchObject({ changed: false, name: 'shop_backend' });
	await expect(networks().create({ ...asked, subnet: '10.199.8.0/24' })).rejects.toMatchObject({
		code: 'conflict',
		message: expect.stringContaining('subnet'),
	});
	await expect(networks().create({ name: 'shop_backend' })).rejects.toMatchObject({ code: 'conflict' });
	const taken = networks().create({ name: 'shop_two', subnet: '10.199.7.0/25' });
	await expect(taken).rejects.toMatchObject({
		code: 'conflict',
		message: expect.stringMatching(/overlap/i),
	});
	await expect(networks().create({ name: 'shop_x', gateway: '10.199.9.1' })).rejects.toMatchObject({
		code: 'invalid_input',
	});
});

test('a network is removed while nobody needs it, a stopped container included; gone already is no change', async () => {
	await use.engine.docker.createNetwork({ Name: 'shop_default' });
	await container('shop', 'shop_default');
	for (const dryRun of [true, false]) {
		await expect(networks().remove('shop_default', { dryRun })).rejects.toMatchObject({
			code: 'conflict',
			message: 'The network "shop_default" is in use by shop.',
		});
	}
	await use.engine.docker.getContainer('shop').remove();
	expect(await networks().remove('shop_default', { dryRun: true })).toMatchObject({ dryRun: true });
	expect(use.actionsSent()).toEqual([]);
	expect(await networks().remove('shop_default')).toMatchObject({ changed: true, id: expect.any(String) });
	expect(await networks().remove('shop_default')).toMatchObject({ changed: false, id: null });
});

test('what is connected between the look and the removal keeps its network: the engine is believed', async () => {
	await use.engine.docker.createNetwork({ Name: 'shop_default' });
	use.proxy.before = async ({ method }) => {
		if (method !== 'DELETE') return undefined;
		await container('late', 'shop_default');
		await use.engine.docker.getContainer('late').start();
		return undefined;
	};
	await expect(networks().remove('shop_default')).rejects.toMatchObject({
		code: 'conflict',
		message: expect.stringContaining('active endpoints'),
	});
});

test.each(builtIn)('the network %s is never removed, whatever the rights', async (name) => {
	await expect(networks().remove(name)).rejects.toMatchObject({ code: 'not_permitted' });
	const { Id } = await use.engine.docker.getNetwork(name).inspect();
	await expect(networks().remove(Id)).rejects.toMatchObject({ code: 'not_permitted' });
	expect(use.actionsSent()).toEqual([]);
});

test('DK-5: a name wins over the beginning of an id, and networks of the same name are told apart by id only', async () => {
	const { docker } = use.engine;
	const first = await docker.createNetwork({ Name: 'shop_twice' });
	const second = await docker.createNetwork({ Name: 'shop_twice' });
	await expect(networks().get('shop_twice')).rejects.toMatchObject({ code: 'ambiguous' });
	await expect(networks().remove('shop_twice')).rejects.toMatchObject({ code: 'ambiguous' });
	expect((await networks().get(first.id)).id).toBe(first.id);
	const beginning = second.id.slice(0, 10);
	expect((await networks().get(beginning)).id).toBe(second.id);
	const named = await docker.createNetwork({ Name: beginning });
	expect((await networks().get(beginning)).id).toBe(named.id);
	await expect(networks().get('missing')).rejects.toMatchObject({ code: 'not_found' });
});

test('only networks that the rights cover are shown and touched, by id as by name', async () => {
	const { id } = await use.engine.docker.createNetwork({ Name: 'blog_default' });
	await use.engine.docker.createNetwork({ Name: 'shop_default' });
	const some = networks({ allowedNetworks: 'shop_*' });
	expect((await some.list()).map(({ name }) => name)).toEqual(['shop_default']);
	for (const reference of ['blog_default', id]) {
		await expect(some.get(reference)).rejects.toMatchObject({ code: 'not_permitted' });
		await expect(some.remove(reference)).rejects.toMatchObject({ code: 'not_permitted' });
	}
	await expect(some.create({ name: 'blog_new' })).rejects.toMatchObject({ code: 'not_permitted' });
	expect(use.actionsSent()).toEqual([]);
});

test.each(['../info', 'a b', '', 'shop/net'])('"%s" never becomes part of a request', async (name) => {
	for (const attempt of [networks().get(name), networks().remove(name), networks().create({ name })]) {
		await expect(attempt).rejects.toMatchObject({ code: 'invalid_reference' });
	}
	expect(use.proxy.requests).toEqual([]);
});
