import { imageTag, loadImage } from '../../support/images/images';
import { useImageStand } from './image-stand';

const { use, images, build, idOf, tag } = useImageStand('images');

describe('Get Many and Get', () => {
	test('images are told with their users, also those that do not run; the filters fit the whole', async () => {
		const container = await use.engine.docker.createContainer({ name: 'shop', Image: imageTag('web') });
		const all = await images().list();
		expect(all).toEqual([
			expect.objectContaining({ name: imageTag('tools'), inUse: false, usedBy: [], dangling: false }),
			expect.objectContaining({ name: imageTag('web'), inUse: true, usedBy: ['shop'] }),
		]);
		expect(all[0]?.sizeBytes).toBeGreaterThan(100_000);
		expect((await images().list({ inUse: false })).map(({ name }) => name)).toEqual([imageTag('tools')]);
		expect((await images().list({ name: '*/web:?' })).map(({ name }) => name)).toEqual([imageTag('web')]);
		expect(await images().list({ dangling: true })).toEqual([]);
		await container.remove();
	});

	test('one image is told in detail; values of variables are masked in the raw form', async () => {
		await use.engine.docker.createContainer({ name: 'maker', Image: imageTag('tools') });
		await use.engine.cli('commit', '-c', 'ENV PASSWORD=geheim', '-c', 'USER 1000', 'maker', 'shop/secret:1');
		const found = await images().get('shop/secret:1');
		expect(found).toMatchObject({ name: 'shop/secret:1', user: '1000', platform: 'linux/amd64' });
		expect(found.environment).toContain('PASSWORD');
		const raw = await images().getRaw('shop/secret:1');
		expect(raw).toMatchObject({ RepoTags: ['shop/secret:1'], Config: { User: '1000' } });
		expect(JSON.stringify([found, raw])).not.toContain('geheim');
	});

	test('only what the rights cover is shown, and of an image of several names only those', async () => {
		await tag(imageTag('tools'), 'shop/web', '1');
		const some = images({ allowedImages: 'shop/*', allowedContainers: 'shop' });
		await use.engine.docker.createContainer({ name: 'foreign', Image: 'shop/web:1' });
		expect(await some.list()).toEqual([
			expect.objectContaining({ name: 'shop/web:1', names: ['shop/web:1'], inUse: true, usedBy: [] }),
		]);
		expect(JSON.stringify(await some.listRaw())).not.toContain('opsdesk-test');
		expect(JSON.stringify(await some.getRaw('shop/web:1'))).not.toContain('opsdesk-test');
		await expect(some.get(imageTag('web'))).rejects.toMatchObject({ code: 'not_permitted' });
	});

	test('an image without a name is covered by * alone', async () => {
		await build('shop/old:1', 'one');
		await tag(imageTag('tools'), 'shop/old', '1');
		expect(await images().list({ dangling: true })).toEqual([
			expect.objectContaining({ name: null, dangling: true }),
		]);
		expect(await images({ allowedImages: 'shop/*, *:*, *none*' }).list({ dangling: true })).toEqual([]);
	});

	test('DK-5: a name wins over the beginning of an id, an ambiguous beginning is refused', async () => {
		const id = (await idOf(imageTag('web'))).slice('sha256:'.length);
		const beginning = id.slice(0, 12);
		expect((await images().get(beginning)).name).toBe(imageTag('web'));
		await tag(imageTag('tools'), beginning, 'latest');
		expect((await images().get(beginning)).id).toBe(await idOf(imageTag('tools')));
		expect((await images().get(`sha256:${beginning}`)).name).toBe(imageTag('web'));
		expect((await images().get(id)).name).toBe(imageTag('web'));
		await expect(images().get('sha256:')).rejects.toMatchObject({ code: 'invalid_reference' });
		const ids = await Promise.all(Array.from({ length: 16 }, (_, i) => build(`shop/n:${i}`, `${i}`)));
		const digits = ids.map((text) => text.charAt('sha256:'.length));
		const twice = digits.find((digit, index) => digits.indexOf(digit) !== index) ?? '';
		await expect(images().get(`sha256:${twice}`)).rejects.toMatchObject({ code: 'ambiguous' });
	});

	test.each(['../containers', 'Shop/Web', 'a b', 'shop/web:', 'http://shop/web', 'shop//web', ''])(
		'"%s" never becomes part of a request',
		async (reference) => {
			await expect(images().get(reference)).rejects.toMatchObject({ code: 'invalid_reference' });
			expect(use.proxy.requests.filter((line) => !line.includes('_ping'))).toEqual([]);
		},
	);

	test.each([
		['opsdesk-test/web:1', 'docker.io/opsdesk-test/web:1'],
		['web:latest', 'docker.io/library/web'],
		['web:latest', 'index.docker.io/library/web:latest'],
	])('%s is also found as %s', async (name, reference) => {
		if (name === 'web:latest') await tag(imageTag('web'), 'web', 'latest');
		expect((await images().get(reference)).names).toContain(name);
	});
});

test('images of engines that send null in place of empty are read', async () => {
	await loadImage(use.engine.docker, 'tools', 'shop/none:1');
	use.proxy.before = ({ url }) => {
		const image = { Id: 'sha256:1', RepoTags: null, RepoDigests: null, Created: 1, Size: 2, Labels: null };
		if (!url?.includes('/images/json')) return Promise.resolve(undefined);
		return Promise.resolve({ status: 200, body: JSON.stringify([image]) });
	};
	expect(await images().list()).toEqual([
		expect.objectContaining({ name: null, names: [], labels: {}, id: 'sha256:1' }),
	]);
});
