import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { RecordingServer } from '../support/doubles/recording-server';
import { sharedN8n } from '../support/n8n/shared';
import { nodeOf } from './backing-up';
import { Checking, outOfOrder } from './checking';

const client = sharedN8n();
/** What is remembered of checks is shared by all tests of this n8n. */
const newSet = (): string => `run-${randomUUID()}`;
let checking: Checking;
let site: RecordingServer;

beforeAll(async () => {
	site = await RecordingServer.start(() => ({ status: 200 }));
	checking = await Checking.install(client, 2);
});

beforeEach(async () => {
	for (const server of [site, ...checking.receivers]) server.outage = undefined;
	await checking.defineSites([]);
});

afterAll(async () => {
	await checking?.remove();
	await site?.stop();
});

const page = (more: Record<string, unknown> = {}) => ({
	...{ name: 'Page', type: 'http', url: site.url, alert: { failures: 1, recoveries: 1 } },
	...more,
});
const breakDown = (...broken: number[]): void => {
	for (const [index, receiver] of checking.receivers.entries())
		receiver.outage = broken.includes(index) ? outOfOrder : undefined;
};
const titles = (alerts: { title: string }[]): string[] => alerts.map(({ title }) => title);

test('HC-2 HC-4: a trouble is told once to each target, and so is its end', async () => {
	const set = newSet();
	const ask = { set, checks: [page()], source: 'Probe' };
	expect(await checking.run(ask)).toMatchObject({
		outcome: {
			...{ set, checks: 1, counts: { ok: 1, critical: 0 }, leftToAnotherRun: 0, failure: '' },
			alerts: { told: 0, toldToSome: 0, notTold: 0 },
		},
		alerts: [],
	});
	site.outage = outOfOrder;
	const down = await checking.run(ask);
	expect(down.outcome).toMatchObject({ counts: { critical: 1 }, alerts: { told: 1 } });
	expect(titles(down.alerts)).toEqual(['Page fails', 'Page fails']);
	expect(down.alerts[0]).toMatchObject({
		...{ severity: 'critical', status: 'firing', source: 'n8n workflow "Probe"' },
		...{ dedupeKey: `check:${set}:Page`, details: { check: 'Page', condition: 'critical' } },
	});
	// In the time zone of read-settings.
	expect(down.alerts[0]?.message).toMatch(/ GMT\+5:30\.$/);
	expect((await checking.run(ask)).alerts).toEqual([]);
	site.outage = undefined;
	expect(titles((await checking.run(ask)).alerts)).toEqual(['Page is well again', 'Page is well again']);
	expect((await checking.run(ask)).alerts).toEqual([]);
});

test('HC-7: what reached nobody fails the run and is told with the next one, and what reached some only goes to the others', async () => {
	const ask = { set: newSet(), checks: [page()] };
	await checking.run(ask);
	site.outage = outOfOrder;
	breakDown(0, 1);
	const unheard = await checking.run(ask);
	expect(unheard.error).toMatch(/^The alert "Page fails" reached nobody\. receiver 0 .*503.*; receiver 1 /);
	breakDown(1);
	const half = await checking.run(ask);
	expect(half.error).toBe('');
	expect(half.outcome?.alerts).toMatchObject({ told: 0, toldToSome: 1, notTold: 0 });
	expect(half.outcome?.missed).toEqual([expect.stringMatching(/^receiver 1 .*503/)]);
	expect(half.arrived[0]).toBe(1);
	breakDown();
	const whole = await checking.run(ask);
	expect([whole.outcome?.alerts.told, ...whole.arrived]).toEqual([1, 0, 1]);
	expect((await checking.run(ask)).arrived).toEqual([0, 0]);
});

test('a target that cannot be reached for the third time fails the run, so that the others hear of it', async () => {
	const ask = { set: newSet(), checks: [page()] };
	await checking.run(ask);
	site.outage = outOfOrder;
	breakDown(1);
	const errors: string[] = [];
	for (let made = 0; made < 4; made += 1) errors.push((await checking.run(ask)).error);
	breakDown();
	// The next try is minutes away.
	expect(errors).toEqual([
		...['', ''],
		expect.stringMatching(
			/^This target of alerts cannot be reached, and the others are told alone: receiver 1 .*503/,
		),
		'',
	]);
});

test('a site with a mistake in the settings keeps no other from being checked, and is told with the run', async () => {
	site.outage = outOfOrder;
	await checking.defineSites([
		{ name: 'shop', checks: [page()] },
		{ name: 'slip', schedule: 'hourly' },
	]);
	const { alerts, error } = await checking.run({ set: newSet(), sites: true });
	await checking.defineSites([]);
	expect(titles(alerts)).toEqual(['shop/Page fails', 'shop/Page fails']);
	expect(error).toMatch(/^"Read settings" has mistakes, and what has them is left out: sites\[1\]\.schedule/);
	expect(alerts[0]?.message).toMatch(/\n\n"Read settings" has mistakes/);
});

test('HC-4: what is over before anybody could be told is never told, neither its beginning nor its end', async () => {
	const ask = { set: newSet(), checks: [page()] };
	await checking.run(ask);
	site.outage = outOfOrder;
	breakDown(0, 1);
	await checking.run(ask);
	site.outage = undefined;
	breakDown();
	expect((await checking.run(ask)).arrived).toEqual([0, 0]);
});

