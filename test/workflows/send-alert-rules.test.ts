import { randomUUID } from 'node:crypto';
import { RecordingServer } from '../support/doubles/recording-server';
import { sharedN8n } from '../support/n8n/shared';
import { Alerting, failureOf, type AlertOutcome } from './alerting';

const key = (): string => `test-${randomUUID()}`;

const client = sharedN8n();
let first: RecordingServer;
let second: RecordingServer;
let alerting: Alerting;

const target = (name: string, server: RecordingServer, more: Record<string, unknown> = {}) => ({
	...{ name: `${name} ${run}`, channel: 'webhook', to: server.url },
	...more,
});
/** The delivery log of n8n is shared, so names of targets are this run's own. */
const run = randomUUID().slice(0, 8);
const results = (outcome: AlertOutcome | undefined): string[] =>
	(outcome?.targets ?? []).map(({ result }) => result);
const outage = { status: 503, body: { message: 'closed for maintenance' } };

beforeAll(async () => {
	first = await RecordingServer.start(() => ({ status: 204 }));
	second = await RecordingServer.start(() => ({ status: 204 }));
	alerting = await Alerting.install(client, { targets: [target('first', first), target('second', second)] });
});

afterEach(() => {
	first.outage = undefined;
	second.outage = undefined;
	first.requests.length = 0;
	second.requests.length = 0;
});

afterAll(async () => {
	await alerting?.remove();
	await first?.stop();
	await second?.stop();
});

test('the same key and severity is told once, and two alerts in one call count as two', async () => {
	const dedupeKey = key();
	const alert = { title: 'Down', severity: 'critical', dedupeKey };
	const { outcomes } = await alerting.send(alert, {
		title: 'Something else',
		severity: 'critical',
		dedupeKey: key(),
	});
	expect(outcomes.map(({ outcome }) => outcome)).toEqual(['delivered', 'delivered']);
	const again = await alerting.send(alert);
	expect(again.outcomes[0]).toMatchObject({ outcome: 'suppressed' });
	expect(again.outcomes[0]?.targets[0]?.reason).toMatch(/^the same was sent 0 minutes ago$/);
	expect(first.requests).toHaveLength(2);
	const wanted = await alerting.send({ ...alert, repeat: true });
	expect(wanted.outcomes[0]).toMatchObject({ outcome: 'delivered' });
});

test('a rise in severity, an end, and a new beginning after it are told', async () => {
	const dedupeKey = key();
	const steps = [
		{ severity: 'warning' },
		{ severity: 'critical' },
		{ severity: 'critical', status: 'resolved' },
		{ severity: 'critical' },
	];
	for (const step of steps) {
		const { outcomes } = await alerting.send({ title: 'Flow', dedupeKey, ...step });
		expect(outcomes[0]?.outcome).toBe('delivered');
	}
	expect(first.requests).toHaveLength(4);
});

test('HC-7: a target that fails does not stop the others, and only it is told again once it is back', async () => {
	const alert = { title: 'Half', severity: 'critical', dedupeKey: key() };
	first.outage = outage;
	const broken = await alerting.send(alert);
	expect(broken.execution.status).toBe('success');
	expect(broken.outcomes[0]).toMatchObject({ outcome: 'partly delivered' });
	expect(results(broken.outcomes[0])).toEqual(['failed', 'sent']);
	expect(broken.outcomes[0]?.targets[0]?.reason).toContain('503');
	first.outage = undefined;
	first.requests.length = 0;
	const repeated = await alerting.send(alert);
	expect(results(repeated.outcomes[0])).toEqual(['sent', 'suppressed']);
	expect([first.requests.length, second.requests.length]).toEqual([1, 1]);
});

test('an alert that reaches nobody fails the run, says why, and is told when it is raised again', async () => {
	const alert = { title: 'Lonely', severity: 'critical', dedupeKey: key() };
	first.outage = outage;
	second.outage = outage;
	const { execution } = await alerting.send(alert);
	expect(execution.status).toBe('error');
	expect(failureOf(execution)).toMatch(
		/^The alert "Lonely" reached nobody\. first .*503.*; second .*503.*Send a test alert"\.$/,
	);
	first.outage = undefined;
	second.outage = undefined;
	const again = await alerting.send(alert);
	expect(results(again.outcomes[0])).toEqual(['sent', 'sent']);
});

test('alerts without a key are never held back', async () => {
	const alert = { title: 'No key', severity: 'info' };
	await alerting.send(alert);
	await alerting.send(alert);
	expect(first.requests).toHaveLength(2);
});

test('odd input is sent as the highest severity rather than lost', async () => {
	const { outcomes } = await alerting.send({
		message: 'only a message\nsecond line',
		severity: 'catastrophic',
		details: 'text',
	});
	expect(outcomes[0]).toMatchObject({ title: 'only a message', outcome: 'delivered' });
	expect(first.requests[0]?.body).toMatchObject({
		severity: 'critical',
		source: 'n8n',
		details: { details: 'text' },
	});
});

test('the same alert raised twice at the same moment is told at least once, and neither run fails', async () => {
	const alert = { title: 'Race', severity: 'critical', dedupeKey: key() };
	const [one, two] = await Promise.all([alerting.send(alert), alerting.send(alert)]);
	expect([one.execution.status, two.execution.status]).toEqual(['success', 'success']);
	expect(first.requests.length).toBeGreaterThanOrEqual(1);
	const later = await alerting.send(alert);
	expect(results(later.outcomes[0])).toEqual(['suppressed', 'suppressed']);
});

test('each target has its own minimum severity, and who was told of the beginning is told of the end', async () => {
	const targets = [target('first', first, { minimumSeverity: 'critical' }), target('second', second)];
	await alerting.setTargets([...targets, target('third', second, { enabled: false })]);
	const dedupeKey = key();
	const warning = await alerting.send({ title: 'Load', severity: 'warning', dedupeKey });
	expect(results(warning.outcomes[0])).toEqual(['filtered', 'sent']);
	const over = await alerting.send({ title: 'Load', severity: 'warning', status: 'resolved', dedupeKey });
	expect(results(over.outcomes[0])).toEqual(['filtered', 'sent']);
	await alerting.send({ title: 'Load', severity: 'critical', dedupeKey });
	const eased = await alerting.send({ title: 'Load', severity: 'info', status: 'resolved', dedupeKey });
	expect(results(eased.outcomes[0])).toEqual(['sent', 'sent']);
});

test('without a target that is switched on the run fails and says where to set one up', async () => {
	await alerting.setTargets([target('first', first, { enabled: false })]);
	const { execution } = await alerting.send({ title: 'Nobody listens', severity: 'critical' });
	expect(execution.status).toBe('error');
	expect(failureOf(execution)).toContain(
		'no alert target is switched on. Correct the targets in the workflow "Read settings"',
	);
});
