import type { TestEngine } from '../../support/engine';
import { freePort } from '../../support/free-port';
import { gapOf } from '../../support/published-port';
import { startAsking } from '../../src/docker/update/asking';
import { inShop, makeShop, release, shopImage, shopNetwork } from '../../src/docker/update/shop';
import type { Tell } from '../main';
import { goal, median, rounded } from '../numbers';
import { compete } from '../rounds';
import { Asker } from './asker';
import { EngineEvents } from './engine-events';

const roundCount = 9;
const requests = 10_000;
const drainSeconds = 3;

/** Lets `shop/web:1` stand for the other one of two versions. */
type Release = () => Promise<void>;

/** How long nobody answers while a container is updated, and what fails while one behind a network alias is. */
export async function measureUpdates(engine: TestEngine, tell: Tell): Promise<object> {
	tell('images are made');
	const images = await makeShop(engine.docker);
	let present: '1' | '2' = '1';
	await release(engine.docker, images[present]);
	const releaseNext = async (): Promise<void> => {
		present = present === '1' ? '2' : '1';
		await release(engine.docker, images[present]);
	};
	const asker = new Asker(engine);
	try {
		return {
			publishedPort: await measureGap(engine, asker, releaseNext, tell),
			networkAlias: await measureRequests(engine, asker, releaseNext, tell),
		};
	} finally {
		await asker.end();
	}
}

async function measureGap(engine: TestEngine, asker: Asker, releaseNext: Release, tell: Tell) {
	const name = 'shop-published';
	const port = await freePort();
	const PortBindings = { '8080/tcp': [{ HostIp: '127.0.0.1', HostPort: String(port) }] };
	await run(engine, name, { HostConfig: { NetworkMode: shopNetwork, PortBindings } });
	const present = engine.docker.getContainer(name);
	const idNow = async (): Promise<string> => (await present.inspect()).Id;
	const events = await EngineEvents.listen(engine);
	const unanswered = { product: [] as number[], tools: [] as number[] };
	/** @returns how long no container ran */
	const interrupt = async (by: keyof typeof unanswered, work: () => Promise<unknown>): Promise<number> => {
		const [old, since] = [await idNow(), Date.now()];
		unanswered[by].push((await gapOf(port, work)) / 1000);
		const ended = await events.first(old, ['die'], since);
		const started = await events.first(await idNow(), ['start'], ended.atMs);
		return (started.atMs - ended.atMs) / 1000;
	};
	const product = async (): Promise<number> => {
		await releaseNext();
		return await interrupt('product', () => asker.time({ operation: 'update', container: name }));
	};
	const tools = (): Promise<number> =>
		interrupt('tools', async () => {
			await present.stop();
			await present.start();
		});
	try {
		const { medians, rounds } = await compete('Update, no container', { product, tools }, roundCount, tell);
		const gaps = { product: rounded(median(unanswered.product)), tools: rounded(median(unanswered.tools)) };
		return {
			withoutContainer: { ratio: ratio(medians), medians, rounds },
			/** From the host, which asks a second after the first miss where the address is now. */
			withoutAnswer: { ratio: ratio(gaps), medians: gaps },
		};
	} finally {
		events.end();
		await present.remove({ force: true });
	}
}

const ratio = ({ product, tools }: { product: number; tools: number }) =>
	goal(rounded(product / tools), 'atMost', 1);

async function measureRequests(engine: TestEngine, asker: Asker, releaseNext: Release, tell: Tell) {
	const container = 'shop-web-1';
	await run(engine, container, { HostConfig: { NetworkMode: shopNetwork }, ...inShop('web', container) });
	tell(`${requests} requests are sent to a container that is updated meanwhile`);
	const asking = await startAsking(engine, requests);
	let updates = 0;
	// The last one has to end before the last request.
	for (const until = performance.now() + 80_000; performance.now() < until; updates += 1) {
		await releaseNext();
		await asker.time({ operation: 'update', container, drainSeconds });
	}
	if (!(await asking.goesOn())) throw new Error('The last update took longer than the requests.');
	const { asked, failed, failures, slowestMs } = await asking.result();
	await engine.docker.getContainer(container).remove({ force: true });
	return {
		requests: asked,
		updates,
		failed: goal(failed, 'exactly', 0),
		failures,
		slowestMs: Math.round(slowestMs),
	};
}

async function run(engine: TestEngine, name: string, options: object): Promise<void> {
	const container = await engine.docker.createContainer({
		name,
		Image: shopImage,
		StopTimeout: 1,
		...options,
	});
	await container.start();
}
