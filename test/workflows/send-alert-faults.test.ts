import { randomUUID } from 'node:crypto';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { PagerDutyDouble } from '../support/doubles/pagerduty';
import { RecordingServer } from '../support/doubles/recording-server';
import { TelegramDouble } from '../support/doubles/telegram';
import { sharedN8n } from '../support/n8n/shared';
import { Alerting, type AlertOutcome } from './alerting';

const client = sharedN8n();
/** The delivery log of n8n is shared, so names of targets are this run's own. */
const run = randomUUID().slice(0, 8);
const botToken = `${'1234567890'}:${randomUUID()}`;
const routingKey = randomUUID().replaceAll('-', '');
let first: RecordingServer;
let second: RecordingServer;
let telegram: TelegramDouble;
let pagerDuty: PagerDutyDouble;
let hole: Server;
const caught: Socket[] = [];
let alerting: Alerting;

const hooks = () => [
	{ name: `first ${run}`, channel: 'webhook', to: first.url },
	{ name: `second ${run}`, channel: 'webhook', to: second.url },
];
const results = (outcome: AlertOutcome | undefined): string[] =>
	(outcome?.targets ?? []).map(({ result }) => result);

beforeAll(async () => {
	first = await RecordingServer.start(() => ({ status: 204 }));
	second = await RecordingServer.start(() => ({ status: 204 }));
	telegram = await TelegramDouble.start(botToken);
	pagerDuty = await PagerDutyDouble.start(routingKey);
	hole = createServer((socket) => void caught.push(socket));
	await new Promise<void>((resolve) => hole.listen(0, '127.0.0.1', resolve));
	alerting = await Alerting.install(client, {
		targets: hooks(),
		settings: { pagerDutyApiUrl: pagerDuty.url },
		credentials: {
			'Send to Telegram': await client.createCredential(`Telegram ${run}`, 'telegramApi', {
				...{ accessToken: botToken, baseUrl: telegram.http.url },
			}),
			'Send to PagerDuty': await client.createCredential(`PagerDuty ${run}`, 'httpCustomAuth', {
				json: JSON.stringify({ body: { routing_key: routingKey } }),
			}),
			'Send mail': await client.createCredential(`Mail ${run}`, 'smtp', {
				...{ host: '127.0.0.1', port: (hole.address() as AddressInfo).port, secure: false },
				...{ disableStartTls: true, user: '', password: '' },
			}),
		},
	});
});

beforeEach(() => alerting.setTargets(hooks()));

afterEach(() => {
	for (const end of [first, second, telegram.http, pagerDuty.http]) {
		end.outage = undefined;
		end.requests.length = 0;
	}
});

afterAll(async () => {
	await alerting?.remove();
	for (const socket of caught) socket.destroy();
	hole?.close();
	await Promise.all([first, second, telegram?.http, pagerDuty?.http].map((server) => server?.stop()));
});

test.each<[string, unknown]>([
	['an error that is null', { error: null }],
	['an error that is false', { ok: true, error: false }],
	['a text as error', { error: 'none' }],
	['an empty list', []],
	['a list of two', [{ a: 1 }, { a: 2 }]],
	['a number', 5],
	['nothing but null', null],
])('a webhook that accepts and answers %s was told once, and so is the next target', async (_name, body) => {
	first.outage = { status: 200, body };
	const { execution, outcomes } = await alerting.send({ title: 'Answer', dedupeKey: randomUUID() });
	expect([execution.status, results(outcomes[0])]).toEqual(['success', ['sent', 'sent']]);
	expect([first.requests.length, second.requests.length]).toEqual([1, 1]);
});

test('Telegram and PagerDuty that say no, or a stranger in their place, with status 200 count as failed', async () => {
	await alerting.setTargets([
		{ name: `chat ${run}`, channel: 'telegram', to: '1' },
		{ name: `on call ${run}`, channel: 'pagerduty' },
		...hooks(),
	]);
	telegram.http.outage = { status: 200, body: { ok: false, description: 'chat not found' } };
	pagerDuty.http.outage = { status: 200, body: 'Sign in to this network' };
	const { outcomes } = await alerting.send({ title: 'Refused', dedupeKey: randomUUID() });
	expect(outcomes[0]?.targets.map(({ result, reason }) => `${result} ${reason}`.trim())).toEqual([
		...['failed Telegram answered chat not found', 'failed PagerDuty answered without success'],
		...['sent', 'sent'],
	]);
});

test('a mail server that hangs does not make the other targets wait', async () => {
	await alerting.setTargets([{ name: `mail ${run}`, channel: 'mail', to: 'ops@example.com' }, ...hooks()]);
	const hangsUp = (async () => {
		while (second.requests.length === 0 || caught.length === 0) {
			await new Promise((resolve) => setTimeout(resolve, 50));
		}
		hole.on('connection', (socket) => socket.destroy());
		for (const socket of caught) socket.destroy();
	})();
	const { outcomes } = await alerting.send({ title: 'Hanging' });
	await hangsUp;
	expect(results(outcomes[0])).toEqual(['failed', 'sent', 'sent']);
});

test('a severity that is a word of the language and texts without end do not lose the alert', async () => {
	await alerting.setTargets([
		...hooks().map((hook) => ({ ...hook, minimumSeverity: 'critical' })),
		{ name: `on call ${run}`, channel: 'pagerduty' },
	]);
	const long = 's'.repeat(600_000);
	const { outcomes } = await alerting.send({
		...{ title: 'Odd', severity: 'constructor', source: long, url: `https://example.com/${long}` },
	});
	expect(results(outcomes[0])).toEqual(['sent', 'sent', 'sent']);
	expect(first.requests[0]?.body).toMatchObject({ severity: 'critical', url: '' });
	expect(JSON.stringify(pagerDuty.http.requests[0]?.body).length).toBeLessThan(512_000);
});

test('settings that were emptied break only the channel they belong to', async () => {
	const workflow = alerting.workflow('send-alert');
	const settings = workflow.nodes.find(({ name }) => name === 'Settings');
	if (settings) settings.parameters.assignments = { assignments: [] };
	await alerting.replace(workflow);
	await alerting.setTargets([
		{ name: `slack ${run}`, channel: 'slack', to: '#a' },
		{ name: `monitoring ${run}`, channel: 'alertmanager', to: first.url },
		...hooks().slice(1),
	]);
	const { outcomes } = await alerting.send({ title: 'Emptied' });
	expect(results(outcomes[0])).toEqual(['failed', 'sent', 'sent']);
	expect(outcomes[0]?.targets[0]?.reason).toMatch(/could not be written .*compare the node "Settings"/);
	const [held] = first.requests[0]?.body as { startsAt: string; endsAt: string }[];
	// An alert that ends as it begins would be told to nobody.
	expect(Date.parse(held?.endsAt ?? '') - Date.parse(held?.startsAt ?? '')).toBeGreaterThan(3_600_000);
});
