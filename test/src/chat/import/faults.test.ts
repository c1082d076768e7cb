import * as chat from '../../../../src/chat';
import type { Store } from '../../../../src/store';
import { openStand, transportNames, type Stand } from '../../store/stand';

let stand: Stand;

beforeAll(async () => {
	stand = await openStand('chat-import-faults');
});
afterAll(() => stand?.close());

const messages = { source: 'chat-company', table: 'messages' } as const;
const users = { source: 'chat-company', table: 'users' } as const;
const files = { source: 'chat-company', table: 'media_files' } as const;
const row = (n: number, more: object = {}) => ({
	...{ platform: 'telegram', platform_message_id: n, chat_id: '4242', sender_id: '4242' },
	...{ content: `Hello ${n}`, timestamp: '2026-01-05 10:00:00' },
	...more,
});
const base = 'https://p.example.com/storage/v1';

describe.each(transportNames)('importing odd rows over %s', (transport) => {
	let store: Store;
	beforeEach(async () => {
		store = stand.open(transport, { tenant: await stand.tenant() });
	});

	test.each([
		['object/public/media/a/1%202.png', { bucket: 'media', path: 'a/1 2.png' }],
		['object/sign/media/a/1.png?token=x', { bucket: 'media', path: 'a/1.png' }],
		['object/authenticated/media/a/1.png', { bucket: 'media', path: 'a/1.png' }],
		['object/media/a/1.png', { bucket: 'media', path: 'a/1.png' }],
		['object/info/public/media/a/1.png', { bucket: 'media', path: 'a/1.png' }],
		['render/image/public/media/a/1.png?width=5', { bucket: 'media', path: 'a/1.png' }],
		['render/image/authenticated/media/a/1.png', { bucket: 'media', path: 'a/1.png' }],
		['s3/media/a/1.png', { bucket: 'media', path: 'a/1.png' }],
		['object/public/media/100%.png', { bucket: 'media', path: '100%.png' }],
	])('a file behind %s is noted in its bucket', async (address, place) => {
		await chat.importRows(store, messages, [row(1)]);
		const file = { ...row(1), storage_provider: 'supabase', storage_url: `${base}/${address}` };
		expect(await chat.importRows(store, files, [file])).toMatchObject({
			counts: { created: 1 },
			problems: [],
		});
		expect((await chat.getMessages(store)).items).toMatchObject([
			{ attachments: [{ storage: { provider: 'supabase', ...place } }] },
		]);
	});

	test.each([`${base}/object/list/media`, `${base}/object/upload/sign/media/a.png`, 'media/a.png'])(
		'of %s no bucket is guessed: the file is stored, and that it cannot be removed is said',
		async (address) => {
			await chat.importRows(store, messages, [row(1)]);
			const file = { storage_provider: 'supabase', storage_url: address, filename: 'a.png' };
			const done = await chat.importRows(store, files, [
				{ ...row(1), ...file },
				{ ...row(99), ...file },
			]);
			expect(done).toMatchObject({
				counts: { created: 1, failed: 1 },
				problems: [
					{ row: 1, field: 'storage_url', stored: true },
					{ row: 2, stored: false },
				],
			});
			expect((await chat.getMessages(store)).items[0]?.attachments?.[0]?.storage).toEqual({
				...{ provider: 'supabase', path: address },
			});
		},
	);

	test('whatever stands in a row, it is a fault of that row alone', async () => {
		const done = await chat.importRows(store, messages, [
			row(1),
			row(2, { is_forwarded: { toString: 'no function' } }),
			row(3),
		]);
		expect(done).toMatchObject({ counts: { created: 2, failed: 1 } });
		expect(done.problems).toEqual([
			{ row: 2, field: '*', problem: 'the row cannot be read (TypeError)', stored: false },
		]);
	});

	test.each([
		['consent_chat_storage', 'chat_storage', 'storageConsent'],
		['consent_ai_analysis', 'ai_analysis', 'aiConsent'],
	] as const)('what was refused here is not given back by %s of a row', async (column, purpose, field) => {
		const who = { identity: { platform: 'telegram', id: '5' } };
		await chat.setConsent(store, who, {
			...{ purpose, granted: false, source: 'bot', givenAt: '2026-10-15T00:00:00Z' },
		});
		const person = { telegram_id: 5, name: 'Anna', created_at: '2026-10-20', updated_at: '2026-11-01' };
		await chat.importRows(store, users, [{ ...person, [column]: true }]);
		expect(await chat.getContact(store, who)).toMatchObject({ [field]: false });
		await chat.setConsent(store, who, {
			...{ purpose, granted: true, source: 'bot', givenAt: '2026-10-16T00:00:00Z' },
		});
		await chat.importRows(store, users, [{ ...person, [column]: true }]);
		expect(await chat.getContact(store, who)).toMatchObject({ [field]: true });
	});

	test('a change of a row makes its consent no newer, and a refusal as new as it may be', async () => {
		const times = { created_at: '2026-01-01T00:00:00Z', updated_at: '2026-11-01T00:00:00Z' };
		await chat.importRows(store, users, [
			{ telegram_id: 6, consent_chat_storage: true, consent_ai_analysis: false, ...times },
		]);
		const { said } = await chat.getConsent(store, { identity: { platform: 'telegram', id: '6' } });
		expect(said.map(({ purpose, givenAt }) => [purpose, Date.parse(givenAt)]).sort()).toEqual([
			['ai_analysis', Date.parse(times.updated_at)],
			['chat_storage', Date.parse(times.created_at)],
		]);
	});

	test('what a conversation is stays where the rows do not say it, and is put right where nobody had', async () => {
		const [whatsapp, talks] = [
			{ platform: 'whatsapp', chat_id: '1203@g.us' },
			{ source: 'chat-company', table: 'conversations' } as const,
		];
		const kinds = async () => (await chat.getConversations(store)).items.map(({ kind }) => kind);
		await chat.storeMessages(store, [
			{
				...{ platform: 'whatsapp', id: '1', sentAt: new Date(), text: 'x', sender: { id: '9' } },
				chat: { id: '1203@g.us', kind: 'group', title: 'Project' },
			},
		]);
		await chat.importRows(store, talks, [{ ...whatsapp, chat_type: null, summary: 'S' }]);
		expect(await kinds()).toEqual(['group']);
		await chat.importRows(store, talks, [{ ...whatsapp, chat_type: 'private' }]);
		expect(await kinds()).toEqual(['group']);
		await chat.storeMessages(store, [
			{
				...{ platform: 'telegram', id: '1', sentAt: new Date(), text: 'x', direction: 'outbound' },
				chat: { id: '-100', kind: 'channel' },
			},
		]);
		await chat.importRows(store, { source: 'help-desk', table: 'chats' }, [{ chat_id: '-100' }]);
		await chat.importRows(store, messages, [row(1, { platform: 'whatsapp', chat_id: 'new@g.us' })]);
		await chat.importRows(store, talks, [{ platform: 'whatsapp', chat_id: 'new@g.us', chat_type: 'group' }]);
		expect((await kinds()).sort()).toEqual(['channel', 'group', 'group']);
	});
});
