import * as chat from '../../../src/chat';
import type { Store } from '../../../src/store';
import { openStand, transportNames, type Stand } from '../store/stand';
import { message } from './messages';
import { author, everythingOf, group, leaveTraces, person, tracesLeft } from './privacy-stand';

let stand: Stand;

beforeAll(async () => {
	stand = await openStand('chat-erasure');
});
afterAll(() => stand?.close());

const who = { identity: person };
/** Its title names the person, and would come again with every message. */
const { title: _, ...groupChat } = group;

describe.each(transportNames)('erasing over %s', (transport) => {
	let tenant: string;
	let store: Store;
	beforeEach(async () => {
		tenant = await stand.tenant();
		store = stand.open(transport, { tenant });
	});

	test('a person who is erased is found nowhere, and what others wrote stays', async () => {
		await leaveTraces(stand.supabase, store, tenant);
		expect(await tracesLeft(stand.supabase, tenant)).not.toEqual([]);
		const erased = await chat.eraseContact(store, who, { source: 'form' });
		expect(erased).toMatchObject({
			status: 'erased',
			receipt: {
				kind: 'erase',
				tenant,
				counts: { messages: 3, forwarded: 1, archived: 1, conversations: 1, files: 2 },
			},
		});
		expect(await tracesLeft(stand.supabase, tenant)).toEqual([]);
		const { items } = await chat.getMessages(store, { order: 'oldest' });
		expect(items.map(({ text }) => text)).toEqual([
			'[…]’s idea',
			'Thanks […] (@[…]), tel. […]! See tg://user?id=[…]',
			'Call […] back, […]',
			undefined,
			'something else',
		]);
		expect(items[3]).toMatchObject({ type: 'erased', forwardedFrom: { erased: true } });
		expect(items[1]).not.toHaveProperty('replyTo');
	});

	test('CS-14 erasing again is a no-op with the same receipt; an unknown person is said to be unknown', async () => {
		await leaveTraces(stand.supabase, store, tenant);
		const { id } = await chat.getContact(store, who);
		const first = await chat.eraseContact(store, who);
		const before = await everythingOf(stand.supabase, tenant);
		expect(await chat.eraseContact(store, who)).toEqual({ ...first, status: 'erasedBefore' });
		expect(await chat.eraseContact(store, { contactId: id })).toEqual({ ...first, status: 'erasedBefore' });
		expect(await chat.eraseContact(store, { identity: { platform: 'telegram', id: 'nobody' } })).toEqual({
			status: 'unknown',
		});
		expect(await everythingOf(stand.supabase, tenant)).toEqual(before);
	});

	test('a dry run counts and changes nothing', async () => {
		await leaveTraces(stand.supabase, store, tenant);
		const before = await everythingOf(stand.supabase, tenant);
		expect(await chat.eraseContact(store, who, { dryRun: true })).toMatchObject({
			status: 'wouldErase',
			counts: { messages: 3, forwarded: 1, archived: 1 },
		});
		expect(await everythingOf(stand.supabase, tenant)).toEqual(before);
	});

	test('CS-13 an erasure that fails in the middle has erased nothing, and says why', async () => {
		await leaveTraces(stand.supabase, store, tenant);
		const before = await everythingOf(stand.supabase, tenant);
		await stand.supabase.exec(`
			create function opsdesk.stop_it() returns trigger language plpgsql as $$ begin raise exception 'the disk is full'; end $$;
			create trigger stop_it before delete on opsdesk.contacts for each row execute function opsdesk.stop_it();
		`);
		try {
			await expect(chat.eraseContact(store, who)).rejects.toMatchObject({
				message: expect.stringContaining('the disk is full'),
			});
		} finally {
			await stand.supabase.exec('drop trigger stop_it on opsdesk.contacts; drop function opsdesk.stop_it');
		}
		expect(await everythingOf(stand.supabase, tenant)).toEqual(before);
	});

	test('CS-15 who was erased and writes again is kept out, and counted', async () => {
		await leaveTraces(stand.supabase, store, tenant);
		await chat.eraseContact(store, who);
		const again = [
			message({ chat: groupChat, sender: author }),
			message({ chat: { id: person.id }, direction: 'outbound', text: 'Dear Zorlanda' }),
			message({ chat: groupChat, sender: { id: '31' } }),
		];
		expect(await chat.storeMessages(store, again)).toMatchObject([
			{ status: 'refused', reason: 'erased' },
			{ status: 'refused', reason: 'erased' },
			{ status: 'created' },
		]);
		expect(await tracesLeft(stand.supabase, tenant)).toEqual([]);
		expect(
			await stand.supabase.exec(
				'select sum(arrived_count)::int as n from opsdesk.tombstones where tenant_id = $1',
				[tenant],
			),
		).toEqual([{ n: 2 }]);
		await expect(chat.findOrCreateContact(store, person)).rejects.toMatchObject({ code: 'erased' });
	});

	test('CS-15 or is stored under a pseudonym where the tenant says so, a second delivery once', async () => {
		tenant = await stand.tenant('{"erasedSenders": "pseudonymise"}');
		store = stand.open(transport, { tenant });
		await leaveTraces(stand.supabase, store, tenant);
		await chat.eraseContact(store, who);
		const again = message({
			id: 'wamid.5550017B',
			chat: { id: person.id },
			sender: author,
			text: 'returned',
		});
		expect((await chat.storeMessages(store, [again, again])).map(({ status }) => status)).toEqual([
			'created',
			'duplicate',
		]);
		expect(await tracesLeft(stand.supabase, tenant)).toEqual([]);
		const { items } = await chat.searchMessages(store, { query: 'returned' });
		expect(items).toMatchObject([{ sender: { id: expect.stringMatching(/^p-[0-9a-f]{24}$/) } }]);
	});

	test('who agrees to storage again is let in again', async () => {
		await leaveTraces(stand.supabase, store, tenant);
		await chat.eraseContact(store, who);
		await chat.setConsent(store, who, { purpose: 'chat_storage', granted: true, source: 'telegram:/start' });
		expect(await chat.storeMessages(store, [message({ chat: groupChat, sender: author })])).toMatchObject([
			{ status: 'created' },
		]);
	});

	test('CS-17 objects in a storage are listed, removed, and tried again when that fails', async () => {
		await leaveTraces(stand.supabase, store, tenant);
		await chat.eraseContact(store, who);
		const seen: string[] = [];
		const failing = await chat.removeObjects(store, async ({ path }) => {
			seen.push(path);
			if (path === 'new.png') throw new Error('https://u:pw-of-s3@s3.example.com is away');
		});
		expect(seen.sort()).toEqual(['archived.png', 'forwarded.png', 'new.png', 'old.png']);
		expect(failing).toEqual({ removed: 3, pending: 1 });
		const [waiting] = await stand.supabase.exec(
			'select storage_path, attempts, last_error from opsdesk.object_removals where tenant_id = $1',
			[tenant],
		);
		expect(waiting).toMatchObject({ storage_path: 'new.png', attempts: 1 });
		expect(waiting?.last_error).toMatch(/is away$/);
		expect(waiting?.last_error).not.toContain('pw-of-s3');
		expect(await chat.removeObjects(store, async () => undefined)).toEqual({ removed: 1, pending: 0 });
	});

	test.each(['contact', 'conversation', 'tenant'])(
		'CS-21 a hold on the %s refuses to erase and to anonymise, with its reason',
		async (kind) => {
			await leaveTraces(stand.supabase, store, tenant);
			const what =
				kind === 'contact'
					? who
					: kind === 'tenant'
						? {}
						: { platform: 'telegram', account: 'helpbot', chatId: group.id };
			const hold = await chat.placeHold(store, what, 'case 4711', 'legal');
			expect(await chat.placeHold(store, what, 'case 4711', 'legal')).toEqual(hold);
			const before = await everythingOf(stand.supabase, tenant);
			for (const attempt of [chat.eraseContact, chat.anonymiseContact])
				await expect(attempt(store, who)).rejects.toMatchObject({
					code: 'on_hold',
					message: expect.stringContaining('case 4711'),
				});
			expect(await everythingOf(stand.supabase, tenant)).toEqual(before);
			expect(await chat.getHolds(store)).toMatchObject([{ id: hold.id, reason: 'case 4711' }]);
			await chat.liftHold(store, hold.id);
			expect(await chat.getHolds(store)).toEqual([]);
			expect(await chat.eraseContact(store, who)).toMatchObject({ status: 'erased' });
		},
	);

	test('CS-35 receipts kept outside are carried out again in a database older than the erasure', async () => {
		await leaveTraces(stand.supabase, store, tenant);
		await chat.eraseContact(store, who, { source: 'form' });
		const receipts = await chat.getReceipts(store);
		expect(JSON.stringify(receipts)).not.toMatch(/5550017|zorlanda/i);
		// The state of before, with the key that was in it.
		await stand.supabase.exec(`delete from opsdesk.tombstones where tenant_id = $1`, [tenant]);
		await stand.supabase.exec(`delete from opsdesk.erasures where tenant_id = $1`, [tenant]);
		await leaveTraces(stand.supabase, store, tenant);
		expect(await chat.applyReceipts(store, receipts)).toMatchObject({
			applied: 1,
			known: 0,
			matched: 1,
			notApplied: [],
		});
		expect(await tracesLeft(stand.supabase, tenant)).toEqual([]);
		expect(await chat.applyReceipts(store, receipts)).toMatchObject({
			applied: 0,
			known: 1,
			matched: 0,
			notApplied: [],
		});
		expect(await chat.eraseContact(store, who)).toMatchObject({ status: 'erasedBefore' });
		expect(await chat.storeMessages(store, [message({ sender: author })])).toMatchObject([
			{ reason: 'erased' },
		]);
	});

	test('what is stored at the same moment is either erased or kept out', async () => {
		await leaveTraces(stand.supabase, store, tenant);
		const arriving = Array.from({ length: 40 }, (_, n) =>
			chat.storeMessages(store, [
				message({ chat: groupChat, sender: author, text: 'my-own-words' }),
				message({ chat: groupChat, sender: { id: `o${n}` }, text: 'nothing' }),
			]),
		);
		const erasure = chat.eraseContact(store, who);
		await Promise.all([...arriving, erasure]);
		expect(await tracesLeft(stand.supabase, tenant)).toEqual([]);
	});

	test('CS-16 anonymised: the pseudonym stays the same, names are masked, nothing leads to the person', async () => {
		await leaveTraces(stand.supabase, store, tenant);
		const first = await chat.anonymiseContact(store, who);
		expect(first).toMatchObject({
			status: 'anonymised',
			pseudonym: expect.stringMatching(/^p-[0-9a-f]{24}$/),
		});
		const pseudonym = 'pseudonym' in first ? first.pseudonym : '';
		const ownWords = (row: string): boolean =>
			!/my-own-words/.test(row) || /zorlanda|quexley|zqx_nick|5550017|zq@/i.test(row);
		expect((await tracesLeft(stand.supabase, tenant)).filter(ownWords)).toEqual([]);
		const again = await chat.anonymiseContact(store, who);
		expect(again).toMatchObject({ status: 'anonymisedBefore', pseudonym });
		const [later] = await chat.storeMessages(store, [
			message({ chat: groupChat, sender: author, text: 'later' }),
			message({
				id: 'wamid.5550017A',
				chat: { id: person.id },
				sender: author,
				text: 'my-own-words, private',
			}),
		]);
		expect(later).toMatchObject({ status: 'created', contactId: 'contactId' in first ? first.contactId : 0 });
		const { items } = await chat.getMessages(store, {
			contactId: later?.contactId ?? 0,
			includeDeleted: true,
		});
		expect(items).toHaveLength(3);
		for (const item of items) expect(item.sender).toMatchObject({ id: pseudonym });
		expect((await tracesLeft(stand.supabase, tenant)).filter(ownWords)).toEqual([]);
	});
});
