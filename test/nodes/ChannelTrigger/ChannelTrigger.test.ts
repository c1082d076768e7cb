import { createHmac } from 'node:crypto';
import type { IDataObject } from 'n8n-workflow';

import { ChannelTrigger } from '../../../nodes/ChannelTrigger/ChannelTrigger.node';
import { isWorkedOffElsewhere } from '../../../nodes/ChannelTrigger/inbox';
import { fixture, kindOf, signedRequest } from '../../src/channels/receive/channels';
import { TelegramDeliverer, textUpdate } from '../../support/channels/telegram-deliverer';
import { runWorkflow } from '../../support/in-process';
import { poll } from '../../support/n8n/poll';
import { Scope } from '../../support/scope';
import { Desk, type DeskSetting, type HttpRequest } from './trigger-double';

const botToken = '123456:a-token-that-nobody-is-to-see-0123';
const appKey = 'c'.repeat(32);
let scope: Scope;
let telegram: TelegramDeliverer;
const desks: Desk[] = [];
let workflows = 0;

beforeAll(async () => {
	scope = await Scope.open('channel-trigger');
	process.env.OPSDESK_STATE = scope.path('state');
	telegram = await TelegramDeliverer.start(botToken);
});
afterEach(async () => {
	for (const desk of desks.splice(0)) await desk.close();
});
afterAll(async () => {
	delete process.env.OPSDESK_STATE;
	await telegram.http.stop();
	await scope.close();
});

const events = ['message', 'callback', 'membership', 'unsupported'];

function openDesk(parameters: IDataObject = {}, setting: Partial<DeskSetting> = {}): Desk {
	const desk = new Desk({
		workflowId: `workflow-${(workflows += 1)}`,
		parameters: { platform: 'telegram', events, ...parameters },
		credentials: {
			telegramApi: { accessToken: botToken, baseUrl: telegram.http.url },
			metaWebhookApi: { appSecret: appKey, verifyToken: 'words of our own' },
		},
		...setting,
	});
	desks.push(desk);
	return desk;
}

const fromTelegram = (update: object, secret = telegram.webhook.secret_token): HttpRequest => ({
	headers: { 'content-type': 'application/json', 'x-telegram-bot-api-secret-token': secret },
	body: Buffer.from(JSON.stringify(update)),
});

function fromMeta(body: unknown, key = appKey): HttpRequest {
	const { headers, body: bytes } = signedRequest('whatsapp', body, key);
	return { headers: headers as Record<string, string>, body: bytes };
}

async function until(condition: () => boolean): Promise<void> {
	expect(await poll(60_000, () => Promise.resolve(condition() || undefined))).toBe(true);
}

test('publishing sets the webhook once, with a secret token and the updates that are wanted; ending removes it', async () => {
	const desk = await openDesk({ events: ['message', 'callback'] }).publish();
	expect(telegram.webhook).toMatchObject({
		url: expect.stringMatching(/^https:\/\/n8n\.example\.com\/webhook\/workflow-\d+\/channel$/),
		secret_token: expect.stringMatching(/^[0-9a-f]{64}$/),
	});
	expect(telegram.webhook.allowed_updates).toEqual(
		expect.arrayContaining(['message', 'edited_message', 'business_message', 'callback_query']),
	);
	expect(telegram.webhook.allowed_updates).not.toContain('my_chat_member');
	const asked = () => telegram.http.requests.filter(({ path }) => path.endsWith('/setWebhook')).length;
	const before = asked();
	await desk.close();
	await desk.publish();
	expect(asked()).toBe(before);
	await desk.unpublish();
	expect(telegram.webhook.url).toBe('');
});

test('a webhook that another program has set meanwhile is left alone', async () => {
	const desk = await openDesk().publish();
	telegram.webhook.url = 'https://other.example.com/hook';
	await desk.unpublish();
	expect(telegram.webhook.url).toBe('https://other.example.com/hook');
});

test('RT-7: a message runs once, also when it comes again with another update id or many times at once', async () => {
	const desk = await openDesk().publish();
	const update = textUpdate(1) as { update_id: number };
	const again = [update, update, { ...update, update_id: 1 }, update].map(
		async (one) => await desk.request(fromTelegram(one)),
	);
	expect((await Promise.all(again)).map(({ status }) => status)).toEqual([200, 200, 200, 200]);
	await until(() => desk.items.length > 0);
	await desk.request(fromTelegram(update));
	await desk.request(fromTelegram(textUpdate(2)));
	await until(() => desk.items.length === 2);
	expect(desk.items.map(({ eventId }) => eventId)).toEqual([
		'telegram:123456:4242:1:message',
		'telegram:123456:4242:2:message',
	]);
	expect(new Set(desk.keys).size).toBe(2);
});

