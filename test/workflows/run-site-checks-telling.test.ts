import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { RecordingServer } from '../support/doubles/recording-server';
import { sharedN8n } from '../support/n8n/shared';
import { Checking, outOfOrder } from './checking';

const client = sharedN8n();
const newSet = (): string => `tell-${randomUUID()}`;
let checking: Checking;
let site: RecordingServer;
/** It takes connections and never answers. */
let silent: Server;

beforeAll(async () => {
	site = await RecordingServer.start(() => ({ status: 200 }));
	silent = createServer(() => {});
	await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
	checking = await Checking.install(client, 2);
});

beforeEach(async () => {
	for (const server of [site, ...checking.receivers]) server.outage = undefined;
	await checking.defineSites([]);
});

afterAll(async () => {
	await checking?.remove();
	await site?.stop();
	silent?.closeAllConnections();
	silent?.close();
});

const page = (more: Record<string, unknown> = {}) => ({
	...{ name: 'Page', type: 'http', url: site.url, alert: { failures: 1, recoveries: 1 } },
	...more,
});

test('HC-7: an alert that never began to be sent has reached nobody, whatever the error says', async () => {
	const ask = { set: newSet(), checks: [page()] };
	await checking.run(ask);
	site.outage = outOfOrder;
	const sendAlert = checking.alerting.workflow('send-alert');
	await client.deactivate(sendAlert.id);
	const unsent = await checking.run(ask);
	expect(unsent.error).not.toBe('');
	expect(unsent.error).not.toMatch(/may not have reached everybody/);
	site.outage = undefined;
	await checking.alerting.replace(sendAlert);
	// Nobody has heard of the outage, so nobody hears of its end.
	const over = await checking.run(ask);
	expect(over.outcome?.counts.ok).toBe(1);
	expect(over.outcome?.alerts.told).toBe(0);
	expect(over.arrived).toEqual([0, 0]);
});

test('an alert that has waited behind a channel that hangs is left to the next run, which tells it first', async () => {
	const { port } = silent.address() as AddressInfo;
	await checking.defineSites([], [{}, { to: `http://127.0.0.1:${port}` }]);
	await checking.setUp('run-site-checks', { startWithinSeconds: 15 });
	const ask = { set: newSet(), checks: [page(), page({ name: 'Shop' })] };
	await checking.run(ask);
	site.outage = outOfOrder;
	const first = await checking.run(ask);
	expect(first.error).toBe('');
	expect(first.outcome?.alerts).toMatchObject({ toldToSome: 1, notTold: 0, leftToNextRun: 1 });
	expect(first.alerts.map(({ title }) => title)).toEqual(['Page fails']);
	const second = await checking.run(ask);
	expect(second.alerts.map(({ title }) => title)).toEqual(['Shop fails']);
	expect(second.outcome?.alerts).toMatchObject({ toldToSome: 1, leftToNextRun: 1 });
	await checking.setUp('run-site-checks');
});
