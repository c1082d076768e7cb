import { openStand, transportNames, type Stand } from '../../src/store/stand';
import { byPlatform, nodeRunner, type NodeRunner } from './chat-store';

let stand: Stand;
let node: NodeRunner;

beforeAll(async () => {
	stand = await openStand('node-messages');
	node = nodeRunner(stand.supabase);
});
afterAll(() => stand?.close());

const fields = (more: object = {}) => ({
	resource: 'message',
	operation: 'store',
	messageFrom: 'fields',
	...{ platform: 'telegram', chatId: '-100500', messageId: '1', direction: 'inbound', senderId: '4242' },
	...{ text: 'Hello', sentAt: '2026-03-02T09:00:00Z' },
	...more,
});

const normal = (id: string, more: object = {}) => ({
	json: {
		platform: 'telegram',
		id,
		chat: { id: '77' },
		sender: { id: '77', name: 'Anna' },
		sentAt: '2026-03-02T09:00:00Z',
		text: `Message ${id}`,
		...more,
	},
});

describe.each(transportNames)('over %s', (through) => {
	let tenant: string;
	beforeAll(async () => {
		tenant = await stand.tenant();
	});

	test('a message put together from fields is stored once, and comes back', async () => {
		const [first] = await node.items(fields({ more: { senderName: 'Anna', chatKind: 'group' } }), {
			through,
			tenant,
		});
		expect(first).toMatchObject({
			status: 'created',
			platform: 'telegram',
			account: 'default',
			chatId: '-100500',
			externalId: '1',
		});
		const [again] = await node.items(fields(), { through, tenant });
		expect(again).toMatchObject({ status: 'duplicate', id: first?.['id'] });
		const chat = byPlatform('telegram:-100500');
		const [context] = await node.items(
			{ resource: 'message', operation: 'getContext', conversation: chat, messages: 10, hours: 1_000_000 },
			{ through, tenant },
		);
		expect(context).toMatchObject({ messages: [{ text: 'Hello', sender: { name: 'Anna' } }] });
	});

	test('items that are messages are stored in one call, each paired with what became of it', async () => {
		const input = Array.from({ length: 120 }, (_, place) => normal(String(place % 100)));
		const calls = jest.spyOn(globalThis, 'fetch');
		const result = await node.run(
			{ resource: 'message', operation: 'store', messageFrom: 'item' },
			{ through, tenant, input },
		);
		const asked = calls.mock.calls.length;
		calls.mockRestore();
		if (through === 'supabase') expect(asked).toBe(1);
		const items = result.output('Store')[0] ?? [];
		expect(items.map(({ pairedItem }) => pairedItem)).toEqual(input.map((_, item) => ({ item })));
		expect(items.filter(({ json }) => json['status'] === 'created')).toHaveLength(100);
		expect(items.slice(100).map(({ json }) => json['status'])).toEqual(Array(20).fill('duplicate'));
	});

	test('items of Channel Trigger and updates of the Telegram Trigger of n8n are stored as they come', async () => {
		const own = { json: { kind: 'message', eventId: 'e1', raw: { any: 1 }, message: normal('c1').json } };
		const parameters = { resource: 'message', operation: 'store', messageFrom: 'item' };
		expect(await node.items(parameters, { through, tenant, input: [own] })).toEqual([
			expect.objectContaining({ status: 'created', externalId: 'c1' }),
		]);
		const chat = { id: 88, type: 'private' };
		const updates = [
			{ json: { update_id: 1, message: { message_id: 5, date: 1_772_442_000, chat, text: 'Hello' } } },
			{ json: { update_id: 2, callback_query: { id: 'c', from: { id: 88 }, data: 'x' } } },
		];
		const fromTelegram = { ...parameters, messageFrom: 'telegramUpdate' };
		expect(await node.items(fromTelegram, { through, tenant, input: updates })).toEqual([
			expect.objectContaining({ status: 'created', platform: 'telegram', chatId: '88', externalId: '5' }),
		]);
	});

	test('the private chats of one person with two bots are two conversations when the bots are named', async () => {
		const several = await stand.tenant();
		const parameters = { resource: 'message', operation: 'store', messageFrom: 'telegramUpdate' };
		const chat = { id: 89, type: 'private' };
		const input = [
			{ json: { update_id: 1, message: { message_id: 5, date: 1_772_442_000, chat, text: 'Hi' } } },
		];
		const stored = async (botId: string) =>
			(await node.items({ ...parameters, botId }, { through, tenant: several, input }))[0] ?? {};
		const [one, other, none] = [await stored('111'), await stored('222'), await stored('')];
		expect([one, other, none]).toEqual(
			['111', '222', 'default'].map(
				(account) => expect.objectContaining({ status: 'created', account }) as object,
			),
		);
		expect(new Set([one, other, none].map(({ conversationId }) => conversationId)).size).toBe(3);
		const token = '123456789:AAExampleTokenOfNobody-0123456789abcdef';
		const refusal = await node.refusal({ ...parameters, botId: token }, { through, tenant: several, input });
		expect(refusal).toContain('"Bot ID" is not the ID of a Telegram bot');
		expect(refusal).not.toContain('AAExample');
	});

	test('a message that is not sound names its field, and without "continue on fail" none is stored', async () => {
		const input = [normal('s1'), normal('s2', { sentAt: 'yesterday' }), normal('s3')];
		const parameters = { resource: 'message', operation: 'store', messageFrom: 'item' };
		expect(await node.refusal(parameters, { through, tenant, input })).toMatch(/sentAt/);
		const search = { resource: 'message', operation: 'search', query: 'Message', returnAll: true };
		const before = await node.items(search, { through, tenant });
		expect(before.filter(({ externalId }) => String(externalId).startsWith('s'))).toEqual([]);
		const result = await node.run(parameters, {
			...{ through, tenant, input },
			extra: { onError: 'continueRegularOutput' },
		});
		expect(result.json('Store')).toEqual([
			expect.objectContaining({ status: 'created', externalId: 's1' }),
			{ error: expect.stringContaining('sentAt') },
			expect.objectContaining({ status: 'created', externalId: 's3' }),
		]);
	});

	test('Get Many pages through more than 1,000, and its filters are kept to', async () => {
		const many = await stand.tenant();
		const messages = Array.from({ length: 1100 }, (_, place) => ({
			...normal(`m${place}`, { direction: place % 2 === 0 ? 'inbound' : 'outbound' }).json,
			sentAt: new Date(Date.UTC(2026, 0, 1) + place * 1000).toISOString(),
		}));
		const stored = await node.items(
			{ resource: 'message', operation: 'store', messageFrom: 'json', messageJson: JSON.stringify(messages) },
			{ through, tenant: many },
		);
		expect(stored).toHaveLength(1100);
		const list = { resource: 'message', operation: 'getMany', returnAll: true };
		expect(await node.items(list, { through, tenant: many })).toHaveLength(1100);
		const some = await node.items(
			{
				...list,
				returnAll: false,
				limit: 3,
				filters: { direction: 'outbound' },
				options: { order: 'oldest' },
			},
			{ through, tenant: many },
		);
		expect(some.map(({ externalId }) => externalId)).toEqual(['m1', 'm3', 'm5']);
		const refused = await node.refusal(
			{ ...list, filters: { conversationId: 'all' } },
			{ through, tenant: many },
		);
		expect(refused).toMatch(/"Conversation ID" is not a whole number/);
	});

	test('deleted messages are hidden and known as such', async () => {
		const [stored] = await node.items(fields({ messageId: 'gone' }), { through, tenant });
		const messageIds = `${String(stored?.['id'])}, 999999999`;
		const removal = { resource: 'message', operation: 'delete', messageIds };
		expect(await node.items(removal, { through, tenant })).toEqual([
			{ id: stored?.['id'], status: 'deleted', deleted: true },
			{ id: 999_999_999, status: 'unknown', deleted: false },
		]);
	});
});

