import { updateContainer } from '../../../../src/docker';
import { inShop, shopImage, shopNetwork, useShop } from './shop';

const shop = useShop('update');
const quick = { pull: false, settleSeconds: 1, drainSeconds: 0 };

describe('an update of a container that is reached by network alias', () => {
	test('starts the new one first, keeps its name and aliases, and removes the old one', async () => {
		const old = await shop.run('shop-web-1', inShop('web', 'shop-web-1'));
		await shop.release('2');
		const result = await updateContainer(shop.connection(), 'shop-web-1', quick);
		expect(result).toMatchObject({
			name: 'shop-web-1',
			changed: true,
			rolledBack: false,
			way: 'startFirst',
			gapMs: 0,
			health: 'healthy',
			from: { reference: shopImage, id: shop.images[1] },
			to: { reference: shopImage, id: shop.images[2] },
			warnings: [],
		});
		expect(result.id).not.toBe(old.id);
		expect(await shop.containers()).toEqual({ 'shop-web-1': 'running, 2' });
		expect(await shop.ask(shopNetwork, 'http://web:8080/')).toBe('two');
		expect(await shop.ask(shopNetwork, 'http://shop-web-1:8080/')).toBe('two');
	});

	test('to a broken image takes the new one away and leaves the old one as it was', async () => {
		const old = await shop.run('shop-web-1', inShop('web', 'shop-web-1'));
		const before = await old.inspect();
		await shop.release('broken');
		const result = await updateContainer(shop.connection(), 'shop-web-1', quick);
		expect(result).toMatchObject({
			changed: false,
			rolledBack: true,
			reason: 'It ended with exit code 3.',
			log: ['no such table'],
			id: old.id,
		});
		const after = await old.inspect();
		expect(after.State.StartedAt).toBe(before.State.StartedAt);
		expect(after.NetworkSettings.Networks).toEqual(before.NetworkSettings.Networks);
		expect(await shop.containers()).toEqual({ 'shop-web-1': 'running, 1' });
	});

	test('to an image whose health check fails is rolled back with what the check says', async () => {
		await shop.run('shop-web-1', inShop('web', 'shop-web-1'));
		await shop.release('sick');
		const result = await updateContainer(shop.connection(), 'shop-web-1', quick);
		expect(result).toMatchObject({ rolledBack: true, reason: 'Its health check fails: no heart.' });
		expect(await shop.containers()).toEqual({ 'shop-web-1': 'running, 1' });
	});
});

describe('an update of a container with a published port', () => {
	const published = {
		HostConfig: { PortBindings: { '8080/tcp': [{ HostIp: '127.0.0.1', HostPort: '28080' }] } },
	};

	test('stops the old one first, and tells the gap', async () => {
		await shop.run('shop-web-1', published);
		await shop.release('2');
		const result = await updateContainer(shop.connection(), 'shop-web-1', quick);
		expect(result).toMatchObject({
			changed: true,
			way: 'stopFirst',
			stopFirstBecause: ['it publishes ports of the host'],
			gapMs: expect.any(Number),
		});
		expect(await shop.containers()).toEqual({ 'shop-web-1': 'running, 2' });
		expect(await shop.ask(shopNetwork, 'http://shop-web-1:8080/')).toBe('two');
	});

	test.each(['broken', 'sick'] as const)('to an image that is %s puts the old one back', async (version) => {
		const old = await shop.run('shop-web-1', published);
		await shop.release(version);
		const result = await updateContainer(shop.connection(), 'shop-web-1', quick);
		expect(result).toMatchObject({ changed: false, rolledBack: true, id: old.id });
		expect(await shop.containers()).toEqual({ 'shop-web-1': 'running, 1' });
		expect(await shop.ask(shopNetwork, 'http://shop-web-1:8080/')).toBe('one');
	});
});

test('the newest image already runs: nothing is changed', async () => {
	await shop.run('shop-web-1');
	const result = await updateContainer(shop.connection(), 'shop-web-1', quick);
	expect(result).toMatchObject({ changed: false, reason: 'it runs the newest image' });
	expect(shop.actionsSent()).toEqual([]);
});

test('a dry run says what would happen and sends nothing that changes', async () => {
	await shop.run('shop-web-1');
	await shop.release('2');
	const result = await updateContainer(shop.connection(), 'shop-web-1', { ...quick, dryRun: true });
	expect(result).toMatchObject({ dryRun: true, changed: true, way: 'startFirst' });
	await shop.release('1');
	const unknown = await updateContainer(shop.connection(), 'shop-web-1', { dryRun: true });
	expect(unknown).toMatchObject({ dryRun: true, changed: null });
	expect(shop.actionsSent()).toEqual([]);
});

