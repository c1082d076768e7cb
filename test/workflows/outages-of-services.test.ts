import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { freePort } from '../support/free-port';
import { sharedN8n } from '../support/n8n/shared';
import { startRedis } from '../support/redis';
import { Scope } from '../support/scope';
import { Checking, outOfOrder, pathOf } from './checking';

const client = sharedN8n();
let scope: Scope;
let checking: Checking;
/** As the REST interface of a project, which takes its time when told so. */
let supabase: Server;
let slowMs = 0;

beforeAll(async () => {
	scope = await Scope.open('outages-of-services');
	checking = await Checking.install(client);
	supabase = createServer((_, response) => {
		setTimeout(() => response.end('{"ok":true}'), slowMs);
	});
	await new Promise<void>((resolve) => supabase.listen(0, '127.0.0.1', resolve));
});

afterAll(async () => {
	await checking?.remove();
	supabase?.closeAllConnections();
	supabase?.close();
	await scope?.close();
});

/** So many runs of the schedule; what was told meanwhile. */
async function looks(count: number): Promise<string[]> {
	const before = checking.received().flat().length;
	for (let made = 0; made < count; made += 1) await checking.press('check-services', 'Check now');
	return checking
		.received()
		.flat()
		.slice(before)
		.map(({ title, severity }) => `${title}: ${severity}`);
}

async function health(): Promise<[number, unknown]> {
	const answer = await client.callWebhook(pathOf(checking.idOf('check-services')), { method: 'GET' });
	return [answer.status, (answer.json as { status?: unknown } | undefined)?.status];
}

test('HC-2 HC-4 HC-7: a service that is killed, one that is slow, and people who cannot be reached: one message for each outage, one for each end', async () => {
	const { port } = supabase.address() as AddressInfo;
	const redisPort = await freePort();
	const redis = await startRedis(scope, { name: 'first', port: redisPort });
	await checking.setUp('check-services', {
		set: `a-${randomUUID()}`,
		checks: JSON.stringify([
			{ name: 'n8n', type: 'n8n', url: client.url },
			{ name: 'redis', type: 'redis', host: '127.0.0.1', port: redisPort, timeoutSeconds: 15 },
			{
				...{ name: 'supabase', type: 'http', url: `http://127.0.0.1:${port}/rest/v1/` },
				...{ responseTime: { warning: 3000 }, timeoutSeconds: 30, alert: { failures: 2 } },
			},
		]),
	});
	expect(await looks(1)).toEqual([]);
	expect(await health()).toEqual([200, 'ok']);

	await redis.process.end('SIGKILL');
	expect(await looks(2)).toEqual([]);
	expect(await health()).toEqual([200, 'degraded']);
	expect(await looks(3)).toEqual(['redis fails: critical']);
	const again = await startRedis(scope, { name: 'again', port: redisPort });
	expect(await looks(3)).toEqual(['redis is well again: critical']);
	expect(await health()).toEqual([200, 'ok']);

	slowMs = 3300;
	expect(await looks(4)).toEqual(['supabase needs attention: warning']);
	expect(await health()).toEqual([200, 'degraded']);
	slowMs = 0;
	expect(await looks(3)).toEqual(['supabase is well again: warning']);

	// Nobody takes the message of the next outage until its third run.
	const [receiver] = checking.receivers;
	if (receiver === undefined) throw new Error('Nobody is told.');
	await again.process.end('SIGKILL');
	receiver.outage = outOfOrder;
	expect(await looks(4)).toEqual([]);
	receiver.outage = undefined;
	expect(await looks(3)).toEqual(['redis fails: critical']);
	await startRedis(scope, { name: 'last', port: redisPort });
	expect(await looks(3)).toEqual(['redis is well again: critical']);
});
