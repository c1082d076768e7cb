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
const doors = [
	{
		key: 'receive-telegram-messages',
		id: newId(),
		hook: randomUUID(),
		trigger: 'When somebody writes to the bot',
	},
	{
		key: 'receive-meta-messages',
		id: newId(),
		hook: randomUUID(),
		trigger: 'When somebody writes on WhatsApp',
	},
	{ key: 'receive-sms', id: newId(), hook: randomUUID(), trigger: 'When an SMS comes through Twilio' },
] as const;
let stand: Stand;
let store: Store;
let telegram: TelegramDeliverer;
let receiver: RecordingServer;
let alerting: Alerting;
const credentials: StoredCredential[] = [];

beforeAll(async () => {
	stand = await openStand('workflow-receiving');
	store = stand.open('postgres');
	telegram = await TelegramDeliverer.start('123456:receives-in-a-workflow');
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
	const platforms = {
		'receive-telegram-messages': await make('telegramApi', {
			...{ accessToken: telegram.token, baseUrl: telegram.http.url, ...everywhere },
		}),
		'receive-meta-messages': await make('metaWebhookApi', { appSecret: appKey, verifyToken: 'own words' }),
		'receive-sms': await make('twilioApi', {
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
	for (const { key, id, hook, trigger } of doors) {
		await setUpWorkflow(client, {
			...{ key, id, alerting, credential, settings: {} },
			change: (workflow) => {
				const door = nodeOf(workflow, trigger);
				const { type, id: platform, name } = platforms[key];
				Object.assign(door, { webhookId: hook });
				door.credentials = { ...door.credentials, [type]: { id: platform, name } };
				if (key === 'receive-sms') door.parameters = { ...door.parameters, settings: { publicUrl } };
				for (const [name, to] of [
					['Start timers', timers['start-timers-on-requests']],
					['Stop timers', timers['stop-timers-on-replies']],
				] as const)
					nodeOf(workflow, name).parameters.workflowId = { __rl: true, mode: 'id', value: to };
			},
		});
		await client.activate(id);
	}
}, 180_000);

afterAll(async () => {
	for (const id of [...doors.map((door) => door.id), ...Object.values(timers)]) {
		await client.deactivate(id);
		await client.deleteWorkflow(id);
	}
	await alerting?.remove();
	for (const { id } of credentials) await client.deleteCredential(id);
	await receiver?.stop();
	await telegram?.http.stop();
	await stand?.close();
}, 60_000);

/** As the platform posts it, signed, written just now. */
async function post(key: (typeof doors)[number]['key'], platform: string, body: unknown): Promise<number> {
	const now = String(Math.floor(Date.now() / 1000));
	const said: unknown = JSON.parse(JSON.stringify(body).replaceAll('1772442000', now));
	const request = signedRequest(platform, said, appKey);
	const hook = doors.find((door) => door.key === key)?.hook ?? '';
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
	expect(await post('receive-meta-messages', 'whatsapp', body)).toBe(200);
	expect(await untilTimer('Where is my invoice?')).toBe('running');
	expect(await post('receive-meta-messages', 'whatsapp', body)).toBe(200);
	expect(await stored('Where is my invoice?')).toHaveLength(1);
}, 40_000);

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
	expect(await timerOf('Shall I send it?')).toBeUndefined();
}, 40_000);

const isStopped = async (chat: TargetInput): Promise<boolean> =>
	await permitted(store, parseTarget(chat)).then(
		() => false,
		() => true,
	);

test('STOP by SMS is stored and ends what is sent to that number, and no timer waits for an answer', async () => {
	const chat = { platform: 'sms', account: '+15005550001', chatId: '+15005550006' } as const;
	expect(await post('receive-sms', 'twilio', fixture('twilio', 'stop').body)).toBe(200);
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
	expect(await post('receive-sms', 'twilio', start)).toBe(200);
	expect(await poll(20_000, async () => ((await isStopped(chat)) ? undefined : true))).toBe(true);
	expect(await stored('START')).toHaveLength(0);
	expect(receiver.requests).toEqual([]);
}, 40_000);
