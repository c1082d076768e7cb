import { getMessages, storeMessages } from '../../../src/chat';
import { openStand, transportNames, type Stand } from '../store/stand';
import { message } from './messages';

let stand: Stand;

beforeAll(async () => {
	stand = await openStand('chat-large-pages');
});
afterAll(async () => {
	await stand?.close();
});

describe.each(transportNames)('pages over %s', (transport) => {
	test('CS-5 CS-26 a page of long messages ends at 8 MB, says so, and the cursor leads to the others', async () => {
		const store = stand.open(transport, { tenant: await stand.tenant() });
		const long = Array.from({ length: 14 }, (_, n) => message({ text: `${n} `.padEnd(900_000, 'a b ') }));
		await storeMessages(store, long);
		const first = await getMessages(store, {}, { limit: 100 });
		expect(first.items).toHaveLength(8);
		expect(first.limit).toBe(8);
		const rest = await getMessages(store, {}, { limit: 100, cursor: first.cursor });
		expect(rest).toMatchObject({ limit: 100, cursor: undefined });
		expect([...first.items, ...rest.items].map(({ externalId }) => externalId)).toEqual(
			long.map(({ id }) => String(id)).reverse(),
		);
	});

	test('a message larger than a page is a page of its own', async () => {
		const store = stand.open(transport, { tenant: await stand.tenant() });
		const attachments = Array.from({ length: 5 }, () => ({
			kind: 'document',
			ocrText: 'c d '.repeat(450_000),
		}));
		await storeMessages(store, [message({ attachments }), message({}), message({})]);
		const query = { order: 'oldest' } as const;
		const first = await getMessages(store, query);
		expect([first.items.length, first.limit]).toEqual([1, 1]);
		const rest = await getMessages(store, query, { cursor: first.cursor });
		expect([rest.items.length, rest.cursor]).toEqual([2, undefined]);
	});

	test('characters that JSON writes otherwise come back as they were, in every field', async () => {
		const store = stand.open(transport, { tenant: await stand.tenant() });
		const odd = `"quotes" \\ back \u0001 line\nfeed \u2028 😀 {"a":1}`;
		await storeMessages(store, [
			message({
				chat: { id: odd, kind: 'group', title: odd },
				sender: { id: odd, name: odd, username: odd },
				...{ id: odd, text: odd, type: 'x"y', intent: odd, topics: [odd], replyTo: odd },
				...{ data: { [odd]: odd, none: null }, metadata: [odd, null], forwardedFrom: { name: odd } },
				attachments: [{ kind: 'photo', fileName: odd }],
				...{ sentiment: 'positive', sentimentScore: 0.5, priority: 0 },
			}),
		]);
		const [found] = (await getMessages(store)).items;
		expect(found).toMatchObject({
			...{ externalId: odd, chatId: odd, text: odd, type: 'x"y', intent: odd, topics: [odd] },
			sender: { id: odd, name: odd, username: odd },
			replyTo: { externalId: odd },
			...{ data: { [odd]: odd, none: null }, metadata: [odd, null], forwardedFrom: { name: odd } },
			attachments: [{ kind: 'photo', fileName: odd }],
			...{ sentiment: 'positive', sentimentScore: 0.5, priority: 0 },
		});
	});
});