test('HC-7: when n8n dies before it has noted who was told, the alert is raised again and reaches nobody twice', async () => {
	const ask = { set: newSet(), checks: [page()] };
	await checking.run(ask);
	site.outage = outOfOrder;
	// As if it had died in between, without the minutes after which such an alert is raised again.
	await checking.setUp('run-site-checks', {}, (workflow) => {
		nodeOf(workflow, 'Note it for the next run').parameters['reached'] = 'some';
	});
	expect((await checking.run(ask)).arrived).toEqual([1, 1]);
	expect((await checking.run(ask)).arrived).toEqual([0, 0]);
	await checking.setUp('run-site-checks');
	const noted = await checking.run(ask);
	expect([noted.outcome?.alerts.told, ...noted.arrived]).toEqual([1, 0, 0]);
	expect((await checking.run(ask)).outcome?.alerts.told).toBe(0);
});

test('an alert that fails keeps no other from being told', async () => {
	const shop = { name: 'shop', owner: 'web@example.com', checks: [page()] };
	await checking.defineSites([shop], [{}, { owners: ['web@example.com'] }]);
	const ask = { set: newSet(), sites: true, checks: [page()] };
	await checking.run(ask);
	site.outage = outOfOrder;
	breakDown(0);
	const { error, arrived } = await checking.run(ask);
	expect(error).toMatch(/^The alert "Page fails" reached nobody/);
	expect(error).not.toContain('shop');
	expect(arrived).toEqual([0, 1]);
	breakDown();
	expect(titles((await checking.run(ask)).alerts).sort()).toEqual(['Page fails', 'shop/Page fails']);
});

test('HC-15: two runs at the same moment make each check once, and tell each trouble once', async () => {
	// It takes connections and never answers.
	const silent = createServer(() => {});
	await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
	const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
	const ask = { set: newSet(), checks: [page(), page({ name: 'Slow', url, timeoutSeconds: 120 })] };
	site.outage = outOfOrder;
	const asked = once(silent, 'request');
	const first = checking.run(ask);
	await Promise.race([asked, first]);
	// The first one is in the middle of its checks, until they are hung up on.
	const second = await checking.run(ask);
	silent.closeAllConnections();
	silent.close();
	const outcomes = [(await first).outcome, second.outcome];
	expect(outcomes.map((outcome) => outcome?.leftToAnotherRun)).toEqual([0, 2]);
	expect(outcomes.map((outcome) => outcome?.alerts.told)).toEqual([2, 0]);
	expect((await checking.run(ask)).outcome?.alerts).toMatchObject({ told: 0, toldToSome: 0, notTold: 0 });
}, 300_000);

test('sites are checked with the list, their owners are told, and a faulty definition keeps no other from being checked', async () => {
	const shop = { name: 'shop', owner: 'web@example.com', checks: [page()] };
	await checking.defineSites(
		[
			...[shop, { name: 'bare' }, { name: 'faulty', checks: [page({ url: 'nowhere' })] }],
			{ name: 'orphan', checks: [page({ dependsOn: ['Nowhere'] })] },
		],
		[{}, { owners: ['web@example.com'] }],
	);
	site.outage = outOfOrder;
	const ask = { set: newSet(), sites: true, checks: [page({ name: 'Own' })] };
	const { error, alerts, arrived } = await checking.run(ask);
	expect(error).toMatch(/Site "faulty": .*checks\[0\]\.url/);
	expect(error).toMatch(/Site "orphan": .*depends on "Nowhere"/);
	expect(arrived).toEqual([2, 1]);
	expect([...new Set(titles(alerts))].sort()).toEqual(['Own fails', 'shop/Page fails']);
	expect(alerts.at(-1)).toMatchObject({ owner: 'web@example.com' });
});

test('HC-9: nobody is told in the maintenance window that is given, and afterwards it is told', async () => {
	const now = Date.now();
	const at = (minutes: number): string => new Date(now + minutes * 60_000).toISOString();
	const ask = { set: newSet(), checks: [page()] };
	site.outage = outOfOrder;
	const quiet = await checking.run({ ...ask, maintenance: [{ start: at(-5), end: at(5) }] });
	expect([quiet.outcome?.counts.critical, ...quiet.arrived]).toEqual([1, 0, 0]);
	expect((await checking.run(ask)).arrived).toEqual([1, 1]);
});

test('without anything to check, or with a fault in all of it, the run fails and says what to do', async () => {
	await checking.defineSites([{ name: 'bare' }]);
	expect((await checking.run({ set: newSet(), sites: true })).error).toMatch(/^There is nothing to check/);
	const double = { set: newSet(), checks: [page(), page({ url: `${site.url}/other` })] };
	expect((await checking.run(double)).error).toMatch(/Page/);
	expect((await checking.run({ set: 'No Name', checks: [page()] })).error).toMatch(/not the name of a set/);
});

test('what is no list is refused by its name', async () => {
	const ask = { set: newSet(), checks: [page()] };
	expect((await checking.run({ ...ask, checks: 'Page' })).error).toMatch(/checks/);
	const window = { start: '2026-01-01T00:00:00Z', end: '2026-01-02T00:00:00Z' };
	const broken = { ...ask, maintenance: window as unknown as unknown[] };
	expect((await checking.run(broken)).error).toMatch(/maintenance/);
});
