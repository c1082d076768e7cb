import type Docker from 'dockerode';
import { dirname, join } from 'node:path';

import { updateContainer } from '../../../../src/docker';
import { imageTag, loadImages } from '../../../support/images/images';
import { inShop, shopNetwork, useShop } from './shop';

const shop = useShop('no-gap');
const wanted = 10_000;

beforeAll(() => loadImages(shop.engine.docker, ['n8n']), 120_000);

async function startClient(): Promise<Docker.Container> {
	const container = await shop.engine.docker.createContainer({
		name: 'client',
		Image: imageTag('n8n'),
		Cmd: ['node', '/client.cjs', 'web', String(wanted)],
		HostConfig: {
			NetworkMode: shopNetwork,
			Binds: [
				`${dirname(dirname(process.execPath))}:/opt/node:ro`,
				`${join(__dirname, 'client.cjs')}:/client.cjs:ro`,
			],
		},
	});
	await container.start();
	return container;
}

test('updates of a container that is reached by network alias fail none of 10,000 requests at 100 a second', async () => {
	await shop.run('shop-web-1', inShop('web', 'shop-web-1'));
	const asking = await startClient();
	const ways: string[] = [];
	for (const version of ['2', '1', '2', '1'] as const) {
		await shop.release(version);
		const options = { pull: false, drainSeconds: 3 };
		const { way, changed } = await updateContainer(shop.connection(), 'shop-web-1', options);
		ways.push(`${way}, ${changed}`);
	}
	expect(ways).toEqual(Array(4).fill('startFirst, true'));
	const stillAsking = (await asking.inspect()).State.Running;
	expect(stillAsking).toBe(true);
	await asking.wait();
	const result: unknown = JSON.parse(await shop.engine.cli('logs', 'client'));
	expect(result).toMatchObject({ asked: wanted, failed: 0, failures: [] });
	expect(Object.keys((result as { answers: object }).answers).sort()).toEqual(['one', 'two']);
}, 270_000);
