import { randomUUID } from 'node:crypto';
import { startAlertmanager, type Alertmanager } from '../support/doubles/alertmanager';
import { sharedN8n } from '../support/n8n/shared';
import { Scope } from '../support/scope';
import { Alerting, type Target } from './alerting';
import { startChannels, type Channels } from './channels';

const client = sharedN8n();
let scope: Scope;
let alertmanager: Alertmanager;
let channels: Channels;
let alerting: Alerting;
let monitoring: Target;

beforeAll(async () => {
	scope = await Scope.open('alerting');
	alertmanager = await startAlertmanager(scope);
	channels = await startChannels();
	const { settings, targets } = channels;
	monitoring = { name: 'monitoring', channel: 'alertmanager', to: `${alertmanager.url}/` };
	alerting = await Alerting.install(client, {
		settings: { ...settings, dedupeWindowMinutes: 0 },
		targets: [...targets, monitoring],
		switchedOn: ['Send to Slack'],
	});
});

afterAll(async () => {
	await alerting?.remove();
	await channels?.stop();
	await scope?.close();
});

test('channels that are not set up do not break the others and say how to set them up', async () => {
	const { outcomes } = await alerting.send({ title: 'Bare', severity: 'critical', dedupeKey: randomUUID() });
	const targets = Object.fromEntries(
		(outcomes[0]?.targets ?? []).map(({ name, result, reason }) => [name, { result, reason }]),
	);
	expect(outcomes[0]?.outcome).toBe('partly delivered');
	expect(targets).toMatchObject({ open: { result: 'sent' }, monitoring: { result: 'sent' } });
	for (const name of ['chat', 'mail', 'on call', 'guarded']) {
		expect(targets[name]?.reason).toMatch(
			/is switched off; select its credential in this workflow and activate the node/,
		);
	}
	// Switched on, but without a credential.
	expect(targets.slack).toMatchObject({
		result: 'failed',
		reason: expect.stringMatching(/credential/i) as string,
	});
});

test('Alertmanager holds an alert until it is resolved, and one severity at a time', async () => {
	await alerting.setTargets(channels.targets.filter(({ name }) => name === 'open').concat(monitoring));
	const dedupeKey = randomUUID();
	const active = async () =>
		(await alertmanager.active()).filter(({ labels }) => labels.dedupe_key === dedupeKey);
	const alert = { title: 'Disk "/" <95 %>', message: 'ünïcode\n👍', source: 'host.example.com', dedupeKey };
	const details = { 'disk free %': 4, nested: { a: 1 } };
	await alerting.send({
		...alert,
		severity: 'warning',
		details,
		startedAt: '2026-01-02T03:04:05Z',
		url: 'https://example.com/d',
	});
	const [held] = await active();
	expect(held).toMatchObject({
		labels: { alertname: 'Opsdesk', severity: 'warning', source: 'host.example.com' },
		annotations: {
			summary: alert.title,
			description: alert.message,
			detail_disk_free__: '4',
			detail_nested: '{"a":1}',
		},
		startsAt: '2026-01-02T03:04:05.000Z',
		generatorURL: 'https://example.com/d',
	});
	expect(Date.parse(held?.endsAt ?? '') - Date.now()).toBeGreaterThan(71 * 3_600_000);
	await alerting.send({ ...alert, severity: 'critical' });
	expect((await active()).map(({ labels }) => labels.severity)).toEqual(['critical']);
	await alerting.send({ ...alert, severity: 'critical', status: 'resolved' });
	expect(await active()).toEqual([]);
});

test('a window of 0 minutes tells every repetition', async () => {
	const before = channels.open.requests.length;
	const alert = { title: 'Again', severity: 'critical', dedupeKey: randomUUID() };
	await alerting.send(alert);
	await alerting.send(alert);
	expect(channels.open.requests.length - before).toBe(2);
});
