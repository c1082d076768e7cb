import { randomBytes, randomUUID } from 'node:crypto';
import { z } from 'zod';

import { enqueue, parseTarget, permitted, type TargetInput } from '../../src/channels';
import { setConsent } from '../../src/chat';
import { getTimer, savePolicy, saveSchedule } from '../../src/sla';
import type { Store } from '../../src/store';
import { fixture, publicUrl, signedRequest } from '../src/channels/receive/channels';
import { openStand, type Stand } from '../src/store/stand';
import { TelegramDeliverer, textUpdate } from '../support/channels/telegram-deliverer';
import { RecordingServer } from '../support/doubles/recording-server';
import type { StoredCredential } from '../support/n8n/client';
import { poll } from '../support/n8n/poll';
import { sharedN8n } from '../support/n8n/shared';
import { Alerting } from './alerting';
import { nodeOf } from './backing-up';
import { setUpWorkflow } from './docker-workflow';

const client = sharedN8n();
const newId = (): string => randomBytes(8).toString('hex');
const own = newId();
const appKey = 'e'.repeat(32);
const timers = { 'start-timers-on-requests': newId(), 'stop-timers-on-replies': newId() };
/** The shipped workflows, and what starts each: a bot, a number, a page. */
const workflows = {
	'receive-telegram-messages': newId(),
	'receive-meta-messages': newId(),
	'receive-sms': newId(),
};
type Key = keyof typeof workflows;
const door = (key: Key, trigger: string, credential: string, parameters: object = {}) => ({
	...{ key, trigger, credential, parameters, hook: randomUUID() },
});
const gatewayFields = {
	...{ idField: 'id', fromField: 'from', textField: 'message.text' },
	gateway: { messages: 'results', header: 'X-Signature', prefix: 'sha256=', to: 'to' },
};
const doors = {
	telegram: door('receive-telegram-messages', 'When somebody writes to the bot', 'telegramApi'),
	update: door('receive-telegram-messages', 'When n8n has an update', 'otherBot'),
	whatsapp: door('receive-meta-messages', 'When somebody writes on WhatsApp', 'metaWebhookApi'),
	messenger: door('receive-meta-messages', 'When somebody writes on Messenger', 'metaWebhookApi'),
	instagram: door('receive-meta-messages', 'When somebody writes on Instagram', 'metaWebhookApi'),
	twilio: door('receive-sms', 'When an SMS comes through Twilio', 'twilioApi', { settings: { publicUrl } }),
	gateway: door('receive-sms', 'When an SMS comes through a gateway', 'webhookSecretApi', gatewayFields),
};
let stand: Stand;
let store: Store;
let telegram: TelegramDeliverer;
let otherBot: TelegramDeliverer;
let receiver: RecordingServer;
let alerting: Alerting;
const credentials: StoredCredential[] = [];

