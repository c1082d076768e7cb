import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { RecordingServer } from '../support/doubles/recording-server';
import { sharedN8n } from '../support/n8n/shared';
import { Alerting, type AlertOutcome } from './alerting';

const key = (): string => `test-${randomUUID()}`;
const run = randomUUID().slice(0, 8);
const client = sharedN8n();
const outage = { status: 503, body: { message: 'closed for maintenance' } };
let servers: RecordingServer[];
let alerting: Alerting;

/** Targets under names of this run, because the delivery log of n8n is shared. */
const targets = (...more: Record<string, unknown>[]) =>
	more.map((extra, index) => ({
		...{ name: `target ${index} ${run}`, channel: 'webhook', to: servers[index]?.url ?? '' },
		...extra,
	}));
const results = (outcome: AlertOutcome | undefined): string[] =>
	(outcome?.targets ?? []).map(({ result }) => result);
const reasons = (outcome: AlertOutcome | undefined): string[] =>
	(outcome?.targets ?? []).map(({ reason }) => reason);
const arrived = (): number[] => servers.map(({ requests }) => requests.length);
const breakDown = (...broken: number[]): void => {
	for (const [index, server] of servers.entries())
		server.outage = broken.includes(index) ? outage : undefined;
};

beforeAll(async () => {
	servers = await Promise.all([1, 2, 3].map(() => RecordingServer.start(() => ({ status: 204 }))));
	alerting = await Alerting.install(client, { targets: targets({}, {}, {}) });
});

beforeEach(() => {
	breakDown();
	for (const server of servers) server.requests.length = 0;
});

afterAll(async () => {
	await alerting?.remove();
	await Promise.all((servers ?? []).map((server) => server.stop()));
});

test('HC-7: an event that is raised again goes only to those who have not had it, and the outcome says who has', async () => {
	const event = { title: 'Down', severity: 'critical', dedupeKey: key(), eventId: key(), repeat: true };
	breakDown(1);
	const first = await alerting.send(event);
	expect(results(first.outcomes[0])).toEqual(['sent', 'failed', 'sent']);
	const still = await alerting.send(event);
	expect(still.outcomes[0]).toMatchObject({ outcome: 'partly delivered' });
	expect(results(still.outcomes[0])).toEqual(['suppressed', 'failed', 'suppressed']);
	expect(reasons(still.outcomes[0])[0]).toBe('it has had this event already');
	breakDown();
	const last = await alerting.send(event);
	expect([last.outcomes[0]?.outcome, ...results(last.outcomes[0])]).toEqual([
		...['delivered', 'suppressed', 'sent', 'suppressed'],
	]);
	expect((await alerting.send(event)).outcomes[0]?.outcome).toBe('suppressed');
	// n8n asks a service that is out of order several times.
	expect([arrived()[0], arrived()[2]]).toEqual([1, 1]);
	expect(servers[1]?.requests[0]?.body).toMatchObject({ eventId: event.eventId });
});

test('another event of the same key is told at once, within the window too, and without a key events count as well', async () => {
	const alert = { title: 'Down', severity: 'critical', dedupeKey: key() };
	for (const eventId of [key(), key()]) await alerting.send({ ...alert, eventId });
	const bare = { title: 'Bare', severity: 'critical', eventId: key() };
	for (let times = 0; times < 2; times += 1) await alerting.send(bare);
	expect(arrived()).toEqual([3, 3, 3]);
	const twice = { ...alert, eventId: key() };
	const { outcomes } = await alerting.send(twice, twice);
	expect(outcomes.map(({ outcome }) => outcome)).toEqual(['delivered', 'suppressed']);
});

test('HC-4: an end is told to those who were told of the beginning, and to no other', async () => {
	const alert = { title: 'Down', severity: 'critical', dedupeKey: key() };
	breakDown(1);
	await alerting.send(alert);
	breakDown();
	const end = { ...alert, title: 'Up', status: 'resolved' };
	const { outcomes } = await alerting.send(end);
	expect(results(outcomes[0])).toEqual(['sent', 'filtered', 'sent']);
	expect(reasons(outcomes[0])[1]).toBe('it was not told of the beginning');
	// Next time it is another that misses the beginning.
	breakDown(2);
	await alerting.send(alert);
	breakDown();
	expect(results((await alerting.send(end)).outcomes[0])).toEqual(['sent', 'sent', 'filtered']);
	const unknown = await alerting.send({ ...end, dedupeKey: key() });
	expect(results(unknown.outcomes[0])).toEqual(['sent', 'sent', 'sent']);
});

test('HC-4: an end that did not reach everybody is told again to those who miss it, and to no other', async () => {
	const alert = { title: 'Down', severity: 'critical', dedupeKey: key() };
	breakDown(2);
	await alerting.send({ ...alert, eventId: key() });
	const end = { ...alert, title: 'Up', status: 'resolved', eventId: key() };
	breakDown(1);
	expect(results((await alerting.send(end)).outcomes[0])).toEqual(['sent', 'failed', 'filtered']);
	breakDown();
	expect(results((await alerting.send(end)).outcomes[0])).toEqual(['suppressed', 'sent', 'filtered']);
});

