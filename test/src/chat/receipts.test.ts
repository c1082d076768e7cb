import { randomUUID } from 'node:crypto';

import * as chat from '../../../src/chat';
import type { Store } from '../../../src/store';
import { openStand, transportNames, type Stand } from '../store/stand';
import { message } from './messages';

let stand: Stand;

beforeAll(async () => {
	stand = await openStand('chat-receipts');
});
afterAll(() => stand?.close());

const identity = (id: string) => ({ identity: { platform: 'telegram', id } });

describe.each(transportNames)('receipts over %s', (transport) => {
	let tenant: string;
	let store: Store;
	beforeEach(async () => {
		tenant = await stand.tenant();
		store = stand.open(transport, { tenant });
	});
	const restore = async (): Promise<void> => {
		for (const table of ['tombstones', 'erasures'])
			await stand.supabase.exec(`delete from opsdesk.${table} where tenant_id = $1`, [tenant]);
	};
	const write = (...ids: string[]) =>
		chat.storeMessages(
			store,
			ids.map((id) => message({ chat: { id }, sender: { id } })),
		);

	test('CS-35 receipts of another key are refused: nobody would be found by them', async () => {
		await write('a');
		await chat.eraseContact(store, identity('a'));
		const receipts = await chat.getReceipts(store);
		await restore();
		await write('a');
		await stand.supabase.exec(
			`update opsdesk.tenant_peppers set pepper = sha256(pepper) where tenant_id = $1`,
			[tenant],
		);
		await expect(chat.applyReceipts(store, receipts)).rejects.toMatchObject({
			code: 'conflict',
			remedy: expect.stringContaining('tenant_peppers'),
		});
		expect((await chat.getMessages(store)).items).toHaveLength(1);
	});

	test('CS-35 a hold keeps one person and not the others; its receipt is named, and applied after it', async () => {
		await write('a', 'b');
		for (const id of ['a', 'b']) await chat.eraseContact(store, identity(id));
		const receipts = await chat.getReceipts(store);
		await restore();
		await write('a', 'b');
		const hold = await chat.placeHold(store, identity('a'), 'case 4711');
		expect(await chat.applyReceipts(store, receipts)).toMatchObject({
			...{ applied: 1, known: 0, matched: 1, complete: false },
			notApplied: [
				{
					...{ id: receipts[0]?.id, reason: 'on_hold' },
					problem: expect.stringContaining('case 4711') as string,
					remedy: expect.stringContaining('Lift the hold') as string,
				},
			],
		});
		await chat.liftHold(store, hold.id);
		expect(await chat.applyReceipts(store, receipts)).toMatchObject({
			...{ applied: 1, known: 1, matched: 1, complete: true },
			notApplied: [],
		});
		expect((await chat.getContacts(store)).items).toEqual([]);
	});

	test('CS-35 many receipts for many people take seconds', async () => {
		await stand.supabase.exec(
			`with made as (insert into opsdesk.contacts (tenant_id) select $1 from generate_series(1, 20000) returning id)
			insert into opsdesk.identities (tenant_id, contact_id, platform, external_id) select $1, id, 'telegram', 'x' || id from made`,
			[tenant],
		);
		await write('a');
		await chat.eraseContact(store, identity('a'));
		const [receipt] = await chat.getReceipts(store);
		await restore();
		const receipts = Array.from({ length: 200 }, () => ({ ...receipt, id: randomUUID() }) as chat.Receipt);
		const startedAt = Date.now();
		expect(await chat.applyReceipts(store, receipts)).toMatchObject({ applied: 200, matched: 0 });
		expect(Date.now() - startedAt).toBeLessThan(30_000);
	});

	test('anonymised, an archived private message holds no id of its chat', async () => {
		await write('5550017');
		await stand.supabase.exec(
			`insert into opsdesk.message_archive (id, tenant_id, conversation_id, chat_external_id, external_id, sender_id, sent_at, message)
			select 5000000000 + m.id, m.tenant_id, m.conversation_id, '5550017', 'x', m.sender_id, '2020-01-01',
				'{"text": "words", "chatId": "5550017", "externalId": "5550017-1"}' from opsdesk.messages m where m.tenant_id = $1`,
			[tenant],
		);
		await chat.anonymiseContact(store, identity('5550017'));
		const rows = await stand.supabase.exec<{ row: string }>(
			'select m::text as row from opsdesk.message_archive m where tenant_id = $1',
			[tenant],
		);
		expect(rows[0]?.row).toContain('words');
		expect(rows[0]?.row).not.toContain('5550017');
	});

	test('CS-35 who was written to and never answered is erased again', async () => {
		const unanswered = () =>
			chat.storeMessages(store, [
				message({ chat: { id: 'a-17' }, direction: 'outbound', sender: undefined }),
			]);
		await unanswered();
		await chat.eraseContact(store, identity('a-17'));
		const receipts = await chat.getReceipts(store);
		await restore();
		await unanswered();
		await write('b');
		expect(await chat.applyReceipts(store, receipts)).toMatchObject({ applied: 1, matched: 1 });
		expect((await chat.getMessages(store)).items).toMatchObject([{ chatId: 'b' }]);
		expect((await chat.getContacts(store)).items).toHaveLength(1);
		const chats = await stand.supabase.exec(
			'select external_id as id from opsdesk.chats where tenant_id = $1',
			[tenant],
		);
		expect(chats).toEqual([{ id: 'b' }]);
		await unanswered();
		expect(await chat.applyReceipts(store, receipts)).toMatchObject({ known: 1 });
		expect((await chat.getContacts(store)).items).toHaveLength(1);
	});
});
