import { parseConnection, Volumes } from '../../../src/docker';
import { imageTag } from '../../support/images/images';
import { useProxiedEngine } from '../../support/proxied-engine';

const use = useProxiedEngine('volumes', ['tools']);

afterEach(async () => {
	const { Volumes: left } = await use.engine.docker.listVolumes();
	await Promise.all(left.map(({ Name }) => use.engine.docker.getVolume(Name).remove()));
});

function volumes(rights: object = {}): Volumes {
	const { host, port } = use.proxy;
	const usual = { accessLevel: 'full', allowedContainers: '*', timeoutSeconds: 10 };
	return new Volumes(parseConnection({ ...usual, ...rights, connectionType: 'tcp', host, port }));
}

const definition = (name: string, more: object = {}) => ({
	name,
	driver: 'local',
	labels: {},
	options: {},
	...more,
});

async function container(name: string, volume: string): Promise<void> {
	const HostConfig = { Mounts: [{ Type: 'volume' as const, Source: volume, Target: '/data' }] };
	await use.engine.docker.createContainer({ name, Image: imageTag('tools'), HostConfig });
}

test('volumes are told with their users, running or not, and with sizes where they are asked for', async () => {
	const { docker, cli } = use.engine;
	for (const Name of ['shop_media', 'shop_old']) await docker.createVolume({ Name });
	await container('shop', 'shop_media');
	await cli(
		'run',
		'--rm',
		'-v',
		'shop_media:/data',
		imageTag('tools'),
		'dd',
		'if=/dev/zero',
		'of=/data/f',
		'bs=1000',
		'count=500',
	);
	const [media, old] = await volumes().list();
	expect(media).toMatchObject({ name: 'shop_media', inUse: true, usedBy: ['shop'], anonymous: false });
	expect(media?.sizeBytes).toBeNull();
	expect(old).toMatchObject({ name: 'shop_old', inUse: false, usedBy: [] });
	const measured = await volumes().list({ name: 'shop_m*' }, { sizes: true });
	expect(measured).toEqual([expect.objectContaining({ name: 'shop_media', sizeBytes: 500_000 })]);
	expect((await volumes().list({ inUse: false })).map(({ name }) => name)).toEqual(['shop_old']);
	expect(await volumes().get('shop_media')).toMatchObject({ driver: 'local', usedBy: ['shop'] });
});

test('a volume that nobody gave a name is told as that', async () => {
	await use.engine.docker.createContainer({
		name: 'shop',
		Image: imageTag('tools'),
		Volumes: { '/data': {} },
	});
	expect(await volumes().list({ anonymous: true })).toEqual([
		expect.objectContaining({ anonymous: true, inUse: true, usedBy: ['shop'] }),
	]);
	expect(await volumes().list({ anonymous: false })).toEqual([]);
});

test('a volume is made once; the same again changes nothing, another one is a conflict', async () => {
	const asked = definition('shop_media', { labels: { tier: 'web' } });
	const dry = await volumes().create(asked, { dryRun: true });
	expect(dry).toMatchObject({ changed: true, name: 'shop_media', dryRun: true });
	expect(use.actionsSent()).toEqual([]);
	expect(await volumes().create(asked)).toMatchObject({ changed: true, labels: { tier: 'web' } });
	await container('shop', 'shop_media');
	expect(await volumes().create(asked)).toMatchObject({ changed: false, usedBy: ['shop'] });
	expect(await volumes().create(definition('shop_media'))).toMatchObject({ changed: false });
	const other = volumes().create(definition('shop_media', { options: { type: 'tmpfs', device: 'tmpfs' } }));
	await expect(other).rejects.toMatchObject({
		code: 'conflict',
		message: expect.stringContaining('options'),
	});
});

test('DK-28: options of drivers, which hold passwords, are masked in every output', async () => {
	const options = { type: 'cifs', device: '//nas/share', o: 'username=shop,password=geheim' };
	const made = await volumes().create(definition('shop_share', { options }));
	const outputs = [made, await volumes().get('shop_share'), await volumes().getRaw('shop_share')];
	const many = [await volumes().list(), await volumes().listRaw()];
	const text = JSON.stringify([outputs, many]);
	expect(text).not.toContain('geheim');
	expect(text).not.toContain('nas');
	expect(made.options).toEqual({ type: '***', device: '***', o: '***' });
	const other = volumes().create(definition('shop_share', { options: { ...options, o: 'password=other' } }));
	await expect(other).rejects.toMatchObject({ message: expect.not.stringContaining('geheim') });
});

