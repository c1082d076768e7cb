import { join } from 'node:path';

import { recoverUpdates } from '../../../../src/docker';
import { Scope } from '../../../support/scope';
import { inShop, shopNetwork, useShop } from './shop';

const compiled = join(__dirname, '../../../../dist/src/docker/index.js');
const shop = useShop('killed-update');
let scope: Scope;
beforeAll(async () => {
	scope = await Scope.open('killed-update-processes');
});
afterAll(() => scope.close());

/** Kills the process as soon as the engine has the request of a number that changes something. */
const deadly = (at: number): string => `
	const http = require('node:http');
	const { request } = http;
	let changes = 0;
	http.request = (options, ...more) => {
		const outgoing = request(options, ...more);
		if (options.method !== 'GET' && ++changes === ${at}) {
			outgoing.on('finish', () => setImmediate(() => process.kill(process.pid, 'SIGKILL')));
		}
		return outgoing;
	};`;

async function until(what: () => Promise<boolean>): Promise<void> {
	while (!(await what())) await new Promise((resolve) => setTimeout(resolve, 50));
}

/** Updates in a process of its own, which is killed at a request. @returns what it has said */
async function updateKilledAt(at: number): Promise<string> {
	const connection = shop.connection();
	const script = `${deadly(at)}
		require(${JSON.stringify(compiled)})
			.updateContainer(${JSON.stringify(connection)}, 'shop-web-1', { pull: false, settleSeconds: 1, drainSeconds: 0 })
			.then(({ changed }) => console.log('changed ' + changed), (error) => console.log(error));`;
	const child = scope.start(`killed-${at}-${Date.now()}`, process.execPath, { args: ['-e', script] });
	await until(() => Promise.resolve(!child.running()));
	// The request that was on its way comes to its end.
	const { docker } = shop.engine;
	const settled = async () =>
		JSON.stringify(
			(await docker.listContainers({ all: true })).map(({ Id, Names, State }) => [Id, Names, State]),
		);
	let before = '';
	await until(async () => {
		const now = await settled();
		const same = now === before;
		before = now;
		await new Promise((resolve) => setTimeout(resolve, 700));
		return same;
	});
	return child.tail().trim();
}

/** Kills one update after the other, each one request later, until one comes to its end. */
async function killAtEachRequest(
	prepare: () => Promise<unknown>,
	check: (at: number) => Promise<void>,
): Promise<number> {
	for (let at = 1; ; at += 1) {
		await shop.release('1');
		await prepare();
		await shop.release('2');
		const said = await updateKilledAt(at);
		if (said !== '') {
			expect(said).toBe('changed true');
			return at - 1;
		}
		await check(at);
		const [recovered, ...others] = await recoverUpdates(shop.connection());
		expect(others).toEqual([]);
		if (recovered) expect(['finished', 'rolled back']).toContain(recovered.outcome);
		const left = await shop.containers();
		expect(Object.keys(left)).toEqual(['shop-web-1']);
		expect(left['shop-web-1']).toMatch(/^running, [12]$/);
		expect(await recoverUpdates(shop.connection())).toEqual([]);
		const page = left['shop-web-1'] === 'running, 2' ? 'two' : 'one';
		for (const host of ['web', 'shop-web-1'])
			expect(await shop.ask(shopNetwork, `http://${host}:8080/`)).toBe(page);
		await shop.engine.docker.getContainer('shop-web-1').remove({ force: true });
	}
}

test('an update that starts first, killed at any request, leaves one that serves, and is finished or rolled back by the next run', async () => {
	const killed = await killAtEachRequest(
		() => shop.run('shop-web-1', inShop('web', 'shop-web-1')),
		async () => {
			expect(await shop.ask(shopNetwork, 'http://web:8080/')).toMatch(/^(one|two)$/);
		},
	);
	// create, start, leave, join, leave, join with the former address, join, two names, stop, remove
	expect(killed).toBe(11);
}, 280_000);

test('an update that stops first, killed at any request, is finished or rolled back by the next run', async () => {
	const published = {
		HostConfig: { PortBindings: { '8080/tcp': [{ HostIp: '127.0.0.1', HostPort: '28081' }] } },
	};
	const down: number[] = [];
	const killed = await killAtEachRequest(
		() => shop.run('shop-web-1', { ...inShop('web', 'shop-web-1'), ...published }),
		async (at) => {
			const running = Object.values(await shop.containers()).filter((state) => state.startsWith('running'));
			if (running.length === 0) down.push(at);
		},
	);
	// create, two names, stop, start, remove
	expect(killed).toBe(6);
	// From the stop to the end of the start there is nobody, whoever dies; engines give a start up with its client.
	expect(down.filter((at) => at !== 5)).toEqual([4]);
}, 280_000);
