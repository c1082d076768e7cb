import { randomUUID } from 'node:crypto';

import { RecordingServer } from '../support/doubles/recording-server';
import { sharedN8n } from '../support/n8n/shared';
import { Checking, outOfOrder } from './checking';

const client = sharedN8n();
const set = `probe-${randomUUID()}`;
let checking: Checking;
let site: RecordingServer;
let monitor: RecordingServer;

beforeAll(async () => {
	site = await RecordingServer.start(() => ({ status: 200 }));
	monitor = await RecordingServer.start(() => ({ status: 200 }));
	checking = await Checking.install(client);
	const check = { name: 'Page', type: 'http', url: site.url, alert: { failures: 2, recoveries: 1 } };
	await checking.defineSites([{ name: 'shop', checks: [check] }]);
	await checking.setUp('probe-sites', { set, pingUrl: `${monitor.url}/ping/a-secret` });
});

afterAll(async () => {
	await checking?.remove();
	await site?.stop();
	await monitor?.stop();
});

const probe = () => checking.press('probe-sites', 'Probe now');
const told = (): string[] => checking.received().flatMap((alerts) => alerts.map(({ title }) => title));
const pinged = (): string[] => monitor.requests.map(({ path }) => path);

test('HC-1 HC-2 HC-27: a site that fails is told once, and its end; the monitor hears of each run, whatever the site is like', async () => {
	site.outage = outOfOrder;
	const first = await probe();
	expect(first).toMatchObject({ outcome: { checks: 1, counts: { critical: 1 }, ping: 'sent' }, error: '' });
	expect(told()).toEqual([]);
	await probe();
	await probe();
	expect(told()).toEqual(['shop/Page fails']);
	site.outage = undefined;
	await probe();
	expect(told()).toEqual(['shop/Page fails', 'shop/Page is well again']);
	expect(pinged()).toEqual(Array(4).fill('/ping/a-secret'));
});

test('HC-27: a run that nobody could be told of fails, and the monitor hears of it', async () => {
	monitor.requests.length = 0;
	site.outage = outOfOrder;
	await probe();
	for (const receiver of checking.receivers) receiver.outage = outOfOrder;
	const { error } = await probe();
	expect(error).toMatch(/^The alert "shop\/Page fails" reached nobody/);
	expect(pinged()).toEqual(['/ping/a-secret', '/ping/a-secret/fail']);
	for (const receiver of checking.receivers) receiver.outage = undefined;
});

test('a monitor that cannot be reached fails nothing, is named in the outcome, and its address is told to nobody', async () => {
	site.outage = undefined;
	monitor.outage = { status: 404 };
	const { outcome, error } = await probe();
	expect([outcome['ping'], error]).toEqual(['failed: 404', '']);
	expect(JSON.stringify(outcome)).not.toContain('a-secret');
	await checking.setUp('probe-sites', { set, pingUrl: 'hc.example.com/a-secret' });
	const wrong = await probe();
	expect(wrong.outcome['ping']).toMatch(/^failed: "pingUrl" is not an address/);
	expect(JSON.stringify(wrong.outcome)).not.toContain('a-secret');
});

test('the push address of an Uptime Kuma is told up and down', async () => {
	monitor.outage = undefined;
	monitor.requests.length = 0;
	await checking.setUp('probe-sites', { set, pingUrl: `${monitor.url}/api/push/abc?status=up&msg=OK&ping=` });
	await probe();
	await checking.defineSites([]);
	expect((await probe()).error).toMatch(/^There is nothing to check/);
	expect(pinged()).toEqual([
		'/api/push/abc?status=up&msg=OK&ping=',
		'/api/push/abc?status=down&msg=in%20trouble&ping=',
	]);
});
