import { setTimeout as sleep } from 'node:timers/promises';

import { ChannelBatchTrigger } from '../../../nodes/ChannelBatchTrigger/ChannelBatchTrigger.node';
import { MessageStore } from '../../../nodes/ChannelTrigger/message-store';
import type { StoreVerdict } from '../../../src/channels';
import { TelegramDeliverer, textUpdate } from '../../support/channels/telegram-deliverer';
import { poll } from '../../support/n8n/poll';
import { Scope } from '../../support/scope';
import { Desk } from '../ChannelTrigger/trigger-double';
import { activateTrigger, type RunningTrigger, type TriggerSetting } from '../trigger-double';

const bots = ['123456:the-first-bot-of-two-0123456789abc', '234567:the-second-bot-of-two-0123456789ab'];
let scope: Scope;
let telegrams: TelegramDeliverer[];
let workflows = 0;
let workflowId: string;
const closing: Array<{ close(): Promise<void> }> = [];

beforeAll(async () => {
	scope = await Scope.open('channel-batch');
	process.env.OPSDESK_STATE = scope.path('state');
	telegrams = await Promise.all(bots.map(async (token) => await TelegramDeliverer.start(token)));
});
beforeEach(() => {
	workflowId = `takes-${(workflows += 1)}`;
	let id = 0;
	jest.spyOn(process, 'uptime').mockReturnValue(1000);
	jest.spyOn(MessageStore.prototype, 'store').mockImplementation(async (messages) =>
		Promise.resolve(
			messages.map(({ sender }): StoreVerdict => {
				const isTeam = sender?.id === '7';
				return { status: 'created', id: (id += 1), conversationId: 1, ...(isTeam && { memberId: 1 }) };
			}),
		),
	);
});
afterEach(async () => {
	for (const one of closing.splice(0)) await one.close();
	jest.restoreAllMocks();
});
afterAll(async () => {
	delete process.env.OPSDESK_STATE;
	for (const { http } of telegrams) await http.stop();
	await scope.close();
});

/** A Channel Trigger that leaves what it stores to the workflow. */
async function door(bot = 0): Promise<Desk> {
	const [accessToken, telegram] = [bots[bot], telegrams[bot]];
	const desk = await new Desk({
		workflowId: `${workflowId}-door-${bot}`,
		parameters: {
			...{ platform: 'telegram', events: ['message'], storeMessages: true, settings: {} },
			clientsTo: { __rl: true, mode: 'list', value: workflowId },
		},
		credentials: { telegramApi: { accessToken, baseUrl: telegram?.http.url } },
	}).publish();
	closing.push(desk);
	return desk;
}

async function taker(setting: Partial<TriggerSetting> = {}): Promise<RunningTrigger> {
	const trigger = await activateTrigger(new ChannelBatchTrigger(), {
		...{ parameters: {}, credential: () => ({}), workflowId, ...setting },
	});
	closing.push(trigger);
	return trigger;
}

async function deliver(desk: Desk, id: number, chat: number, bot = 0): Promise<void> {
	const headers = {
		'content-type': 'application/json',
		'x-telegram-bot-api-secret-token': telegrams[bot]?.webhook.secret_token ?? '',
	};
	const body = Buffer.from(JSON.stringify(textUpdate(id, `No. ${id}`, chat)));
	expect((await desk.request({ headers, body })).status).toBe(200);
}

const until = async (condition: () => boolean): Promise<void> => {
	if (!(await poll(60_000, () => Promise.resolve(condition() ? true : undefined))))
		throw new Error('Not so.');
};
const eventIds = (items: readonly { eventId?: unknown }[]): unknown[] => items.map(({ eventId }) => eventId);

test('what clients write to two bots starts one workflow, each message once, and what the team writes its own', async () => {
	const [one, other] = [await door(0), await door(1)];
	const trigger = await taker({ finish: false });
	await deliver(one, 1, 11);
	await until(() => trigger.items.length === 1);
	await Promise.all([deliver(one, 2, 12), deliver(one, 3, 7), deliver(other, 4, 13, 1)]);
	await until(() => one.items.length === 1);
	// The run of the first one goes on: two seconds later the others start together.
	await until(() => trigger.items.length === 3);
	expect(trigger.runs).toEqual([1, 2]);
	expect(trigger.items[0]).toMatchObject({ message: { text: 'No. 1' }, stored: { side: 'client' } });
	expect(new Set(eventIds(trigger.items))).toEqual(
		new Set(['telegram:123456:11:1:message', 'telegram:123456:12:2:message', 'telegram:234567:13:4:message']),
	);
	expect([eventIds(one.items), other.items]).toEqual([['telegram:123456:7:3:message'], []]);
	expect(new Set(trigger.keys).size).toBe(2);
});