test('CS-28 neither key nor password is in what comes out when the store cannot be reached', async () => {
	const secret = 'sb_secret_not_to_be_seen';
	const credentials = {
		supabaseApi: { host: 'http://127.0.0.1:9', serviceRole: secret },
		postgres: { host: '127.0.0.1', port: 9, database: 'd', user: 'u', password: secret, ssl: 'disable' },
	};
	for (const through of transportNames) {
		expect(await node.refusal(fields(), { through, credentials })).toContain('can be reached from here');
		const { error, raw } = await node.run(fields(), { through, credentials });
		expect(JSON.stringify([raw, error])).not.toContain(secret);
	}
});

test('a model that uses the node as a tool cannot delete, export or erase unless that was allowed', async () => {
	const tenant = await stand.tenant();
	await node.items(fields(), { tenant });
	const contact = byPlatform('telegram:4242');
	for (const parameters of [
		{ resource: 'message', operation: 'delete', messageIds: '1' },
		{ resource: 'contact', operation: 'erase', contact, dryRun: false },
		{ resource: 'contact', operation: 'export', contact, binaryPropertyName: 'data' },
	])
		expect(await node.asTool(parameters, { tenant })).toMatch(/is not allowed/);
	const conversation = byPlatform('telegram:-100500');
	const asked = { resource: 'message', operation: 'getContext', conversation, messages: 5, hours: 1_000_000 };
	expect(await node.asTool(asked, { tenant })).toContain('Hello');
});