test('a stopped container is replaced and stays stopped', async () => {
	const old = await shop.run('shop-web-1');
	await old.stop();
	await shop.release('2');
	const result = await updateContainer(shop.connection(), 'shop-web-1', quick);
	expect(result).toMatchObject({ changed: true, way: 'stopFirst', health: null, gapMs: null });
	expect(await shop.containers()).toEqual({ 'shop-web-1': 'created, 2' });
});

test('DK-7 a container made with --rm, a paused one, a protected one and one whose network others share are refused', async () => {
	await shop.run('gone', { HostConfig: { AutoRemove: true } });
	await (await shop.run('asleep')).pause();
	const { id } = await shop.run('vpn');
	await shop.run('behind', { HostConfig: { NetworkMode: `container:${id}` } });
	await shop.run('dear', { Labels: { 'opsdesk.protected': 'true' } });
	await shop.release('2');
	const refused = (name: string) => expect(updateContainer(shop.connection(), name, quick)).rejects;
	await refused('gone').toMatchObject({ code: 'conflict', message: expect.stringContaining('--rm') });
	await refused('asleep').toMatchObject({ code: 'conflict', message: expect.stringContaining('paused') });
	await refused('vpn').toMatchObject({ code: 'conflict', message: expect.stringContaining('behind') });
	await refused('dear').toMatchObject({ code: 'container_protected' });
	expect(shop.actionsSent()).toEqual([]);
	const options = { ...quick, overrideProtection: 'dear' };
	expect(await updateContainer(shop.connection(), 'dear', options)).toMatchObject({ changed: true });
});

test('an image or a container the credential does not cover is refused', async () => {
	await shop.run('shop-web-1');
	const none = shop.connection({ allowedContainers: 'blog-*' });
	await expect(updateContainer(none, 'shop-web-1', quick)).rejects.toMatchObject({ code: 'not_permitted' });
	const images = shop.connection({ allowedImages: 'shop/*' });
	const foreign = updateContainer(images, 'shop-web-1', { ...quick, image: 'opsdesk-test/tools:1' });
	await expect(foreign).rejects.toMatchObject({ code: 'not_permitted' });
	const control = shop.connection({ accessLevel: 'control' });
	await expect(updateContainer(control, 'shop-web-1', quick)).rejects.toMatchObject({
		code: 'not_permitted',
	});
	expect(shop.actionsSent()).toEqual([]);
});

test('an image that cannot be pulled changes nothing, and the reason is told', async () => {
	await shop.run('shop-web-1', { HostConfig: {} });
	const pulled = updateContainer(shop.connection(), 'shop-web-1', { image: '127.0.0.1:9/shop/web:3' });
	await expect(pulled).rejects.toMatchObject({ code: 'image_missing' });
	expect(await shop.containers()).toEqual({ 'shop-web-1': 'running, 1' });
});

test('DK-8 a container that is renamed, or made anew, while its image is looked up is left alone', async () => {
	const old = await shop.run('shop-web-1');
	await shop.release('2');
	let looked = false;
	shop.proxy.before = async ({ url }) => {
		if (looked || !url?.includes('/images/')) return undefined;
		looked = true;
		await old.rename({ name: 'shop-kept' });
		await shop.run('shop-web-1');
		return undefined;
	};
	const attempt = updateContainer(shop.connection(), 'shop-web-1', quick);
	await expect(attempt).rejects.toMatchObject({
		code: 'conflict',
		message: 'The container "shop-web-1" was renamed meanwhile. Nothing was changed.',
	});
	expect(shop.actionsSent()).toEqual([]);
	expect(await shop.containers()).toEqual({ 'shop-kept': 'running, 1', 'shop-web-1': 'running, 2' });
});

test('a container that cannot start, and an engine that refuses in the middle, are rolled back', async () => {
	const old = await shop.run('shop-web-1', inShop('web', 'shop-web-1'));
	const before = (await old.inspect()).NetworkSettings.Networks;
	await shop.release('2');
	shop.proxy.before = ({ method, url }) =>
		Promise.resolve(
			method === 'POST' && url?.includes('/rename?name=shop-web-1-opsdesk-old')
				? { status: 500, body: '{"message":"no space left on device"}' }
				: undefined,
		);
	const result = await updateContainer(shop.connection(), 'shop-web-1', quick);
	expect(result).toMatchObject({ rolledBack: true, reason: expect.stringContaining('no space left') });
	expect(await shop.containers()).toEqual({ 'shop-web-1': 'running, 1' });
	expect(await shop.ask(shopNetwork, 'http://web:8080/')).toBe('one');
	const after = (await old.inspect()).NetworkSettings.Networks;
	expect(after[shopNetwork]?.Aliases).toEqual(before[shopNetwork]?.Aliases);
});