beforeAll(async () => {
	stand = await openStand('workflow-receiving');
	store = stand.open('postgres');
	telegram = await TelegramDeliverer.start('123456:receives-in-a-workflow');
	otherBot = await TelegramDeliverer.start('234567:receives-through-n8n');
	receiver = await RecordingServer.start(() => ({ status: 204 }));
	const target = { name: `receive ${own}`, channel: 'webhook', to: receiver.url };
	alerting = await Alerting.install(client, { targets: [target] });
	const everywhere = { allowedHttpRequestDomains: 'all' };
	const make = async (type: string, data: Record<string, string>): Promise<StoredCredential> => {
		const made = await client.createCredential(`${type} ${own}`, type, data);
		credentials.push(made);
		return made;
	};
	const credential = await make('supabaseApi', {
		...{ host: stand.supabase.url, serviceRole: stand.supabase.secretKey, ...everywhere },
	});
	const ofBot = (bot: TelegramDeliverer) => ({
		...{ accessToken: bot.token, baseUrl: bot.http.url, ...everywhere },
	});
	const platforms: Record<string, StoredCredential> = {
		telegramApi: await make('telegramApi', ofBot(telegram)),
		otherBot: await make('telegramApi', ofBot(otherBot)),
		metaWebhookApi: await make('metaWebhookApi', { appSecret: appKey, verifyToken: 'own words' }),
		webhookSecretApi: await make('webhookSecretApi', { secret: appKey }),
		twilioApi: await make('twilioApi', {
			...{ authType: 'authToken', accountSid: 'AC00000000000000000000000000000001', authToken: appKey },
		}),
	};
	await saveSchedule(store, {
		...{ name: 'Always', definition: { timezone: 'UTC', always: true }, isDefault: true },
	});
	await savePolicy(store, {
		layer: 'tenant',
		policy: { targetMinutes: { firstResponse: 60, nextResponse: null }, escalation: { most: 0 } },
	});
	for (const [key, id] of Object.entries(timers)) {
		await setUpWorkflow(client, { key, id, alerting, credential, settings: {} });
		await client.activate(id);
	}
	for (const [key, id] of Object.entries(workflows)) {
		await setUpWorkflow(client, {
			...{ key, id, alerting, credential, settings: {} },
			change: (workflow) => {
				for (const { trigger, hook, credential: type, parameters } of Object.values(doors).filter(
					(one) => one.key === key,
				)) {
					const node = nodeOf(workflow, trigger);
					const chosen = platforms[type];
					if (!chosen) throw new Error(`There is no credential ${type}.`);
					Object.assign(node, { webhookId: hook, disabled: false });
					node.credentials = { ...node.credentials, [chosen.type]: { id: chosen.id, name: chosen.name } };
					node.parameters = { ...node.parameters, ...parameters };
				}
				for (const [name, to] of [
					['Start timers', timers['start-timers-on-requests']],
					['Stop timers', timers['stop-timers-on-replies']],
				] as const)
					nodeOf(workflow, name).parameters.workflowId = { __rl: true, mode: 'id', value: to };
			},
		});
		await client.activate(id);
	}
});

afterAll(async () => {
	for (const id of [...Object.values(workflows), ...Object.values(timers)]) {
		await client.deactivate(id);
		await client.deleteWorkflow(id);
	}
	await alerting?.remove();
	for (const { id } of credentials) await client.deleteCredential(id);
	await receiver?.stop();
	await telegram?.http.stop();
	await otherBot?.http.stop();
	await stand?.close();
});

/** As the platform posts it, signed, written just now. */
async function post(
	platform: Exclude<keyof typeof doors, 'telegram' | 'update'>,
	body: unknown,
): Promise<number> {
	const now = String(Math.floor(Date.now() / 1000));
	const said: unknown = JSON.parse(JSON.stringify(body).replaceAll('1772442000', now));
	const request = signedRequest(platform, said, appKey);
	const { hook } = doors[platform];
	const { status } = await fetch(`${client.url}/webhook/${hook}/channel`, {
		...{
			method: 'POST',
			headers: request.headers as Record<string, string>,
			body: Buffer.from(request.body),
		},
	});
	return status;
}

const rowsSchema = z.array(z.object({ conversation_id: z.number() }));
const stored = async (text: string) =>
	rowsSchema.parse(
		await stand.supabase.exec(`select conversation_id::int from opsdesk.messages where content = '${text}'`),
	);
const timerOf = async (text: string): Promise<string | undefined> => {
	const [message] = await stored(text);
	if (!message) return undefined;
	return (await getTimer(store, { conversationId: message.conversation_id }))?.status;
};
const untilTimer = (text: string) => poll(20_000, () => timerOf(text));

test('a signed Meta delivery that comes twice is one stored message, and the request starts a timer', async () => {
	const { body } = fixture('whatsapp', 'text');
	expect(await post('whatsapp', body)).toBe(200);
	expect(await untilTimer('Where is my invoice?')).toBe('running');
	expect(await post('whatsapp', body)).toBe(200);
	expect(await stored('Where is my invoice?')).toHaveLength(1);
});

