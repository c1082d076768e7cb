import { updateContainer } from '../../../../src/docker';
import { gapOf } from '../../../support/published-port';
import { useShop } from './shop';

const shop = useShop('gap');
const port = 28_083;
/** What a stop waits for a server that leaves SIGTERM aside. */
const stopMs = 1000;

test('with a published port nobody answers for no longer than a stop and a start take', async () => {
	const { docker } = shop.engine;
	await shop.run('shop-web-1', {
		HostConfig: { PortBindings: { '8080/tcp': [{ HostIp: '127.0.0.1', HostPort: String(port) }] } },
	});
	const plain: number[] = [];
	const updates: number[] = [];
	for (const version of ['2', '1', '2'] as const) {
		plain.push(
			await gapOf(port, async () => {
				await docker.getContainer('shop-web-1').stop();
				await docker.getContainer('shop-web-1').start();
			}),
		);
		await shop.release(version);
		const options = { pull: false };
		updates.push(
			await gapOf(port, async () => {
				const result = await updateContainer(shop.connection(), 'shop-web-1', options);
				expect(result).toMatchObject({ changed: true, way: 'stopFirst' });
			}),
		);
	}
	// The best of three each: what a busy machine adds to one of them says nothing. Beside the second that a stop waits, it
	// is at most twice the work of a plain stop and start; half a second is the noise of two starts.
	const work = Math.max(Math.min(...plain) - stopMs, 0);
	expect(Math.min(...updates)).toBeLessThan(stopMs + 2 * work + 500);
});
