import { deleteMessages, getContext, getMessages, searchMessages, storeMessages } from '../../../src/chat';
import type { MessageQuery, PageOptions, StoredMessage } from '../../../src/chat';
import type { Store } from '../../../src/store';
import { openStand, transportNames, type Stand } from '../store/stand';
import { message } from './messages';

let stand: Stand;

beforeAll(async () => {
	stand = await openStand('chat-history');
});
afterAll(() => stand?.close());

const texts = (items: StoredMessage[]): Array<string | undefined> => items.map(({ text }) => text);

describe.each(transportNames)('reading messages over %s', (transport) => {
	let tenant: string;
	let store: Store;
	beforeEach(async () => {
		tenant = await stand.tenant();
		store = stand.open(transport, { tenant });
	});

	async function everything(query: MessageQuery, options: PageOptions, between?: () => Promise<unknown>) {
		const found: StoredMessage[] = [];
		let cursor: string | undefined;
		do {
			const page = await getMessages(store, query, { ...options, cursor });
			found.push(...page.items);
			cursor = page.cursor;
			await between?.();
		} while (cursor !== undefined);
		return found;
	}

	test('CS-7 messages of one instant keep the order in which they came, in both directions', async () => {
		const at = '2026-01-05T12:00:00.000Z';
		const letters = [...'zyxabc'];
		await storeMessages(
			store,
			letters.map((text) => message({ text, sentAt: at })),
		);
		expect(texts(await everything({ order: 'oldest' }, { limit: 2 }))).toEqual(letters);
		expect(texts(await everything({}, { limit: 2 }))).toEqual(letters.toReversed());
	});

	test('CS-8 a reply to an unknown message is linked when that arrives', async () => {
		const question = message();
		const [reply] = await storeMessages(store, [message({ text: 'yes', replyTo: String(question.id) })]);
		const read = async (): Promise<StoredMessage | undefined> =>
			(await getMessages(store)).items.find(({ id }) => id === reply?.id);
		expect((await read())?.replyTo).toEqual({ externalId: question.id });
		const [asked] = await storeMessages(store, [question]);
		expect((await read())?.replyTo).toEqual({ externalId: question.id, id: asked?.id });
	});

	test('CS-9 a cursor that was changed, or is of another query, is refused', async () => {
		await storeMessages(store, [message(), message(), message()]);
		const { cursor = '' } = await getMessages(store, {}, { limit: 1 });
		const changed = Buffer.from(cursor, 'base64url').toString().replace('"id":', '"id":1');
		for (const [given, query] of [
			[Buffer.from(changed).toString('base64url'), {}],
			['', {}],
			['!!', {}],
			[cursor, { order: 'oldest' }],
		] as const)
			await expect(getMessages(store, query, { cursor: given })).rejects.toMatchObject({
				code: 'invalid_input',
				message: 'The cursor is not one that this query has given.',
			});
		expect((await getMessages(store, {}, { cursor, limit: 5 })).items).toHaveLength(2);
	});

	test('CS-10 pages read while messages arrive show none twice and miss none', async () => {
		const first = Array.from({ length: 40 }, () => message());
		await storeMessages(store, first);
		const found = await everything({}, { limit: 7 }, () =>
			storeMessages(store, [message(), message({ sentAt: '2026-01-04T00:00:00Z' })]),
		);
		const ids = found.map(({ externalId }) => externalId);
		expect(new Set(ids).size).toBe(ids.length);
		expect(ids).toEqual(expect.arrayContaining(first.map(({ id }) => id)));
	});

	test('CS-11 a limit below 1 is refused, one above 1,000 is 1,000, and the answer says so', async () => {
		await storeMessages(store, [message()]);
		for (const limit of [0, -1, 1.5])
			await expect(getMessages(store, {}, { limit })).rejects.toMatchObject({
				code: 'invalid_input',
				message: 'The limit is not a whole number from 1.',
			});
		expect(await getMessages(store, {}, { limit: 1e9 })).toMatchObject({ limit: 1000, items: [{}] });
	});

	test('CS-26 more than 1,000 messages are all delivered, page by page', async () => {
		const many = Array.from({ length: 2350 }, () => message());
		await storeMessages(store, many);
		const ids = (await everything({ order: 'oldest' }, { limit: 1000 })).map(({ externalId }) => externalId);
		expect(ids).toEqual(many.map(({ id }) => id));
	});

	test('filters narrow by conversation, contact, direction and time', async () => {
		const [mine] = await storeMessages(store, [
			message({ text: 'a', sentAt: '2026-01-01T00:00:00Z' }),
			message({ text: 'b', sentAt: '2026-01-02T00:00:00Z', sender: { id: '7' } }),
			message({ text: 'c', sentAt: '2026-01-03T00:00:00Z', direction: 'outbound' }),
			message({ text: 'd', sentAt: '2026-01-04T00:00:00Z', chat: { id: 'x' } }),
		]);
		const read = async (query: MessageQuery) => texts((await getMessages(store, query)).items);
		expect(await read({ conversationId: mine?.conversationId ?? 0 })).toEqual(['c', 'b', 'a']);
		expect(await read({ contactId: mine?.contactId ?? 0 })).toEqual(['d', 'a']);
		expect(await read({ direction: 'outbound' })).toEqual(['c']);
		expect(await read({ from: '2026-01-02T00:00:00Z', to: '2026-01-03T00:00:00Z' })).toEqual(['b']);
	});

	test('as it stood at an instant: later messages are not there, edits and deletions not yet done', async () => {
		const one = message({ text: 'first', sentAt: '2026-01-05T10:00:00Z' });
		const { sentAt: _, text: __, ...named } = one;
		await storeMessages(store, [
			one,
			{ ...named, event: 'edit', text: 'second', editedAt: '2026-01-05T11:00:00Z' },
			{ ...named, event: 'edit', text: 'third', editedAt: '2026-01-05T12:00:00Z' },
			{ ...named, event: 'delete', deletedAt: '2026-01-05T13:00:00Z' },
		]);
		const at = async (hour: string) =>
			texts((await getMessages(store, { asOf: `2026-01-05T${hour}:00Z` })).items);
		expect(await at('09:59')).toEqual([]);
		expect(await at('10:30')).toEqual(['first']);
		expect(await at('11:00')).toEqual(['second']);
		expect(await at('12:30')).toEqual(['third']);
		expect(await at('13:00')).toEqual([]);
		expect((await getMessages(store)).items).toEqual([]);
		expect((await getMessages(store, { includeDeleted: true })).items).toMatchObject([{ text: 'third' }]);
	});

	test('deleted messages are hidden, and deleting again or an unknown one says so', async () => {
		const [one] = await storeMessages(store, [message({ text: 'gone' }), message({ text: 'stays' })]);
		const id = one?.id ?? 0;
		expect(await deleteMessages(store, [id, 999_999_999])).toEqual([
			{ id, status: 'deleted' },
			{ id: 999_999_999, status: 'unknown' },
		]);
		expect(await deleteMessages(store, [id])).toEqual([{ id, status: 'deletedBefore' }]);
		expect(texts((await getMessages(store)).items)).toEqual(['stays']);
	});

	test('the context of a conversation: the last messages in order, within hours, with who takes part', async () => {
		const minutesAgo = (minutes: number): string => new Date(Date.now() - minutes * 60_000).toISOString();
		const chat = { id: 'p', kind: 'private' } as const;
		await storeMessages(store, [
			message({ chat, text: 'old', sentAt: minutesAgo(200 * 60) }),
			message({ chat, text: 'one', sentAt: minutesAgo(30) }),
			message({
				chat,
				text: 'two',
				sentAt: minutesAgo(20),
				direction: 'outbound',
				sender: { id: 'b', kind: 'bot' },
			}),
			message({ chat, text: 'three', sentAt: minutesAgo(10) }),
		]);
		const named = { platform: 'telegram', account: 'helpbot', chatId: 'p' };
		const context = await getContext(store, named);
		expect(texts(context.messages)).toEqual(['one', 'two', 'three']);
		expect(context).toMatchObject({
			conversation: { kind: 'private', title: 'Anna Petrova', status: 'active', isUnread: true },
			contacts: [{ name: 'Anna Petrova', aiAllowed: true }],
			withheld: 0,
			limit: 50,
		});
		expect(texts((await getContext(store, named, { limit: 2 })).messages)).toEqual(['two', 'three']);
		expect(texts((await getContext(store, named, { hours: 300 })).messages)).toHaveLength(4);
		await expect(getContext(store, { conversationId: 999_999_999 })).rejects.toMatchObject({
			code: 'not_found',
		});
	});

	test('search finds words by their stem, then parts of words, each page once', async () => {
		await storeMessages(store, [
			message({ text: 'Отправил счета вчера', language: 'ru' }),
			message({ text: 'The invoices were paid', language: 'en' }),
			message({ text: 'Nr. 4711/2026-X, 100%_sure' }),
			message({ text: 'paid again', language: 'en' }),
		]);
		const find = async (query: string, more = {}) => {
			const { items, matchedBy } = await searchMessages(store, { query, ...more });
			return [matchedBy, ...texts(items)];
		};
		expect(await find('счёт OR счет')).toEqual(['words', 'Отправил счета вчера']);
		expect(await find('invoice', { language: 'en' })).toEqual(['words', 'The invoices were paid']);
		expect(await find('4711/20')).toEqual(['parts', 'Nr. 4711/2026-X, 100%_sure']);
		const { conversationId } = (await getMessages(store)).items[0] ?? {};
		for (const short of ['0%_s', '%'])
			expect(await find(short, { conversationId })).toEqual(['parts', 'Nr. 4711/2026-X, 100%_sure']);
		expect(await find('nothing like it')).toEqual(['parts']);
		expect(await find(`' or 1=1 --`)).toEqual(['words']);
		// All of the tenant would be read for these.
		for (const odd of ['%', '&|!()<->:*', '\\', '"', '-'])
			await expect(find(odd)).rejects.toThrow('less than three letters or digits');
		const page = await searchMessages(store, { query: 'paid' }, { limit: 1 });
		expect(texts(page.items)).toEqual(['paid again']);
		const rest = await searchMessages(store, { query: 'paid' }, { cursor: page.cursor });
		expect(texts(rest.items)).toEqual(['The invoices were paid']);
		await expect(searchMessages(store, { query: ' ' })).rejects.toMatchObject({ code: 'invalid_input' });
	});

	test('a tenant neither sees nor finds the messages of another', async () => {
		const [one] = await storeMessages(store, [message({ text: 'secret' })]);
		const other = stand.open(transport, { tenant: await stand.tenant() });
		expect((await getMessages(other, { conversationId: one?.conversationId ?? 0 })).items).toEqual([]);
		expect((await getMessages(other, { contactId: one?.contactId ?? 0 })).items).toEqual([]);
		expect((await searchMessages(other, { query: 'secret' })).items).toEqual([]);
		expect(await deleteMessages(other, [one?.id ?? 0])).toMatchObject([{ status: 'unknown' }]);
		await expect(getContext(other, { conversationId: one?.conversationId ?? 0 })).rejects.toMatchObject({
			code: 'not_found',
		});
	});
});
