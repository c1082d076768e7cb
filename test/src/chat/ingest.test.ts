import { storeMessages } from '../../../src/chat';
import type { MessageInput } from '../../../src/shared';
import type { Store } from '../../../src/store';
import { openStand, transportNames, type Stand } from '../store/stand';
import { message } from './messages';

let stand: Stand;

beforeAll(async () => {
	stand = await openStand('chat-ingest');
});
afterAll(() => stand?.close());

describe.each(transportNames)('storing messages over %s', (transport) => {
	let tenant: string;
	let store: Store;
	beforeEach(async () => {
		tenant = await stand.tenant();
		store = stand.open(transport, { tenant });
	});

	const statuses = async (...messages: MessageInput[]): Promise<string[]> =>
		(await storeMessages(store, messages)).map(({ status }) => status);
	const rows = (columns: string): Promise<Array<Record<string, unknown>>> =>
		stand.supabase.exec(`select ${columns} from opsdesk.messages where tenant_id = $1 order by sent_at, id`, [
			tenant,
		]);

	test('CS-1 the same message 50 times in parallel is one row, one "created" and 49 "duplicate"', async () => {
		const one = message();
		const answers = (await Promise.all(Array.from({ length: 50 }, () => statuses(one)))).flat().sort();
		expect(answers).toEqual(['created', ...Array<string>(49).fill('duplicate')]);
		expect(await rows('content')).toEqual([{ content: one.text }]);
		for (const table of [
			'contacts',
			'identities',
			'conversations',
			'chats',
			'channel_accounts',
			'participants',
		])
			expect([
				table,
				await stand.supabase.exec(`select count(*)::int from opsdesk.${table} where tenant_id = $1`, [
					tenant,
				]),
			]).toEqual([table, [{ count: 1 }]]);
	});

	test('CS-1 batches that overlap, in different orders, at the same time, neither fail nor double', async () => {
		const all = Array.from({ length: 60 }, (_, n) =>
			message({ chat: { id: `c${n % 7}`, kind: 'group' }, sender: { id: `u${n % 11}`, name: `U ${n}` } }),
		);
		const shuffled = (): MessageInput[] =>
			all
				.map((each) => ({ each, key: Math.random() }))
				.sort((a, b) => a.key - b.key)
				.map(({ each }) => each);
		const answers = (await Promise.all(Array.from({ length: 12 }, () => statuses(...shuffled())))).flat();
		expect(answers.filter((status) => status === 'created')).toHaveLength(60);
		expect(await rows('id')).toHaveLength(60);
	});

	test('twice in one call is stored once', async () => {
		const one = message();
		expect(await statuses(one, one)).toEqual(['created', 'duplicate']);
	});

	test('a call whose answer was lost says "created" again, and only that call', async () => {
		const one = message();
		const deliveryId = '4f6a5a0e-6b0a-4f50-8f80-000000000001';
		await storeMessages(store, [one, one], { deliveryId });
		const again = await storeMessages(store, [one, one], { deliveryId });
		expect(again.map(({ status }) => status)).toEqual(['created', 'duplicate']);
		expect(await statuses(one)).toEqual(['duplicate']);
	});

	test('CS-2 the same id in two chats, and on two accounts, is two messages', async () => {
		const one = message();
		expect(
			await statuses(
				one,
				{ ...one, chat: { id: 'other', kind: 'group' } },
				{ ...one, account: 'otherbot' },
				{ ...one, platform: 'whatsapp' },
			),
		).toEqual(['created', 'created', 'created', 'created']);
	});

	test('CS-3 ids are kept as they are, and those that have lost digits are refused', async () => {
		const ids = ['9223372036854775807', '-1001234567890', 'wamid.ABC==', ' 7', '007'];
		await storeMessages(
			store,
			ids.map((id) => message({ id, chat: { id, kind: 'group' } })),
		);
		expect((await rows('external_id')).map((row) => row['external_id'])).toEqual(ids);
		await expect(storeMessages(store, [message({ id: 2 ** 53 })])).rejects.toMatchObject({
			code: 'invalid_input',
			message: expect.stringContaining('id: is a number that has lost digits'),
		});
	});

	test('CS-4 NUL and half a surrogate pair in a text are stored as the sign for an unknown character', async () => {
		const odd = message({
			text: 'a\0b\ud83dc',
			metadata: { 'k\0': ['\udc00'] },
			sender: { id: '1', name: 'x\0' },
		});
		expect(await statuses(odd, message())).toEqual(['created', 'created']);
		expect((await rows('content, metadata'))[0]).toEqual({
			content: 'a\u{FFFD}b\u{FFFD}c',
			metadata: { 'k\u{FFFD}': ['\u{FFFD}'] },
		});
	});

	test('CS-4 in an id they are refused with the field, and no half of the batch is stored', async () => {
		await expect(storeMessages(store, [message(), message({ id: 'a\0' })])).rejects.toMatchObject({
			code: 'invalid_input',
			message: expect.stringMatching(/^Message 1 .*id: holds characters/),
		});
		expect(await rows('id')).toEqual([]);
	});

	test('CS-5 a megabyte of text, and none with a picture, are stored', async () => {
		const words = Array.from({ length: 130_000 }, (_, n) => `w${n}`).join(' ');
		const large = words.slice(0, 1024 * 1024).padEnd(1024 * 1024, 'ä');
		const picture = { kind: 'photo', externalId: 'F1', mimeType: 'image/png', sizeBytes: 7 };
		const { text: _, ...silent } = message({ type: 'image', attachments: [picture] });
		expect(await statuses(silent, message({ text: large }))).toEqual(['created', 'created']);
		expect(await rows('length(content) as length, attachment_count')).toEqual([
			{ length: null, attachment_count: 1 },
			{ length: large.length, attachment_count: 0 },
		]);
	});

	test('CS-7 a time before 1970 or more than a day ahead is refused with its field; 1970 itself is not', async () => {
		expect(await statuses(message({ sentAt: '1970-01-01T00:00:00Z' }))).toEqual(['created']);
		for (const sentAt of ['2100-01-01T00:00:00Z', '1969-12-31T23:59:59Z', 'yesterday'])
			await expect(storeMessages(store, [message({ sentAt })])).rejects.toMatchObject({
				code: 'invalid_input',
				message: expect.stringContaining('sentAt: must be a time from 1970'),
			});
		const direct = { ...message(), sentAt: '2100-01-01T00:00:00Z' };
		await expect(
			stand.supabase.exec(
				`select opsdesk.store_messages($1, jsonb_build_object('messages', jsonb_build_array($2::jsonb)))`,
				[tenant, JSON.stringify(direct)],
			),
		).rejects.toMatchObject({ code: 'PT422', message: expect.stringContaining('more than a day ahead') });
	});

	test('CS-23 signs that mean something to SQL or to filters are text', async () => {
		const odd = `'; drop table messages;-- "or=(id.gt.0)" * % _ \\ $1 {} ( ] \${x} <b>`;
		await storeMessages(store, [
			message({
				text: odd,
				chat: { id: odd, kind: 'group', title: odd },
				sender: { id: odd, name: odd, username: odd },
			}),
		]);
		const [found] = await stand.supabase.exec(
			`select m.content, h.external_id as chat, v.title, s.external_id as sender, s.name, s.username
			from opsdesk.messages m join opsdesk.chats h on h.id = m.chat_id join opsdesk.conversations v on v.id = m.conversation_id
			join opsdesk.identities s on s.id = m.sender_id where m.tenant_id = $1`,
			[tenant],
		);
		expect(Object.values(found ?? {})).toEqual(Array(6).fill(odd));
	});

	test('CS-26 more than 1,000 messages are stored in batches, each answered in its place', async () => {
		const many = Array.from({ length: 1203 }, () => message());
		const answers = await storeMessages(store, [...many, ...many.slice(0, 3)]);
		expect(answers.map(({ status }) => status)).toEqual([
			...Array<string>(1203).fill('created'),
			...Array<string>(3).fill('duplicate'),
		]);
		expect(answers[1204]?.id).toBe(answers[1]?.id);
		expect(await rows('id')).toHaveLength(1203);
	});

	test('CS-29 a group that becomes a supergroup stays one conversation, whichever message comes first', async () => {
		const before = message({ id: '7', chat: { id: '-5', kind: 'group', title: 'G' } });
		const early = message({ id: '7', chat: { id: '-1005', kind: 'group', title: 'G' } });
		const moved = message({ id: '8', chat: { id: '-1005', kind: 'group', title: 'G', formerId: '-5' } });
		expect(await statuses(before, early)).toEqual(['created', 'created']);
		expect(await statuses(moved, early)).toEqual(['created', 'duplicate']);
		const found = await rows('conversation_id');
		expect(new Set(found.map((row) => row['conversation_id'])).size).toBe(1);
		expect(
			await stand.supabase.exec('select count(*)::int from opsdesk.conversations where tenant_id = $1', [
				tenant,
			]),
		).toEqual([{ count: 1 }]);
		const fresh = message({ id: '1', chat: { id: '-1006', kind: 'group', formerId: '-6' } });
		expect(await statuses(fresh)).toEqual(['created']);
	});

	test('a message in a closed conversation opens it again; an old one does not', async () => {
		const first = message();
		await storeMessages(store, [first]);
		const close = `update opsdesk.conversations set status = 'closed' where tenant_id = $1 returning status`;
		const status = `select status from opsdesk.conversations where tenant_id = $1`;
		await stand.supabase.exec(close, [tenant]);
		await storeMessages(store, [message({ sentAt: '2020-01-01T00:00:00Z' })]);
		expect(await stand.supabase.exec(status, [tenant])).toEqual([{ status: 'closed' }]);
		await storeMessages(store, [message()]);
		expect(await stand.supabase.exec(status, [tenant])).toEqual([{ status: 'active' }]);
	});

	test('a tenant that nobody has made is an error that says so', async () => {
		await expect(
			storeMessages(stand.open(transport, { tenant: 'nobody' }), [message()]),
		).rejects.toMatchObject({
			code: 'not_found',
			message: 'There is no tenant "nobody".',
			remedy: expect.stringContaining('Create the tenant'),
		});
	});
});
