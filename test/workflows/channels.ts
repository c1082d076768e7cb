import { randomUUID } from 'node:crypto';
import { MailServer } from '../support/doubles/mail';
import { PagerDutyDouble } from '../support/doubles/pagerduty';
import { RecordingServer } from '../support/doubles/recording-server';
import { SlackDouble } from '../support/doubles/slack';
import { TelegramDouble } from '../support/doubles/telegram';
import type { N8nClient } from '../support/n8n/client';
import type { AlertingOptions, Target } from './alerting';

// Made at run time, so that no text in this repository looks like a secret.
const botToken = `${'1234567890'}:${randomUUID()}`;
const slackToken = ['xoxb', randomUUID()].join('-');
const routingKey = randomUUID().replaceAll('-', '');
const webhookSecret = randomUUID();

/** Every secret of the channels, to look for where it must not be. */
export const channelSecrets = [botToken, slackToken, routingKey, webhookSecret];

/** A receiving end for every channel that can be set up with a credential, and a webhook without one. */
export interface Channels {
	telegram: TelegramDouble;
	slack: SlackDouble;
	pagerDuty: PagerDutyDouble;
	mail: MailServer;
	open: RecordingServer;
	guarded: RecordingServer;
	targets: Target[];
	/** Settings of send-alert that lead to these ends. */
	settings: Record<string, string>;
	stop(): Promise<void>;
}

export async function startChannels(): Promise<Channels> {
	const telegram = await TelegramDouble.start(botToken);
	const slack = await SlackDouble.start(slackToken, ['#alerts']);
	const pagerDuty = await PagerDutyDouble.start(routingKey);
	const mail = await MailServer.start();
	const open = await RecordingServer.start(() => ({ status: 204 }));
	const guarded = await RecordingServer.start(({ headers }) => ({
		status: headers['x-secret'] === webhookSecret ? 200 : 401,
	}));
	return {
		...{ telegram, slack, pagerDuty, mail, open, guarded },
		targets: [
			{ name: 'chat', channel: 'telegram', to: '-1001234567890' },
			{ name: 'mail', channel: 'mail', to: 'ops@example.com, night@example.com' },
			{ name: 'slack', channel: 'slack', to: '#alerts' },
			{ name: 'on call', channel: 'pagerduty' },
			{ name: 'open', channel: 'webhook', to: `${open.url}/hook` },
			{ name: 'guarded', channel: 'webhook', to: `${guarded.url}/hook`, authenticated: true },
		],
		settings: { slackApiUrl: slack.http.url, pagerDutyApiUrl: pagerDuty.url },
		async stop() {
			const servers = [telegram.http, slack.http, pagerDuty.http, open, guarded];
			await Promise.all([...servers.map((server) => server.stop()), mail.stop()]);
		},
	};
}

/** Credentials for these channels, and the nodes they are selected in. */
export async function channelCredentials(
	client: N8nClient,
	{ telegram, mail }: Channels,
): Promise<NonNullable<AlertingOptions['credentials']>> {
	const create = (type: string, data: Record<string, unknown>) =>
		client.createCredential(`${type} ${randomUUID()}`, type, data);
	const smtp = {
		host: '127.0.0.1',
		port: mail.port,
		secure: false,
		disableStartTls: true,
		user: '',
		password: '',
	};
	return {
		'Send to Telegram': await create('telegramApi', { accessToken: botToken, baseUrl: telegram.http.url }),
		'Send mail': await create('smtp', smtp),
		'Send to Slack': await create('slackApi', { accessToken: slackToken }),
		'Send to PagerDuty': await create('httpCustomAuth', {
			json: JSON.stringify({ body: { routing_key: routingKey } }),
		}),
		'Send to webhook with credential': await create('httpHeaderAuth', {
			name: 'X-Secret',
			value: webhookSecret,
		}),
	};
}
