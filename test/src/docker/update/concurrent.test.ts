import { recoverUpdates, updateContainer } from '../../../../src/docker';
import { labelsOf, planIn } from '../../../../src/docker/update/marks';
import { elsewhere, leaveHalfDone, planOf } from './half-done';
import { inShop, useShop } from './shop';

const shop = useShop('concurrent-update');
const quick = { pull: false, settleSeconds: 1, drainSeconds: 0 };

test('of two updates of one container at the same time one is carried out and the other refused', async () => {
	await shop.run('shop-web-1', inShop('web', 'shop-web-1'));
	await shop.release('2');
	let second: Promise<unknown> | undefined;
	shop.proxy.before = async ({ method, url }) => {
		if (method !== 'POST' || !url?.includes('/containers/create') || second) return undefined;
		// The first has begun, and nothing of it is there yet.
		second = updateContainer(shop.connection(), 'shop-web-1', quick).catch((thrown: unknown) => thrown);
		await second;
		return undefined;
	};
	const first = await updateContainer(shop.connection(), 'shop-web-1', quick);
	expect(first).toMatchObject({ changed: true, rolledBack: false });
	expect(await second).toMatchObject({ code: 'conflict' });
	expect(await shop.containers()).toEqual({ 'shop-web-1': 'running, 2' });
});

test('the new container of an update in another process is no leftover of this one', async () => {
	const old = await shop.run('shop-web-1', inShop('web', 'shop-web-1'));
	await shop.release('2');
	let made = false;
	shop.proxy.before = async ({ method, url }) => {
		if (method !== 'POST' || !url?.includes('/containers/create') || made) return undefined;
		made = true;
		// Between the last look and the creation.
		const Labels = labelsOf(old.id, planOf('shop-web-1', { by: elsewhere }));
		await shop.create('shop-web-1-opsdesk-new', { Labels });
		return undefined;
	};
	await expect(updateContainer(shop.connection(), 'shop-web-1', quick)).rejects.toMatchObject({
		code: 'conflict',
	});
	expect(await shop.containers()).toEqual({
		'shop-web-1': 'running, 1',
		'shop-web-1-opsdesk-new': 'created, 2',
	});
});

test('an update that began while the image was pulled is waited for', async () => {
	const old = await shop.run('shop-web-1', inShop('web', 'shop-web-1'));
	await shop.release('2');
	let asked = false;
	shop.proxy.before = async ({ url }) => {
		if (!url?.includes('/images/') || asked) return undefined;
		asked = true;
		const Labels = labelsOf(old.id, planOf('shop-web-1', { by: elsewhere }));
		await shop.create('shop-web-1-opsdesk-new', { Labels });
		return undefined;
	};
	const update = updateContainer(shop.connection(), 'shop-web-1', quick);
	await expect(update).rejects.toMatchObject({
		code: 'conflict',
		message: 'The container "shop-web-1" is being updated by another process or run.',
	});
	expect(shop.actionsSent()).toEqual([]);
});

test('DK-7 the rest of an update of a protected container waits for the name typed in full', async () => {
	await leaveHalfDone(shop.run, planOf('dear'), { 'opsdesk.protected': 'true' });
	const [kept] = await recoverUpdates(shop.connection());
	expect(kept).toMatchObject({ name: 'dear', outcome: 'failed' });
	expect(kept?.reason).toContain('"dear" is protected');
	expect(kept?.remedy).toMatch(
		/^Run Update of "dear" with that name typed in full into "Override Protection"/,
	);
	const update = (options: object) => updateContainer(shop.connection(), 'dear', { ...quick, ...options });
	await expect(update({})).rejects.toMatchObject({ code: 'update_unfinished' });
	expect(Object.keys(await shop.containers()).sort()).toEqual(['dear', 'dear-opsdesk-old']);
	expect(shop.actionsSent()).toEqual([]);
	await update({ overrideProtection: 'dear' });
	expect(Object.keys(await shop.containers())).toEqual(['dear']);
});

test('DK-7 an update of a protected container that was begun with its name typed in full is ended without it', async () => {
	const protectedLabel = { 'opsdesk.protected': 'true' };
	await shop.run('dear', { Labels: protectedLabel });
	await shop.release('2');
	await updateContainer(shop.connection(), 'dear', { ...quick, overrideProtection: 'dear' });
	const { Config } = await shop.engine.docker.getContainer('dear').inspect();
	const begun = planIn(Config.Labels)?.plan;
	if (!begun) throw new Error('The update has left no plan.');
	await shop.engine.docker.getContainer('dear').remove({ force: true });

	// Killed between the stop of the old one and the start of the new one: nobody serves.
	const { protectionOverridden } = begun;
	const plan = { ...planOf('dear'), protectionOverridden };
	const { old, fresh } = await leaveHalfDone(shop.run, plan, protectedLabel);
	await fresh.stop({ t: 0 });
	expect(await recoverUpdates(shop.connection())).toMatchObject([{ name: 'dear', outcome: 'rolled back' }]);
	expect(await shop.containers()).toEqual({ dear: 'running, 2' });
	expect((await shop.engine.docker.getContainer('dear').inspect()).Id).toBe(old.id);
});

test('an update that was begun without overriding a protection carries no consent to that', async () => {
	await shop.run('shop-web-1');
	await shop.release('2');
	await updateContainer(shop.connection(), 'shop-web-1', { ...quick, overrideProtection: 'dear' });
	const { Config } = await shop.engine.docker.getContainer('shop-web-1').inspect();
	expect(planIn(Config.Labels)?.plan).not.toHaveProperty('protectionOverridden');
});

test('DK-6 labels that an image has brought with it lead to no container of another network', async () => {
	const foreign = { networks: { other: { NetworkID: '', IPAddress: '', Aliases: [], Links: [] } } };
	await leaveHalfDone(shop.run, planOf('shop-web-1', foreign));
	expect(await recoverUpdates(shop.connection())).toEqual([]);
	expect(Object.keys(await shop.containers()).sort()).toEqual(['shop-web-1', 'shop-web-1-opsdesk-old']);
});
