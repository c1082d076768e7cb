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
	// The request that was on its way comes to its end. No container tells of itself while it is worked on.
	const { docker } = shop.engine;
	const settled = async () => {
		const all = await docker.listContainers({ all: true });
		const found = all.map(({ Id }) =>
			docker
				.getContainer(Id)
				.inspect()
				.catch(() => undefined),
		);
		return JSON.stringify(
			(await Promise.all(found)).map((one) => one && [one.Id, one.Name, one.State.Status]),
		);
	};
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

/** Kills an update at a request; the next run finishes it or rolls it back. */
async function killAt(at: number, options: object, check: () => Promise<void>): Promise<void> {
	await shop.run('shop-web-1', { ...inShop('web', 'shop-web-1'), ...options });
	await shop.release('2');
	expect(await updateKilledAt(at)).toBe('');
	await check();
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
}

/** That no request comes after those at which updates are killed. */
async function comesToItsEnd(requests: number, options: object): Promise<void> {
	await shop.run('shop-web-1', { ...inShop('web', 'shop-web-1'), ...options });
	await shop.release('2');
	expect(await updateKilledAt(requests + 1)).toBe('changed true');
}

const requestsOf = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

describe('an update that starts first', () => {
	// create, start, leave, join, leave, join with the former address, join, two names, stop, remove
	const requests = 11;

	test.each(requestsOf(requests))(
		'killed at request %i leaves one that serves, and is finished or rolled back by the next run',
		async (at) => {
			await killAt(at, {}, async () => {
				expect(await shop.ask(shopNetwork, 'http://web:8080/')).toMatch(/^(one|two)$/);
			});
		},
	);

	test('makes no more requests than those', () => comesToItsEnd(requests, {}));
});

describe('an update that stops first', () => {
	// create, two names, stop, start, remove
	const requests = 6;
	const stopped = 4;
	const started = 5;
	const options = {
		StopTimeout: 0,
		HostConfig: { PortBindings: { '8080/tcp': [{ HostIp: '127.0.0.1', HostPort: '28081' }] } },
	};
	const runs = async (): Promise<boolean> =>
		Object.values(await shop.containers()).some((state) => state.startsWith('running'));

	test.each(requestsOf(requests))(
		'killed at request %i is finished or rolled back by the next run',
		async (at) => {
			await killAt(at, options, async () => {
				// From the stop to the end of the start there is nobody, whoever dies; engines give a start up with its client.
				if (at === stopped) await until(async () => !(await runs()));
				else if (at !== started) expect(await runs()).toBe(true);
			});
		},
	);

	test('makes no more requests than those', () => comesToItsEnd(requests, options));
});
