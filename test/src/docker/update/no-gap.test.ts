import { updateContainer } from '../../../../src/docker';
import { loadImages } from '../../../support/images/images';
import { startAsking } from './asking';
import { inShop, useShop } from './shop';

const shop = useShop('no-gap');
const wanted = 10_000;

beforeAll(() => loadImages(shop.engine.docker, ['n8n']));

test('updates of a container that is reached by network alias fail none of 10,000 requests at 100 a second', async () => {
	await shop.run('shop-web-1', inShop('web', 'shop-web-1'));
	const asking = await startAsking(shop.engine, wanted);
	const ways: string[] = [];
	for (const version of ['2', '1', '2', '1'] as const) {
		await shop.release(version);
		const options = { pull: false, drainSeconds: 3 };
		const { way, changed } = await updateContainer(shop.connection(), 'shop-web-1', options);
		ways.push(`${way}, ${changed}`);
	}
	expect(ways).toEqual(Array(4).fill('startFirst, true'));
	expect(await asking.goesOn()).toBe(true);
	const result = await asking.result();
	expect(result).toMatchObject({ asked: wanted, failed: 0, failures: [] });
	expect(Object.keys(result.answers).sort()).toEqual(['one', 'two']);
}, 270_000);
