import * as chat from '../../../../src/chat';
import type { Store } from '../../../../src/store';
import { openStand, transportNames, type Stand } from '../../store/stand';
import { everythingOf } from '../privacy-stand';

let stand: Stand;

beforeAll(async () => {
	stand = await openStand('chat-import');
});
afterAll(() => stand?.close());

const messages = { source: 'chat-company', table: 'messages' } as const;
const users = { source: 'chat-company', table: 'users' } as const;
const conversations = { source: 'chat-company', table: 'conversations' } as const;
const files = { source: 'chat-company', table: 'media_files' } as const;
const row = (n: number, more: object = {}) => ({
	id: `row-${n}`,
	platform: 'telegram',
	platform_message_id: n,
	chat_id: '4242',
	sender_id: '4242',
	sender_name: 'Anna',
	content: `Hello ${n}`,
	timestamp: `2026-01-05 10:00:${String(n % 60).padStart(2, '0')}`,
	...more,
});

describe.each(transportNames)('importing over %s', (transport) => {
	let tenant: string;
	let store: Store;
	beforeEach(async () => {
		tenant = await stand.tenant();
		store = stand.open(transport, { tenant });
	});

	test('twice the same rows create nothing twice, whatever the table', async () => {
		const tables: Array<[Parameters<typeof chat.importRows>[1], chat.SourceRow[]]> = [
			[
				messages,
				[
					row(1),
					row(2, { edit_timestamp: '2026-01-06T00:00:00Z', media_urls: ['https://files.example.com/1'] }),
				],
			],
			[
				users,
				[
					{
						telegram_id: 4242,
						name: 'Anna',
						email: 'anna@example.com',
						tags: '{vip,ru}',
						consent_ai_analysis: false,
					},
				],
			],
			[
				conversations,
				[{ platform: 'telegram', chat_id: 4242, chat_type: 'private', summary: 'S', key_topics: ['k'] }],
			],
			[
				files,
				[
					{ ...row(2), storage_url: 'https://files.example.com/1', ocr_text: 'o' },
					{ ...row(1), filename: 'a.pdf', size_bytes: 5 },
				],
			],
			[
				{ source: 'help-desk', table: 'users' },
				[{ email: 'max@example.com', full_name: 'Max', role: 'manager', telegram_id: '77' }],
			],
			[
				{ source: 'help-desk', table: 'templates' },
				[{ title: 'T', content: 'Hello {{name}}', usage_count: 3 }],
			],
			[{ source: 'help-desk', table: 'faq_items' }, [{ question: 'Q', answer: 'A', keywords: '{a,b}' }]],
			[
				{ source: 'n8n-chat-memory', table: 'n8n_chat_histories' },
				[{ id: 1, session_id: 's', message: { type: 'human', content: 'Hi' } }],
			],
		];
		for (const [what, rows] of tables) {
			const first = await chat.importRows(store, what, rows);
			expect([what.table, first.problems, first.counts['failed']]).toEqual([what.table, [], undefined]);
		}
		const before = await everythingOf(stand.supabase, tenant);
		for (const [what, rows] of tables) {
			const again = await chat.importRows(store, what, rows);
			expect([what.table, again.counts, again.problems]).toEqual([
				what.table,
				{ duplicate: rows.length },
				[],
			]);
		}
		const withoutTime = (all: string[]) =>
			all.filter((line) => !line.startsWith('contacts:') && !line.startsWith('conversations:'));
		expect(withoutTime(await everythingOf(stand.supabase, tenant))).toEqual(withoutTime(before));
	});

	test('the order of tables does not matter: people and conversations first, or their messages', async () => {
		const inOrder = async (target: Store, order: number[]) => {
			const all: Array<[Parameters<typeof chat.importRows>[1], chat.SourceRow[]]> = [
				[messages, [row(1, { chat_id: '-5', chat_type: 'group' })]],
				[
					users,
					[{ telegram_id: '4242', name: 'Anna Petrova', bio: 'b', status: 'VIP', preferred_platform: 'sms' }],
				],
				[
					conversations,
					[
						{
							platform: 'Telegram',
							chat_id: '-5',
							chat_type: 'group',
							chat_name: 'G',
							participants: ['4242', { id: 9 }],
						},
					],
				],
			];
			for (const place of order) {
				const [what, rows] = all[place] ?? [];
				if (what && rows) expect((await chat.importRows(target, what, rows)).problems).toEqual([]);
			}
			const { items } = await chat.getContacts(target);
			const talks = (await chat.getConversations(target)).items;
			return JSON.stringify([
				items
					.map(({ name, status, identities, bio, preferredPlatform }) => [
						name,
						preferredPlatform,
						status,
						identities.map(({ id }) => id),
						bio,
					])
					.sort(),
				talks.map(({ title, kind, lastMessageAt }) => [title, kind, lastMessageAt]),
				(await chat.getMessages(target)).items.map(({ text, sender }) => [text, sender?.id]),
			]);
		};
		const other = stand.open(transport, { tenant: await stand.tenant() });
		expect(await inOrder(store, [0, 1, 2])).toBe(await inOrder(other, [2, 1, 0]));
	});

	test('a row with a fault is listed by its number and column, and the others are stored', async () => {
		const done = await chat.importRows(store, messages, [
			row(1),
			row(2, { timestamp: 'never' }),
			row(3, { sentiment_score: 7 }),
			row(4, { platform_message_id: null, chat_id: '' }),
			row(5, { platform_message_id: 2 ** 60 }),
			row(6),
		]);
		expect(done.counts).toEqual({ created: 2, failed: 4 });
		expect(done.problems).toMatchObject([
			{ row: 2, field: 'timestamp', stored: false },
			{ row: 3, field: 'sentiment_score' },
			{ row: 4, field: 'chat_id', problem: 'is missing' },
			{ row: 4, field: 'platform_message_id', problem: 'is missing' },
			{ row: 5, field: 'platform_message_id', problem: expect.stringContaining('lost digits') as string },
		]);
		const people = await chat.importRows(store, users, [
			{ name: 'nobody' },
			{ telegram_id: '1', status: 'king' },
			{ telegram_id: '2', name: 'B' },
		]);
		expect(people.counts).toEqual({ failed: 2, created: 1 });
		expect(people.problems.map(({ row: number, field }) => [number, field])).toEqual([
			[1, expect.stringContaining('telegram_id') as string],
			[2, 'status'],
		]);
		const lost = await chat.importRows(store, files, [{ ...row(99), filename: 'x' }]);
		expect(lost).toMatchObject({
			counts: { failed: 1 },
			problems: [{ row: 1, problem: expect.stringContaining('import its message first') as string }],
		});
	});

	test('what was changed here since stays; only what is empty is filled in', async () => {
		await chat.importRows(store, users, [{ telegram_id: '4242', name: 'Anna', notes: 'old' }]);
		const who = { identity: { platform: 'telegram', id: '4242' } };
		await chat.updateContact(store, who, { name: 'A. here', notes: 'new', status: 'blocked' });
		const again = await chat.importRows(store, users, [
			{ telegram_id: '4242', name: 'Annie', notes: 'old', status: 'vip', bio: 'b' },
		]);
		expect(again.counts).toEqual({ updated: 1 });
		expect(await chat.getContact(store, who)).toMatchObject({
			name: 'A. here',
			notes: 'new',
			status: 'blocked',
			bio: 'b',
		});
	});

	test('CS-15 who was erased stays out, with messages, profile, conversation and files', async () => {
		await chat.importRows(store, messages, [row(1)]);
		const who = { identity: { platform: 'telegram', id: '4242' } };
		await chat.eraseContact(store, who);
		const before = await everythingOf(stand.supabase, tenant);
		for (const [what, one] of [
			[messages, row(1)],
			[users, { telegram_id: '4242', name: 'Anna', consent_chat_storage: true, updated_at: '2020-01-01' }],
			[conversations, { platform: 'telegram', chat_id: '4242', chat_name: 'Anna' }],
			[files, { ...row(1), filename: 'x' }],
		] as const) {
			const { counts, refused } = await chat.importRows(store, what, [one]);
			expect([what.table, counts, refused]).toEqual([what.table, { refused: 1 }, { erased: 1 }]);
		}
		const after = await everythingOf(stand.supabase, tenant);
		const but = (all: string[]) => all.filter((line) => !line.startsWith('tombstones'));
		expect(but(after)).toEqual(but(before));
	});

	test('who has refused storage is remembered, and nothing more of them is stored', async () => {
		const refusing = { telegram_id: '4242', name: 'Anna', notes: 'n', consent_chat_storage: 'f' };
		expect(await chat.importRows(store, users, [refusing])).toMatchObject({
			counts: { refused: 1 },
			refused: { consent: 1 },
		});
		expect(await chat.importRows(store, messages, [row(1)])).toMatchObject({ refused: { consent: 1 } });
		const contact = await chat.getContact(store, { identity: { platform: 'telegram', id: '4242' } });
		expect(contact).toMatchObject({ storageConsent: false });
		expect(contact).not.toHaveProperty('name');
		const strict = stand.open(transport, { tenant: await stand.tenant('{"requiresConsent": true}') });
		expect(await chat.importRows(strict, users, [{ telegram_id: '1', name: 'B' }])).toMatchObject({
			refused: { consent: 1 },
		});
		expect((await chat.getContacts(strict)).items).toEqual([]);
		expect(
			(await chat.importRows(strict, users, [{ telegram_id: '2', name: 'C', consent_chat_storage: true }]))
				.counts,
		).toEqual({ created: 1 });
	});

	test('CS-23 metacharacters in every text are stored verbatim, CS-4 what is no character is not', async () => {
		const nasty = `'; drop table opsdesk.messages; -- "x" \\ %_* or=(1) $1 \${x} {{y}}`;
		const columns = {
			chat_name: nasty,
			sender_name: nasty,
			sender_username: nasty,
			content: `${nasty}\0`,
			intent: nasty,
		};
		await chat.importRows(store, messages, [row(1, { ...columns, chat_id: '-7', extra: nasty })]);
		expect((await chat.getMessages(store)).items).toMatchObject([
			{
				text: `${nasty}\u{FFFD}`,
				sender: { name: nasty, username: nasty },
				metadata: { import: { extra: nasty } },
			},
		]);
		expect(
			(
				await chat.importRows(store, users, [
					{ telegram_id: '8', name: nasty, notes: `${nasty}\0`, other: nasty },
				])
			).problems,
		).toEqual([]);
		expect(await chat.getContact(store, { identity: { platform: 'telegram', id: '8' } })).toMatchObject({
			name: nasty,
			notes: `${nasty}\u{FFFD}`,
			custom: { other: nasty },
		});
		const faq = { source: 'help-desk', table: 'faq_items' } as const;
		expect(
			(await chat.importRows(store, faq, [{ question: nasty, answer: nasty, keywords: [nasty] }])).counts,
		).toEqual({ created: 1 });
	});

	test('2,000 rows go in batches, and their order is kept', async () => {
		const rows = Array.from({ length: 2000 }, (_, n) => row(n + 1, { timestamp: '2026-01-05T10:00:00Z' }));
		expect((await chat.importRows(store, messages, rows)).counts).toEqual({ created: 2000 });
		const oldest = (await chat.getMessages(store, { order: 'oldest' }, { limit: 3 })).items;
		expect(oldest.map(({ externalId }) => externalId)).toEqual(['1', '2', '3']);
		const people = Array.from({ length: 250 }, (_, n) => ({ telegram_id: n + 1, name: `P${n}` }));
		expect((await chat.importRows(store, users, people)).counts).toEqual({ created: 250 });
	});

	test('fields are sealed when keys are given, also of people who were here before', async () => {
		const fieldKeys = chat.fieldKeys({ current: chat.generateFieldKey() });
		await chat.importRows(store, messages, [row(1)]);
		const rows = [
			{ telegram_id: '4242', phone_number: '+49 170 1', email: 'anna@example.com' },
			{ whatsapp_id: '5', real_name: 'Boris B' },
			{ whatsapp_id: '6', email: 'sealed:v1:x' },
		];
		const done = await chat.importRows(store, users, rows, { fieldKeys });
		expect(done).toMatchObject({
			counts: { updated: 1, created: 1, failed: 1 },
			problems: [{ row: 3, field: 'email' }],
		});
		expect((await chat.importRows(store, users, rows, { fieldKeys })).counts).toEqual({
			duplicate: 2,
			failed: 1,
		});
		expect((await everythingOf(stand.supabase, tenant)).join()).not.toMatch(/anna@example|Boris/);
		expect((await chat.findContacts(store, { phone: '0049 1701' }, { fieldKeys })).items).toMatchObject([
			{ email: 'anna@example.com' },
		]);
	});

	test('a table that is not taken over says why, and an unknown one which there are', async () => {
		const rows = [{ chat: 1, timezone: 'Europe/Moscow' }];
		expect(
			await chat.importRows(store, { source: 'help-desk', table: 'working_schedules' }, rows),
		).toMatchObject({
			counts: { notTaken: 1 },
			ignored: [
				{
					column: '*',
					rows: 1,
					reason: 'working_schedules belongs to promises: importSlaRows takes it over',
				},
			],
		});
		await expect(chat.importRows(store, { source: 'help-desk', table: 'x' }, rows)).rejects.toMatchObject({
			code: 'invalid_input',
			remedy: 'Choose one of chats, client_requests, users, templates, faq_items.',
		});
		await expect(chat.importRows(store, messages, [], { timeZone: 'Mars' })).rejects.toThrow(
			'"Mars" is no time zone.',
		);
	});
});
