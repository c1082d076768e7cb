import { randomUUID } from 'node:crypto';
import { MailServer } from '../support/doubles/mail';
import { PagerDutyDouble } from '../support/doubles/pagerduty';
import { RecordingServer } from '../support/doubles/recording-server';
import { SlackDouble } from '../support/doubles/slack';
import { TelegramDouble } from '../support/doubles/telegram';
import { outputItems } from '../support/n8n/executions';
import { sharedN8n } from '../support/n8n/shared';
import { Alerting, failureOf } from './alerting';

// Made at run time, so that no text in this repository looks like a secret.
const botToken = `${'1234567890'}:${randomUUID()}`;
const slackToken = ['xoxb', randomUUID()].join('-');
const routingKey = randomUUID().replaceAll('-', '');
const webhookSecret = randomUUID();

const nasty = '<b>5 < 6 & "7" > 3</b> *bold* _it_ `code` [a](b) <!channel> &amp; \u202e 🛠️ ü';
const key = (): string => `test-${randomUUID()}`;

const client = sharedN8n();
let telegram: TelegramDouble;
let slack: SlackDouble;
let pagerDuty: PagerDutyDouble;
let mail: MailServer;
let open: RecordingServer;
let guarded: RecordingServer;
let alerting: Alerting;

const everyTarget = () => [
	{ name: 'chat', channel: 'telegram', to: '-1001234567890' },
	{ name: 'mail', channel: 'mail', to: 'ops@example.com, night@example.com' },
	{ name: 'slack', channel: 'slack', to: '#alerts' },
	{ name: 'on call', channel: 'pagerduty' },
	{ name: 'open', channel: 'webhook', to: `${open.url}/hook` },
	{ name: 'guarded', channel: 'webhook', to: `${guarded.url}/hook`, authenticated: true },
];

beforeAll(async () => {
	telegram = await TelegramDouble.start(botToken);
	slack = await SlackDouble.start(slackToken, ['#alerts']);
	pagerDuty = await PagerDutyDouble.start(routingKey);
	mail = await MailServer.start();
	open = await RecordingServer.start(() => ({ status: 204 }));
	guarded = await RecordingServer.start(({ headers }) => ({
		status: headers['x-secret'] === webhookSecret ? 200 : 401,
	}));
	const credential = (type: string, data: Record<string, unknown>) =>
		client.createCredential(`${type} ${key()}`, type, data);
	alerting = await Alerting.install(client, {
		targets: everyTarget(),
		settings: { slackApiUrl: slack.http.url, pagerDutyApiUrl: pagerDuty.url },
		credentials: {
			'Send to Telegram': await credential('telegramApi', {
				accessToken: botToken,
				baseUrl: telegram.http.url,
			}),
			'Send mail': await credential('smtp', {
				host: '127.0.0.1',
				port: mail.port,
				secure: false,
				disableStartTls: true,
				user: '',
				password: '',
			}),
			'Send to Slack': await credential('slackApi', { accessToken: slackToken }),
			'Send to PagerDuty': await credential('httpCustomAuth', {
				json: JSON.stringify({ body: { routing_key: routingKey } }),
			}),
			'Send to webhook with credential': await credential('httpHeaderAuth', {
				name: 'X-Secret',
				value: webhookSecret,
			}),
		},
	});
});

afterAll(async () => {
	await alerting?.remove();
	await Promise.all([
		...[telegram.http, slack.http, pagerDuty.http, open, guarded].map((server) => server.stop()),
		mail.stop(),
	]);
});

test('every channel receives a nasty alert, escaped by its own rules', async () => {
	const { outcomes } = await alerting.send({
		title: nasty,
		message: `line one\nline two ${nasty}`,
		severity: 'critical',
		dedupeKey: key(),
		source: 'shop.example.com',
		url: 'https://status.example.com/?a=1&b=2',
		details: { 'disk free %': 4 },
	});
	expect(outcomes[0]?.targets.filter(({ result }) => result !== 'sent')).toEqual([]);
	expect(outcomes[0]?.outcome).toBe('delivered');
	console.log(JSON.stringify([telegram.messages, slack.messages, pagerDuty.events, mail.mails, open.requests, guarded.requests], null, 1));
});
