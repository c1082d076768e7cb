import { get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

import { updateContainer } from '../../../../src/docker';
import { useShop } from './shop';

const shop = useShop('gap');
const port = 28_083;

/** Asks the published port all the time; tells the longest while without an answer. */
function watchPort(): { longestMs: () => number; stop: () => Promise<void> } {
	let longest = 0;
	let last = performance.now();
	let stopped = false;
	const ask = () =>
		new Promise<boolean>((resolve) => {
			const request = get({ host: '127.0.0.1', port, agent: false, timeout: 1000 }, (response) => {
				response.resume();
				response.on('end', () => resolve(response.statusCode === 200));
				response.on('error', () => resolve(false));
			});
			request.on('timeout', () => request.destroy());
			request.on('error', () => resolve(false));
		});
	const done = (async () => {
		while (!stopped) {
			if (await ask()) {
				longest = Math.max(longest, performance.now() - last);
				last = performance.now();
			}
			await sleep(10);
		}
	})();
	return {
		longestMs: () => longest,
		stop: async () => {
			stopped = true;
			await done;
		},
	};
}

async function gapOf(work: () => Promise<unknown>): Promise<number> {
	const watch = watchPort();
	await sleep(300);
	await work();
	await sleep(1500);
	await watch.stop();
	return watch.longestMs();
}

test('with a published port nobody answers for no longer than a stop and a start take', async () => {
	const { docker } = shop.engine;
	await shop.run('shop-web-1', {
		HostConfig: { PortBindings: { '8080/tcp': [{ HostIp: '127.0.0.1', HostPort: String(port) }] } },
	});
	const plain: number[] = [];
	const updates: number[] = [];
	for (const version of ['2', '1', '2'] as const) {
		plain.push(
			await gapOf(async () => {
				await docker.getContainer('shop-web-1').stop();
				await docker.getContainer('shop-web-1').start();
			}),
		);
		await shop.release(version);
		const options = { pull: false };
		updates.push(
			await gapOf(async () => {
				const result = await updateContainer(shop.connection(), 'shop-web-1', options);
				expect(result).toMatchObject({ changed: true, way: 'stopFirst' });
			}),
		);
	}
	// The best of three each: what a busy machine adds to one of them says nothing. Half a second is the noise of two starts.
	expect(Math.min(...updates)).toBeLessThan(Math.min(...plain) + 500);
}, 120_000);