test('what came while nobody worked it off runs once somebody does', async () => {
	const desk = openDesk();
	await desk.publish();
	await desk.close();
	expect((await desk.request(fromTelegram(textUpdate(1)))).status).toBe(200);
	expect(desk.items).toEqual([]);
	await desk.listen();
	await until(() => desk.items.length === 1);
	expect(desk.items[0]).not.toHaveProperty('redelivered');
});

test('a workflow that is published anew while a run is going on repeats nothing', async () => {
	const desk = await openDesk({}, { finish: false }).publish();
	await desk.request(fromTelegram(textUpdate(1)));
	await until(() => desk.items.length === 1);
	await desk.close();
	await desk.listen();
	await desk.request(fromTelegram(textUpdate(1)));
	await desk.request(fromTelegram(textUpdate(2, 'Of another chat', 4343)));
	await until(() => desk.items.length === 2);
	expect(new Set(desk.items.map(({ eventId }) => eventId)).size).toBe(2);
});

test('RT-1: a forged request is answered 401, runs nothing, and fills no log', async () => {
	const desk = await openDesk().publish();
	for (let time = 0; time < 20; time += 1) {
		const answer = await desk.request(fromTelegram(textUpdate(time), 'guessed'));
		expect(answer).toMatchObject({ status: 401, body: '', run: undefined });
	}
	expect(desk.items).toEqual([]);
	expect(desk.log).toHaveLength(1);
});

