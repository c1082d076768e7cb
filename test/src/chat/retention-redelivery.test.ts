import * as chat from '../../../src/chat';
import type { Store } from '../../../src/store';
import { openStand, transportNames, type Stand } from '../store/stand';
import { author, group, leaveTraces, person, tracesLeft } from './privacy-stand';
import { aged, daysAgo, edited, taken, whereabouts } from './retention-stand';

let stand: Stand;

beforeAll(async () => {
	stand = await openStand('chat-redelivery');
});
afterAll(() => stand?.close());

const file = (path: string) => ({ kind: 'photo', storage: { provider: 's3', bucket: 'b', path } });

describe.each(transportNames)('what comes again after retention over %s', (transport) => {
	let tenant: string;
	let store: Store;
	beforeEach(async () => {
		tenant = await stand.tenant();
		store = stand.open(transport, { tenant });
	});
	const run = () => chat.runRetention(store, { dryRun: false });
	const statuses = async (...events: Parameters<typeof chat.storeMessages>[1]) =>
		(await chat.storeMessages(store, events)).map(({ status, reason }) => reason ?? status);

	test('an archived message is a duplicate, and does not come back; others of the call are stored', async () => {
		const old = aged(100, { attachments: [file('a.png')] });
		await chat.storeMessages(store, [old]);
		await run();
		expect(await statuses(old, aged(0, { id: 'new' }), aged(100, { id: 'late' }), old)).toEqual([
			'duplicate',
			'created',
			'created',
			'duplicate',
		]);
		expect(await whereabouts(stand.supabase, tenant)).toEqual({ kept: ['late', 'new'], archived: [old.id] });
		await run();
		expect(await whereabouts(stand.supabase, tenant)).toEqual({
			kept: ['new'],
			archived: [old.id, 'late'],
		});
	});

	test('a hidden message that is purged stays away, and nothing of what it said is left', async () => {
		const old = aged(40, { text: 'my-own-words' });
		await chat.storeMessages(store, [old, taken(old)]);
		await stand.supabase.exec(`update opsdesk.messages set deleted_at = $2 where tenant_id = $1`, [
			tenant,
			daysAgo(31),
		]);
		expect((await run()).messages).toMatchObject({ hidden: 1, archived: 0 });
		expect(await tracesLeft(stand.supabase, tenant)).toEqual([]);
		expect(await statuses(old, edited(old, 'my-own-words'), taken(old))).toEqual([
			'duplicate',
			'duplicate',
			'duplicate',
		]);
		expect(await tracesLeft(stand.supabase, tenant)).toEqual([]);
		expect((await chat.getArchivedMessages(store)).items).toEqual([]);
	});

	test('where nothing is archived, and beyond the archive, it is refused once retention has run', async () => {
		const [older, old] = [aged(400), aged(100)];
		expect(await statuses(older, old)).toEqual(['created', 'created']);
		await run();
		expect(await statuses(older, old)).toEqual(['expired', 'duplicate']);
		await chat.setRetentionPolicy(store, { messages: { archives: false } });
		expect(await statuses(aged(95, { attachments: [file('late.png')] }), aged(80), old)).toEqual([
			'expired',
			'created',
			'duplicate',
		]);
		const objects = await stand.supabase.exec(
			`select storage_path from opsdesk.object_removals where tenant_id = $1`,
			[tenant],
		);
		expect(objects).toEqual([{ storage_path: 'late.png' }]);
	});

	test('an edit of an archived message changes it there, once, in whatever order edits come', async () => {
		const old = aged(100, { text: 'first' });
		await chat.storeMessages(store, [old]);
		await run();
		const second = edited(old, 'second');
		const third = { ...second, text: 'third', editedAt: daysAgo(1) };
		expect(await statuses(third)).toEqual(['edited']);
		expect(await statuses(second, third, second)).toEqual(['edited', 'duplicate', 'duplicate']);
		const { items } = await chat.getArchivedMessages(store);
		expect(items).toMatchObject([{ text: 'third', externalId: old.id }]);
		expect(items[0]?.versions?.map(({ text }) => text).sort()).toEqual(['first', 'second']);
		expect((await chat.getMessages(store, { includeDeleted: true })).items).toEqual([]);
	});

	test('an edit of who has withdrawn is refused in the archive too', async () => {
		const old = aged(100);
		await chat.storeMessages(store, [old]);
		await run();
		await chat.setConsent(
			store,
			{ identity: { platform: 'telegram', id: '4242' } },
			{
				purpose: 'chat_storage',
				granted: false,
				source: 'test',
			},
		);
		const { sender: _, ...anonymous } = edited(old, 'more');
		expect(await statuses(anonymous)).toEqual(['consent']);
	});

	test('who takes a message back takes it out of the archive, with its files', async () => {
		const old = aged(100, { text: 'my-own-words', attachments: [file('a.png')] });
		await chat.storeMessages(store, [old]);
		await run();
		expect(await statuses(taken(old))).toEqual(['deleted']);
		expect(await statuses(taken(old), old)).toEqual(['duplicate', 'duplicate']);
		expect(await tracesLeft(stand.supabase, tenant)).toEqual([]);
		expect(
			await stand.supabase.exec(`select storage_path from opsdesk.object_removals where tenant_id = $1`, [
				tenant,
			]),
		).toEqual([{ storage_path: 'a.png' }]);
	});

	const old = async (): Promise<void> => {
		await chat.setRetentionPolicy(store, { archive: { keepDays: 36_500 } });
		await leaveTraces(stand.supabase, store, tenant);
		// Of another form than those that a run archives.
		await stand.supabase.exec(`delete from opsdesk.message_archive where tenant_id = $1`, [tenant]);
		expect((await run()).messages.archived).toBeGreaterThan(7);
		expect((await chat.getMessages(store, { includeDeleted: true })).items).toEqual([]);
	};

	test('an erasure reaches what is archived', async () => {
		await old();
		const answer = await chat.eraseContact(store, { identity: person });
		expect(answer).toMatchObject({ status: 'erased', receipt: { counts: { messages: 0 } } });
		expect(await tracesLeft(stand.supabase, tenant)).toEqual([]);
		expect(await statuses(aged(100, { chat: group, sender: author }))).toEqual(['erased']);
	});

	test('an anonymised person’s archived messages lose names, ids and files, and a change is still theirs', async () => {
		const one = aged(250, {
			id: 'wamid.5550017C',
			chat: { id: '-100777', kind: 'group' },
			sender: author,
			text: 'kept',
			data: { n: 'zq@example.com' },
		});
		await chat.storeMessages(store, [one, edited(one, 'kept too')]);
		await old();
		const { id: contactId } = await chat.getContact(store, { identity: person });
		await chat.anonymiseContact(store, { identity: person });
		const left = (await tracesLeft(stand.supabase, tenant)).filter((row) => !/my-own-words/.test(row));
		expect(left).toEqual([]);
		const { items } = await chat.getArchivedMessages(store, { contactId });
		expect(JSON.stringify(items)).not.toMatch(/attachments|"data"|entities/);
		expect(items.find(({ text }) => text === 'kept too')?.versions).toMatchObject([{ text: 'kept' }]);
		expect(await statuses(one)).toEqual(['duplicate']);
		expect(await statuses({ ...taken(one), chat: { id: '-100777', kind: 'group' } })).toEqual(['deleted']);
	});
});
