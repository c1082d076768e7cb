import { randomUUID } from 'node:crypto';
import { sharedN8n } from '../support/n8n/shared';
import { Alerting, failureOf } from './alerting';
import { channelCredentials, channelSecrets, startChannels, type Channels } from './channels';

const nasty = '<b>5 < 6 & "7" > 3</b> *bold* _it_ `code` [a](b) <!channel> &amp; \u202e 🛠️ ü';
const key = (): string => `test-${randomUUID()}`;

const client = sharedN8n();
let channels: Channels;
let alerting: Alerting;

beforeAll(async () => {
	channels = await startChannels();
	const { targets, settings } = channels;
	alerting = await Alerting.install(client, {
		targets,
		settings,
		credentials: await channelCredentials(client, channels),
	});
});

afterAll(async () => {
	await alerting?.remove();
	await channels?.stop();
});

test('HC-24: every channel receives a nasty alert, escaped by its own rules', async () => {
	const dedupeKey = key();
	const { outcomes } = await alerting.send({
		title: nasty,
		message: `line one\nline two ${nasty}`,
		severity: 'critical',
		dedupeKey,
		source: 'shop.example.com',
		url: 'https://status.example.com/?a=1&b=2',
		details: { 'disk free %': 4 },
	});
	expect(outcomes[0]?.targets.filter(({ result }) => result !== 'sent')).toEqual([]);
	expect(outcomes[0]?.outcome).toBe('delivered');

	const shown = nasty.replace('\u202e', ' ');
	const chat = channels.telegram.messages.at(-1);
	expect(chat?.chatId).toBe('-1001234567890');
	expect(chat?.visible).toContain(`CRITICAL: ${shown.replace(/\s+/g, ' ').trim().slice(0, 40)}`);
	expect(chat?.visible).toContain(`line one\nline two ${shown}`);
	expect(chat?.visible).toContain('disk free %: 4');
	expect(chat?.visible).toContain('https://status.example.com/?a=1&b=2');

	const post = channels.slack.messages.at(-1);
	expect(post?.text).toContain('&lt;!channel&gt; &amp;amp;');
	expect(post?.text).not.toMatch(/<|>/);

	const event = channels.pagerDuty.events.at(-1);
	expect(event).toMatchObject({
		event_action: 'trigger',
		dedup_key: dedupeKey,
		payload: { severity: 'critical', source: 'shop.example.com', custom_details: { 'disk free %': '4' } },
		links: [{ href: 'https://status.example.com/?a=1&b=2' }],
	});
	expect(event?.payload.summary).toContain('<b>5 < 6 & "7" > 3</b>');

	const letter = channels.mail.mails.at(-1);
	expect(letter).toMatchObject({ from: 'opsdesk@example.com', to: ['ops@example.com', 'night@example.com'] });

	expect(channels.open.requests.at(-1)?.headers).not.toHaveProperty('x-secret');
	expect(channels.guarded.requests.at(-1)?.body).toMatchObject({
		...{
			status: 'firing',
			severity: 'critical',
			dedupeKey,
			details: { 'disk free %': '4' },
			target: 'guarded',
		},
	});
});

test('HC-24: a text without end is cut at the limit of each channel and keeps headline and link', async () => {
	const { outcomes } = await alerting.send({
		title: `&<>🛠️ ${'&'.repeat(4000)}`,
		message: '<🛠️&'.repeat(20_000),
		severity: 'warning',
		dedupeKey: 'k'.repeat(600) + key(),
		url: 'https://status.example.com/run/1',
		details: Object.fromEntries(
			Array.from({ length: 100 }, (_, index) => [`field ${index}`, 'x'.repeat(5000)]),
		),
	});
	expect(outcomes[0]?.targets.filter(({ result }) => result !== 'sent')).toEqual([]);
	const { visible = '' } = channels.telegram.messages.at(-1) ?? {};
	expect(visible.length).toBeLessThanOrEqual(4096);
	expect(visible.startsWith('WARNING: &<>🛠️')).toBe(true);
	expect(visible.endsWith('https://status.example.com/run/1')).toBe(true);
	const { text = '' } = channels.slack.messages.at(-1) ?? {};
	expect(text.length).toBeLessThanOrEqual(3000);
	expect(Buffer.from(text).toString()).toBe(text);
	expect(text.endsWith('https://status.example.com/run/1')).toBe(true);
	expect(text.replace(/&(?:amp|lt|gt);/g, '')).not.toMatch(/[&<>]/);
	expect(channels.pagerDuty.events.at(-1)?.dedup_key?.length).toBeLessThanOrEqual(255);
});

test('line ends in a title cannot add a header to the mail', async () => {
	await alerting.send({
		title: 'Disk full\r\nBcc: thief@example.com\r\n\r\nHello',
		severity: 'critical',
		dedupeKey: key(),
	});
	const letter = channels.mail.mails.at(-1);
	expect(letter?.to).toEqual(['ops@example.com', 'night@example.com']);
	expect(letter?.headers.filter((line) => line.startsWith('Bcc'))).toEqual([]);
	expect(letter?.headers).toContain('Subject: [CRITICAL] Disk full Bcc: thief@example.com Hello');
});

test('an end closes the incident in PagerDuty and is told as resolved elsewhere', async () => {
	const dedupeKey = key();
	await alerting.send({ title: 'Shop is down', severity: 'critical', dedupeKey });
	await alerting.send({ title: 'Shop is up again', severity: 'critical', status: 'resolved', dedupeKey });
	expect(channels.pagerDuty.events.at(-1)).toMatchObject({ event_action: 'resolve', dedup_key: dedupeKey });
	expect(channels.telegram.messages.at(-1)?.visible).toMatch(/^RESOLVED: Shop is up again/);
	expect(channels.mail.mails.at(-1)?.headers).toContain('Subject: [RESOLVED] Shop is up again');
});

test('secrets of the channels stand neither in executions nor in outcomes, also when a channel refuses them', async () => {
	const ends = [channels.telegram.http, channels.slack.http, channels.pagerDuty.http, channels.guarded];
	for (const end of ends) end.outage = { status: 500, body: { ok: false, description: 'out of order' } };
	try {
		const { execution, outcomes } = await alerting.send({
			title: 'Secrets',
			severity: 'critical',
			dedupeKey: key(),
		});
		const failed = outcomes[0]?.targets.filter(({ result }) => result === 'failed').map(({ name }) => name);
		expect(failed).toEqual(['chat', 'slack', 'on call', 'guarded']);
		const recorded = JSON.stringify(execution);
		expect(channelSecrets.filter((secret) => recorded.includes(secret))).toEqual([]);
	} finally {
		for (const end of ends) end.outage = undefined;
	}
});

test('the test button sends an alert to every target from the draft', async () => {
	const before = channels.open.requests.length;
	const execution = await client.run(alerting.ids['send-alert'], { trigger: 'Send a test alert' });
	expect(failureOf(execution)).toBe('');
	expect(channels.open.requests.slice(before)).toHaveLength(1);
	expect(channels.telegram.messages.at(-1)?.visible).toContain('Nothing is wrong.');
});