test('targets of owners get the alerts of these owners, and what is for none of them goes to all', async () => {
	const ofOwner = { owners: ['Ada@example.com', 'carl@example.com'] };
	await alerting.setTargets(targets({}, ofOwner, { owners: ['bob@example.com'] }));
	const raise = async (owner?: string, more: Record<string, unknown> = {}) =>
		results((await alerting.send({ title: 'Down', severity: 'warning', owner, ...more })).outcomes[0]);
	expect(await raise('ada@example.com')).toEqual(['sent', 'sent', 'filtered']);
	expect(await raise('bob@example.com')).toEqual(['sent', 'filtered', 'sent']);
	expect(await raise()).toEqual(['sent', 'filtered', 'filtered']);

	await alerting.setTargets(targets({ enabled: false }, ofOwner, { owners: ['bob@example.com'] }));
	expect(await raise('eve@example.com')).toEqual(['sent', 'sent']);
	expect(await raise()).toEqual(['sent', 'sent']);
	// Who takes care of it wants to hear of worse only; that is no reason to wake the others.
	const later = { ...ofOwner, minimumSeverity: 'critical' };
	await alerting.setTargets(targets({ enabled: false }, later, { owners: ['bob@example.com'] }));
	expect(await raise('ada@example.com')).toEqual(['filtered', 'filtered']);

	const dedupeKey = key();
	expect(await raise('bob@example.com', { dedupeKey })).toEqual(['filtered', 'sent']);
	expect(await raise('ada@example.com', { dedupeKey, status: 'resolved' })).toEqual(['filtered', 'sent']);
});

test('HC-4: of an event whose beginning has reached nobody, nobody is told the end', async () => {
	const end = { title: 'Up', status: 'resolved', severity: 'critical', dedupeKey: key(), eventId: key() };
	const { outcomes } = await alerting.send(end);
	expect(outcomes[0]?.outcome).toBe('filtered');
	expect(arrived()).toEqual([0, 0, 0]);
});

test('a beginning that was raised before its end was told is not told after it, and one raised since is', async () => {
	const alert = { title: 'Down', severity: 'critical', dedupeKey: key() };
	const raisedAt = new Date().toISOString();
	await alerting.setTargets(targets({}, {}, {}));
	await alerting.send({ ...alert, eventId: key(), raisedAt });
	await alerting.send({ ...alert, title: 'Up', status: 'resolved', eventId: key() });
	const late = await alerting.send({ ...alert, eventId: key(), raisedAt });
	expect(late.outcomes[0]?.outcome).toBe('outdated');
	expect(arrived()).toEqual([2, 2, 2]);
	const anew = await alerting.send({ ...alert, eventId: key(), raisedAt: new Date().toISOString() });
	expect(anew.outcomes[0]?.outcome).toBe('delivered');
});

test('a target behind one that hangs is not told of what is over by then', async () => {
	const silent = createServer(() => {});
	await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
	const { port } = silent.address() as AddressInfo;
	await alerting.setTargets(targets({}, { to: `http://127.0.0.1:${port}` }, {}));
	const alert = { title: 'Down', severity: 'critical', dedupeKey: key() };
	const body = [{ ...alert, eventId: key(), raisedAt: new Date().toISOString() }];
	const hanging = client.callWebhook(`alert-${alerting.ids.caller}`, { body });
	await new Promise<void>((resolve) => silent.once('request', () => resolve()));
	await client.callWebhook(`alert-${alerting.ids.caller}`, {
		body: [{ ...alert, title: 'Up', status: 'resolved', eventId: key() }],
	});
	const { json } = await hanging;
	expect(results((json as AlertOutcome[])[0])).toEqual(['sent', 'failed', 'outdated']);
	expect(arrived()).toEqual([2, 0, 0]);
	silent.closeAllConnections();
	silent.close();
	await alerting.setTargets(targets({}, {}, {}));
});

test('a trouble that all targets find too slight goes to all whose it is, because it is told only once', async () => {
	const later = { minimumSeverity: 'critical' };
	await alerting.setTargets(targets(later, later, { ...later, owners: ['bob@example.com'] }));
	const event = { title: 'Down', severity: 'warning', dedupeKey: key() };
	expect(results((await alerting.send(event)).outcomes[0])).toEqual(['filtered', 'filtered', 'filtered']);
	const told = await alerting.send({ ...event, eventId: key() });
	expect(results(told.outcomes[0])).toEqual(['sent', 'sent', 'filtered']);
	const info = await alerting.send({ ...event, severity: 'info', eventId: key() });
	expect(info.outcomes[0]?.outcome).toBe('filtered');
	await alerting.setTargets(targets({}, {}, {}));
});
