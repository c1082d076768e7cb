import { setTimeout as sleep } from 'node:timers/promises';

import { recoverUpdates, updateContainer } from '../../../../src/docker';
import { useShop } from './shop';

const shop = useShop('slow-engine');
const options = { pull: false, healthTimeoutSeconds: 60, settleSeconds: 1 };
/** With one, only one of both can run at a time. */
const HostConfig = { PortBindings: { '8080/tcp': [{ HostIp: '127.0.0.1', HostPort: '28085' }] } };

/** What is asked of the engine gets this answer instead; the request is not passed on. */
function answer(method: string, path: RegExp, message: string, meanwhile = () => {}): void {
	shop.proxy.before = (request) => {
		if (request.method !== method || !path.test(request.url ?? '')) return Promise.resolve(undefined);
		meanwhile();
		return Promise.resolve({ status: 500, body: JSON.stringify({ message }) });
	};
}

test('what cannot be removed while an update is rolled back keeps nothing down, and is removed later', async () => {
	const old = await shop.run('shop-web-1', { HostConfig });
	await shop.release('broken');
	answer('DELETE', /\/containers\//, 'device or resource busy');
	const update = updateContainer(shop.connection(), 'shop-web-1', options);
	await expect(update).rejects.toMatchObject({ code: 'update_unfinished' });
	expect(await old.inspect()).toMatchObject({ Name: '/shop-web-1', State: { Running: true } });
	expect(Object.keys(await shop.containers()).sort()).toEqual(['shop-web-1', 'shop-web-1-opsdesk-new']);
	shop.proxy.before = () => Promise.resolve(undefined);
	expect(await recoverUpdates(shop.connection())).toMatchObject([
		{ name: 'shop-web-1', outcome: 'rolled back' },
	]);
	expect(Object.keys(await shop.containers())).toEqual(['shop-web-1']);
	expect(await old.inspect()).toMatchObject({ State: { Running: true } });
});

test('a stop that takes effect after the engine has given it up is waited for, and the update goes on', async () => {
	const old = await shop.run('shop-web-1', { HostConfig });
	await shop.release('2');
	const said = 'cannot stop container: tried to kill container, but did not receive an exit event';
	answer('POST', /\/stop/, said, () => void sleep(2000).then(() => old.kill()));
	expect(await updateContainer(shop.connection(), 'shop-web-1', options)).toMatchObject({
		changed: true,
		way: 'stopFirst',
	});
	expect(Object.keys(await shop.containers())).toEqual(['shop-web-1']);
});
