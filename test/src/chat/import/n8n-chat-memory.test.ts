import * as chat from '../../../../src/chat';
import type { Store } from '../../../../src/store';
import { openStand, transportNames, type Stand } from '../../store/stand';

let stand: Stand;

beforeAll(async () => {
	stand = await openStand('chat-import-memory');
});
afterAll(() => stand?.close());

const memory = { source: 'n8n-chat-memory', table: 'n8n_chat_histories' } as const;

/** As LangChain writes them: with everything in one object, and before that with `data`. */
const rows = [
	{
		id: 11,
		session_id: '4242',
		message: { type: 'human', content: 'Hi', additional_kwargs: {}, response_metadata: {} },
	},
	{
		id: 12,
		session_id: '4242',
		message: {
			type: 'ai',
			content: '',
			tool_calls: [{ id: 'call_1', name: 'get_weather', args: { city: 'Oslo' } }],
			additional_kwargs: {},
			response_metadata: {},
			invalid_tool_calls: [],
		},
	},
	{
		id: 13,
		session_id: '4242',
		message: { type: 'tool', content: 'rain', name: 'get_weather', tool_call_id: 'call_1' },
	},
	{
		id: 14,
		session_id: '4242',
		message: JSON.stringify({ type: 'ai', data: { content: 'It rains.', response_metadata: { tokens: 5 } } }),
	},
	{
		id: 20,
		session_id: 'other',
		message: {
			type: 'human',
			data: {
				content: [
					{ type: 'text', text: 'See' },
					{ type: 'image_url', image_url: { url: 'https://files.example.com/1.png' } },
				],
			},
		},
	},
];

describe.each(transportNames)('n8n’s chat memory over %s', (transport) => {
	let store: Store;
	beforeEach(async () => {
		store = stand.open(transport, { tenant: await stand.tenant() });
	});

	test('both forms come over in the order of their rows, whichever comes first', async () => {
		expect((await chat.importRows(store, memory, [...rows].reverse())).counts).toEqual({ created: 5 });
		const named = { platform: 'n8n', chatId: '4242' };
		const { messages } = await chat.getContext(store, named, { hours: 1_000_000 });
		expect(messages).toMatchObject([
			{
				externalId: 'memory:11',
				author: 'contact',
				text: 'Hi',
				sender: { id: '4242' },
				direction: 'inbound',
			},
			{ author: 'bot', type: 'tool_calls', metadata: { import: { tool_calls: [{ name: 'get_weather' }] } } },
			{ author: 'system', text: 'rain', metadata: { import: { tool_call_id: 'call_1' } } },
			{ author: 'bot', text: 'It rains.', metadata: { import: { response_metadata: { tokens: 5 } } } },
		]);
		expect(messages[1]).not.toHaveProperty('text');
		const other = (await chat.getContext(store, { ...named, chatId: 'other' }, { hours: 1_000_000 }))
			.messages;
		expect(other).toMatchObject([{ text: 'See', attachments: [{ url: 'https://files.example.com/1.png' }] }]);
	});

	test('without a time of their own rows have one by their number, the same in every import', async () => {
		await chat.importRows(store, memory, rows.slice(0, 2));
		expect((await chat.importRows(store, memory, rows)).counts).toEqual({ duplicate: 2, created: 3 });
		const { items } = await chat.getMessages(store, { order: 'oldest' });
		expect(items.map(({ sentAt }) => Date.parse(sentAt) - Date.parse('2024-07-16T00:00:00Z'))).toEqual([
			11, 12, 13, 14, 20,
		]);
		expect(items[0]).toMatchObject({ metadata: { import: { time: 'unknown, in the order of the rows' } } });
		const later = stand.open(transport, { tenant: await stand.tenant() });
		await chat.importRows(later, memory, [{ ...rows[0], created_at: '2026-01-05 10:00:00' }, rows[1] ?? {}], {
			firstTime: '2025-01-01T00:00:00Z',
			timeZone: 'Europe/Moscow',
		});
		const times = (await chat.getMessages(later)).items.map(({ sentAt }) => Date.parse(sentAt));
		expect(times).toEqual([Date.parse('2026-01-05T07:00:00Z'), Date.parse('2025-01-01T00:00:00.012Z')]);
	});

	test('sessions named by the ids of a platform join its conversations', async () => {
		await chat.importRows(store, memory, rows.slice(0, 1), {
			platform: 'telegram',
			accounts: { telegram: 'helpbot' },
		});
		await chat.storeMessages(store, [
			{
				platform: 'telegram',
				account: 'helpbot',
				id: '1',
				chat: { id: '4242' },
				sender: { id: '4242' },
				sentAt: new Date(),
			},
		]);
		expect((await chat.getConversations(store)).items).toHaveLength(1);
		expect((await chat.getContacts(store)).items).toHaveLength(1);
	});

	test('a row that is no message is listed, the others are stored', async () => {
		const done = await chat.importRows(store, memory, [
			...rows,
			{ id: 30, session_id: '4242', message: 'plain' },
			{ id: 31, session_id: '', message: { type: 'human', content: 'x' } },
			{ id: 'x1', session_id: 's', message: { type: 'human', content: 'x' } },
			{ id: 33, session_id: 's', message: { content: 'x' } },
		]);
		expect(done.counts).toEqual({ created: 5, failed: 4 });
		expect(done.problems.map(({ row, field }) => [row, field])).toEqual([
			[6, 'message'],
			[7, 'session_id'],
			[8, 'id'],
			[9, 'message.type'],
		]);
	});
});