test.each([
	['has failed', { outcome: () => 'error' as const }],
	['was cut off', { outcome: () => 'crashed' as const }],
	['was cancelled', { outcome: () => 'canceled' as const }],
])(
	'messages start the workflow of their own trigger while nobody takes them, and when the run %s',
	async (_, end) => {
		const desk = await door();
		const trigger = await taker(end);
		await deliver(desk, 1, 21);
		await until(() => desk.items.length === 1);
		expect(trigger.items).toHaveLength(1);
		expect(desk.items[0]).toMatchObject({ eventId: 'telegram:123456:21:1:message', redelivered: true });
		expect(desk.log).toEqual([expect.stringContaining(workflowId)]);
		await trigger.close();
		await deliver(desk, 2, 22);
		await until(() => desk.items.length === 2);
		expect(desk.items[1]).not.toHaveProperty('redelivered');
		expect(trigger.items).toHaveLength(1);
	},
);

test('what waits for a run when the workflow is taken back starts the one of its own trigger, once', async () => {
	const desk = await door();
	const trigger = await taker({ finish: false });
	await deliver(desk, 1, 31);
	await until(() => trigger.items.length === 1);
	await deliver(desk, 2, 32);
	await trigger.close();
	await until(() => desk.items.length === 1);
	expect(eventIds(desk.items)).toEqual(['telegram:123456:32:2:message']);
	expect(trigger.items).toHaveLength(1);
});

test('a message that a starting n8n takes before that workflow is published waits a moment for it', async () => {
	jest.spyOn(process, 'uptime').mockReturnValue(5);
	const desk = await door();
	await deliver(desk, 1, 61);
	await sleep(300);
	const trigger = await taker();
	await until(() => trigger.items.length === 1);
	expect(desk.items).toEqual([]);
});

test('n8n’s setting of who may call the workflow holds for who may leave messages to it', async () => {
	const [one, other] = [await door(0), await door(1)];
	const callerIds = `another, ${workflowId}-door-0`;
	const trigger = await taker({ settings: { callerPolicy: 'workflowsFromAList', callerIds } });
	await Promise.all([deliver(one, 1, 71), deliver(other, 2, 72, 1)]);
	await until(() => trigger.items.length + other.items.length === 2);
	expect([eventIds(trigger.items), eventIds(other.items)]).toEqual([
		['telegram:123456:71:1:message'],
		['telegram:234567:72:2:message'],
	]);
	await taker({ settings: { callerPolicy: 'none' } });
	await deliver(one, 3, 73);
	await until(() => one.items.length === 1);
	expect(one.items[0]).not.toHaveProperty('redelivered');
});

test('what a run by hand changes in its copy changes nothing for the run that takes the message', async () => {
	const desk = await door();
	const trigger = await taker();
	const shown = taker({ mode: 'manual' });
	await sleep(50);
	const [text, delivered] = ['Changed by hand', deliver(desk, 1, 81)];
	Object.assign((await shown).items[0]?.message ?? {}, { text });
	await delivered;
	await until(() => trigger.items.length === 1);
	expect(trigger.items[0]).toMatchObject({ message: { text: 'No. 1' } });
});

test('a workflow has one Channel Batch Trigger at most', () => {
	expect(new ChannelBatchTrigger().description.maxNodes).toBe(1);
});

test('a run by hand shows a copy of the next message, which goes its way', async () => {
	const desk = await door();
	const shown = taker({ mode: 'manual' });
	await sleep(50);
	await deliver(desk, 1, 41);
	expect(eventIds((await shown).items)).toEqual(['telegram:123456:41:1:message']);
	await until(() => desk.items.length === 1);
	await deliver(desk, 2, 42);
	await until(() => desk.items.length === 2);
	expect((await shown).items).toHaveLength(1);
});

test('no more messages than wished start a run together, and a number that is none is refused by its name', async () => {
	const desk = await door();
	const trigger = await taker({ parameters: { perRun: 2 }, finish: false });
	await deliver(desk, 1, 51);
	await until(() => trigger.items.length === 1);
	for (const id of [2, 3, 4]) await deliver(desk, id, 50 + id);
	await until(() => trigger.items.length === 3);
	expect(trigger.runs).toEqual([1, 2]);
	await expect(taker({ parameters: { perRun: 0 } })).rejects.toThrow('Messages Per Execution');
});