test('an update of Telegram is stored, and the request of a client starts a timer, not that of one of the team', async () => {
	await stand.supabase
		.exec(`with m as (insert into opsdesk.members (tenant_id, name) values ('default', 'Max') returning id)
		insert into opsdesk.member_channels (tenant_id, member_id, platform, external_id) select 'default', id, 'telegram', '77' from m`);
	const ofTeam = textUpdate(6, 'Shall I send it?') as { message: { chat: object; from: { id: number } } };
	Object.assign(ofTeam.message, { chat: { id: -77, type: 'group', title: 'Desk' } });
	ofTeam.message.from.id = 77;
	expect((await telegram.deliver(ofTeam, { origin: client.url })).status).toBe(200);
	const update = textUpdate(7, 'Can I have a receipt?') as { message: { date: number } };
	update.message.date = Math.floor(Date.now() / 1000);
	expect((await telegram.deliver(update, { origin: client.url })).status).toBe(200);
	expect(await untilTimer('Can I have a receipt?')).toBe('running');
	expect(await stored('Can I have a receipt?')).toHaveLength(1);
	expect(await stored('Shall I send it?')).toHaveLength(1);
	// It was told, and waits for no answer.
	expect(await untilTimer('Shall I send it?')).toBe('idle');
});

test.each([
	['messenger', 'Where is my invoice?'],
	['instagram', 'Where is my invoice?'],
	['gateway', 'Hello'],
] as const)('what comes through %s is stored, and the request starts a timer', async (platform, said) => {
	const text = `Is the shop open? Asked by ${platform}`;
	const { body } = fixture(platform, 'text');
	// From a number of its own.
	const own = JSON.stringify(body).replaceAll(said, text).replaceAll('+15005550006', '+15005550009');
	expect(await post(platform, JSON.parse(own))).toBe(200);
	expect(await untilTimer(text)).toBe('running');
	expect(await stored(text)).toHaveLength(1);
});

test("an update that n8n's own Telegram Trigger has taken is stored once, and the request starts a timer", async () => {
	const update = textUpdate(8, 'Where is my parcel?') as { message: { date: number } };
	update.message.date = Math.floor(Date.now() / 1000);
	for (let time = 0; time < 2; time += 1)
		expect((await otherBot.deliver(update, { origin: client.url })).status).toBe(200);
	expect(await untilTimer('Where is my parcel?')).toBe('running');
	expect(await stored('Where is my parcel?')).toHaveLength(1);
});

const isStopped = async (chat: TargetInput): Promise<boolean> =>
	await permitted(store, parseTarget(chat)).then(
		() => false,
		() => true,
	);

test('STOP by SMS is stored and ends what is sent to that number, and no timer waits for an answer', async () => {
	const chat = { platform: 'sms', account: '+15005550001', chatId: '+15005550006' } as const;
	expect(await post('twilio', fixture('twilio', 'stop').body)).toBe(200);
	let attempt = 0;
	const refusal = await poll(20_000, async () => {
		// With another key each time: what is queued already is not refused.
		const key = `${own}-${(attempt += 1)}`;
		const entry = await enqueue(store, chat, { operation: 'message', text: 'News' }, { key });
		return entry.status === 'refused' ? entry : undefined;
	});
	expect(refusal).toMatchObject({ reason: 'opted_out' });
	expect(await stored('STOP')).toHaveLength(1);
	// The run goes on for a while after that.
	expect(await poll(3000, () => timerOf('STOP'))).toBeUndefined();
	// Who may not be stored is heard as well.
	const identity = { platform: 'sms', account: chat.account, id: chat.chatId };
	await setConsent(store, { identity }, { purpose: 'chat_storage', granted: false, source: 'form' });
	const start = {
		...(fixture('twilio', 'stop').body as object),
		Body: 'START',
		MessageSid: `SM${'4'.repeat(32)}`,
	};
	expect(await post('twilio', start)).toBe(200);
	expect(await poll(20_000, async () => ((await isStopped(chat)) ? undefined : true))).toBe(true);
	expect(await stored('START')).toHaveLength(0);
	expect(receiver.requests).toEqual([]);
});