test.each([
	['a folder of the host', { type: 'none', o: 'bind', device: '/etc' }],
	['a folder in an allowed one, where a link may lie', { type: 'none', o: 'bind', device: '/srv/www/a' }],
	['a folder under another type', { type: 'nfs', o: 'addr=x,rbind', device: '/etc' }],
	['a path that leads back', { type: 'none', o: 'bind', device: '/srv/www/../../etc' }],
	['a disk', { type: 'ext4', device: '/dev/sda1' }],
	['layers', { type: 'overlay', device: 'overlay', o: 'lowerdir=/etc,upperdir=/x,workdir=/y' }],
	['a type alone', { type: 'proc' }],
])('a volume of %s is not made', async (_, options) => {
	const attempt = volumes({ allowedHostPaths: '/srv/www' }).create(definition('shop_trap', { options }));
	await expect(attempt).rejects.toMatchObject({ code: 'not_permitted' });
	expect(use.actionsSent()).toEqual([]);
});

test('a volume on an allowed folder, a share and one in memory are made', async () => {
	const allowed = volumes({ allowedHostPaths: '/srv/www' });
	const bind = { type: 'none', o: 'bind', device: '/srv/www' };
	for (const [index, options] of [bind, { type: 'tmpfs', device: 'tmpfs', o: 'size=1m' }].entries()) {
		expect(await allowed.create(definition(`shop_${index}`, { options }))).toMatchObject({ changed: true });
	}
	const plugin = definition('shop_p', { driver: 'bound', options: { mountpoint: '/etc' } });
	await expect(allowed.create(plugin)).rejects.toMatchObject({ code: 'not_permitted' });
});

test('a volume is removed while nobody has it; one that is gone already is no change', async () => {
	await use.engine.docker.createVolume({ Name: 'shop_media' });
	await container('shop', 'shop_media');
	for (const dryRun of [true, false]) {
		await expect(volumes().remove('shop_media', { dryRun })).rejects.toMatchObject({
			code: 'conflict',
			message: 'The volume "shop_media" is in use by shop.',
		});
	}
	await use.engine.docker.getContainer('shop').remove();
	expect(await volumes().remove('shop_media', { dryRun: true })).toMatchObject({
		changed: true,
		dryRun: true,
	});
	expect(use.actionsSent()).toEqual([]);
	expect(await volumes().remove('shop_media')).toEqual({ changed: true, deleted: true, name: 'shop_media' });
	expect(await volumes().remove('shop_media')).toMatchObject({ changed: false, deleted: false });
});

test('only volumes that the rights cover are shown and touched; users outside of them have no name', async () => {
	await use.engine.docker.createVolume({ Name: 'shop_media' });
	await use.engine.docker.createVolume({ Name: 'blog_media' });
	await container('other', 'shop_media');
	const some = volumes({ allowedVolumes: 'shop_*', allowedContainers: 'shop' });
	expect(await some.list()).toEqual([
		expect.objectContaining({ name: 'shop_media', inUse: true, usedBy: [] }),
	]);
	const refused = { code: 'not_permitted' };
	await expect(some.get('blog_media')).rejects.toMatchObject(refused);
	await expect(some.remove('blog_media')).rejects.toMatchObject(refused);
	await expect(some.create(definition('blog_new'))).rejects.toMatchObject(refused);
	await expect(some.remove('shop_media')).rejects.toMatchObject({
		message: 'The volume "shop_media" is in use by a container.',
	});
	await expect(volumes({ accessLevel: 'control' }).remove('shop_media')).rejects.toMatchObject(refused);
	expect(use.actionsSent()).toEqual([]);
});

test.each(['../info', 'a b', '', '-x', 'shop/media'])(
	'"%s" never becomes part of a request',
	async (name) => {
		for (const attempt of [volumes().get(name), volumes().remove(name), volumes().create(definition(name))]) {
			await expect(attempt).rejects.toMatchObject({ code: 'invalid_reference' });
		}
		expect(use.proxy.requests).toEqual([]);
	},
);