test('RT-3: the question of Meta is answered as plain text that no browser takes for a page', async () => {
	const desk = openDesk({ platform: 'whatsapp' });
	const query = {
		'hub.mode': 'subscribe',
		'hub.verify_token': 'words of our own',
		'hub.challenge': '<b>1158201444</b>',
	};
	expect(await desk.request({ method: 'GET', query })).toMatchObject({
		status: 200,
		body: '<b>1158201444</b>',
		headers: { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' },
	});
	const wrong = { ...query, 'hub.verify_token': 'guessed' };
	expect(await desk.request({ method: 'GET', query: wrong })).toMatchObject({ status: 403, body: '' });
});

test('RT-4: a batch with a broken entry runs the others, and tells of it', async () => {
	const desk = await openDesk({ platform: 'whatsapp' }).publish();
	await desk.request(fromMeta(fixture('whatsapp', 'batch-with-a-broken-entry').body));
	await until(() => desk.items.length === 3);
	expect(desk.items.map(({ kind }) => kind).sort()).toEqual(['message', 'message', 'unsupported']);
	expect(desk.log.join()).toContain('entry.0.changes.0.value.messages.1');
});

test('RT-5: statuses run only where they are wanted', async () => {
	const { body } = fixture('whatsapp', 'status-read');
	const silent = await openDesk({ platform: 'whatsapp' }).publish();
	expect((await silent.request(fromMeta(body))).status).toBe(200);
	const telling = await openDesk({ platform: 'whatsapp', events: ['status'] }).publish();
	await telling.request(fromMeta(body));
	await until(() => telling.items.length === 1);
	expect(telling.items[0]).toMatchObject({ kind: 'status', status: { state: 'read' } });
	expect(silent.items).toEqual([]);
});

test('RT-22: neither token nor secret stands in an item, an answer, the log, a file or an error', async () => {
	const lost = new Desk({
		workflowId: 'lost',
		parameters: { platform: 'telegram', events },
		credentials: { telegramApi: { accessToken: botToken, baseUrl: 'http://127.0.0.1:9' } },
	});
	const faults: unknown[] = [await lost.publish().catch((thrown: unknown) => thrown)];
	const wrong = openDesk(
		{},
		{ credentials: { telegramApi: { accessToken: `${botToken}x`, baseUrl: telegram.http.url } } },
	);
	faults.push(await wrong.publish().catch((thrown: unknown) => thrown));
	expect(faults).toEqual([
		expect.objectContaining({ message: expect.stringContaining('could not be asked') }),
		expect.objectContaining({ message: expect.stringContaining('does not know the bot') }),
	]);
	const desk = await openDesk().publish();
	const derived = telegram.webhook.secret_token;
	await desk.request(fromTelegram(textUpdate(1)));
	await desk.request(fromTelegram(textUpdate(2), 'guessed'));
	await until(() => desk.items.length === 1);
	const told = JSON.stringify([
		desk.items,
		desk.log,
		desk.staticData,
		faults.map((fault) => [String(fault), Object.values(fault as object), (fault as Error).stack]),
	]);
	for (const hidden of [botToken, 'a-token-that-nobody', derived]) expect(told).not.toContain(hidden);
	expect(derived).toBe(
		createHmac('sha256', botToken)
			.update(`opsdesk ${`workflow-${workflows}`} trigger`)
			.digest('hex'),
	);
});

test('RT-24: text with {{ }} and quotes stays text up to the last node', async () => {
	const desk = await openDesk().publish();
	const text = '={{ $env.PATH }} "quoted" \'single\' {{ 1 + 1 }} $json\\n';
	await desk.request(fromTelegram(textUpdate(1, text)));
	await until(() => desk.items.length === 1);
	const step = (name: string, type: string) => ({
		...{ id: name, name, type, typeVersion: 1, position: [0, 0] as [number, number] },
		parameters: { platform: 'telegram', events },
	});
	const run = await runWorkflow(
		{
			nodes: [step('Channel', 'n8n-nodes-opsdesk.channelTrigger'), step('Last', 'n8n-nodes-base.noOp')],
			connections: { Channel: { main: [[{ node: 'Last', type: 'main', index: 0 }]] } },
		},
		{
			nodeTypes: { 'n8n-nodes-opsdesk.channelTrigger': ChannelTrigger },
			input: desk.items.map((json) => ({ json })),
			startNode: 'Channel',
			credentials: { telegramApi: {} },
		},
	);
	expect(run.error).toBeUndefined();
	expect(run.json('Last')[0]).toMatchObject({ message: { text } });
});

test('RT-25: a request with the former secret is taken, and that is told', async () => {
	const webhookSecretApi = { secret: 'the_current_one_of_two', formerSecret: 'the_former_one_of_two' };
	const desk = openDesk(
		{ telegramSecret: 'webhookSecretApi' },
		{ credentials: { webhookSecretApi, telegramApi: { accessToken: botToken, baseUrl: telegram.http.url } } },
	);
	await desk.publish();
	expect(telegram.webhook.secret_token).toBe('the_current_one_of_two');
	await desk.request(fromTelegram(textUpdate(1)));
	expect(desk.log).toEqual([]);
	await desk.request(fromTelegram(textUpdate(2), 'the_former_one_of_two'));
	await until(() => desk.items.length === 2);
	expect(desk.log).toEqual([expect.stringContaining('signed with the former secret')]);
});

test('RT-26: what is too large is refused before it is read', async () => {
	const desk = openDesk({ settings: { maxKilobytes: 1 } });
	const request = { ...fromTelegram(textUpdate(1)), body: undefined };
	const headers = { ...request.headers, 'content-length': '2000' };
	expect(await desk.request({ method: 'POST', headers })).toMatchObject({
		status: 413,
		headers: { connection: 'close' },
	});
});

test('a disk that takes nothing is answered 503, so that the platform tries again', async () => {
	const desk = openDesk();
	const before = process.env.OPSDESK_STATE;
	// No folder can be made below a file.
	process.env.OPSDESK_STATE = __filename;
	try {
		const derived = createHmac('sha256', botToken)
			.update(`opsdesk workflow-${workflows} trigger`)
			.digest('hex');
		const answer = await desk.request(fromTelegram(textUpdate(1), derived));
		expect(answer).toMatchObject({ status: 503, run: undefined });
		expect(desk.log.join()).toContain('cannot be read or written');
	} finally {
		process.env.OPSDESK_STATE = before;
	}
});

test('a test run begins with the request itself, and nothing of it is kept', async () => {
	const desk = openDesk({ platform: 'whatsapp' }, { mode: 'manual' });
	const { run, status } = await desk.request(fromMeta(fixture('whatsapp', 'text').body));
	expect(status).toBe(200);
	expect(run?.[0]?.[0]?.json).toMatchObject({ kind: 'message', message: { text: 'Where is my invoice?' } });
	expect(kindOf('whatsapp').contentType).toBe('application/json');
});

test('a process that nobody works off for starts runs itself', () => {
	const main = ['node', 'n8n', 'start'];
	expect(isWorkedOffElsewhere(main, {})).toBe(false);
	expect(isWorkedOffElsewhere(['node', 'n8n', 'webhook'], {})).toBe(true);
	expect(isWorkedOffElsewhere(main, { N8N_MULTI_MAIN_SETUP_ENABLED: 'true' })).toBe(true);
	expect(isWorkedOffElsewhere(['node', 'n8n', 'webhook'], { OPSDESK_STATE_SHARED: 'true' })).toBe(false);
});

test('RT-7: such a process runs what comes again once, too', async () => {
	process.env.N8N_MULTI_MAIN_SETUP_ENABLED = 'true';
	try {
		const desk = openDesk({ platform: 'whatsapp' });
		const request = fromMeta(fixture('whatsapp', 'text').body);
		const runs = [await desk.request(request), await desk.request(request)].map(
			({ run }) => run?.[0]?.length ?? 0,
		);
		expect(runs).toEqual([1, 0]);
	} finally {
		delete process.env.N8N_MULTI_MAIN_SETUP_ENABLED;
	}
});
