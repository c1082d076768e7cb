import * as chat from '../../../src/chat';
import type { Store } from '../../../src/store';
import { openStand, transportNames, type Stand } from '../store/stand';
import { everythingOf } from './privacy-stand';
import { aged, daysAgo, edited, taken, whereabouts } from './retention-stand';

let stand: Stand;

beforeAll(async () => {
	stand = await openStand('chat-archived-edits');
});
afterAll(() => stand?.close());

const anna = { id: '5550017', name: 'Zorlanda Quexley' };
const who = { identity: { platform: 'telegram', id: anna.id } };
const boris = { id: '31', name: 'Boris' };
const club = { id: 'club', kind: 'group' } as const;

describe.each(transportNames)('what retention has dealt with, over %s', (transport) => {
	let tenant: string;
	let store: Store;
	beforeEach(async () => {
		tenant = await stand.tenant();
		store = stand.open(transport, { tenant });
	});
	const all = async () => (await everythingOf(stand.supabase, tenant)).join('\n');
	const run = () => chat.runRetention(store, { dryRun: false });
	const statuses = async (...events: Parameters<typeof chat.storeMessages>[1]) =>
		(await chat.storeMessages(store, events)).map(({ status, reason }) => reason ?? status);

	test.each(['before', 'after'])(
		'edits that come again do not bring back a name that was masked %s they were archived',
		async (when) => {
			const said = aged(100, { chat: club, sender: boris, text: 'Ask Zorlanda Quexley' });
			const first = edited(said, 'Zorlanda Quexley knows');
			const second = { ...first, text: 'Zorlanda Quexley, 5550017', editedAt: daysAgo(99) };
			const news = { ...first, text: 'news', editedAt: daysAgo(1) };
			await chat.storeMessages(store, [aged(2, { chat: club, sender: anna }), said, first, second]);
			if (when === 'after') await run();
			await chat.eraseContact(store, who);
			if (when === 'before') await run();
			expect(await all()).not.toMatch(/Zorlanda|5550017/);
			expect(await statuses(second, first, second, said)).toEqual([
				'duplicate',
				'duplicate',
				'duplicate',
				'duplicate',
			]);
			expect(await all()).not.toMatch(/Zorlanda|5550017/);
			expect(await statuses(news)).toEqual(['edited']);
			const { items } = await chat.getArchivedMessages(store);
			expect(items).toMatchObject([{ text: 'news' }]);
			expect(items[0]?.versions).toHaveLength(3);
			expect(JSON.stringify(items)).not.toContain('digest');
		},
	);

	test('what was taken back does not return where messages stay for longer than the archive', async () => {
		await chat.setRetentionPolicy(store, { messages: { keepDays: 730, archives: false } });
		const old = aged(370, { text: 'taken-back' });
		const older = aged(720, { text: 'taken-back' });
		await chat.storeMessages(store, [old, older, taken(old), taken(older)]);
		await stand.supabase.exec(
			`update opsdesk.messages set deleted_at = now() - interval '31 days' where tenant_id = $1`,
			[tenant],
		);
		const dry = await chat.runRetention(store, { dryRun: true });
		expect((await run()).messages).toEqual(dry.messages);
		expect((await run()).archive).toEqual({ deleted: 0, months: 0 });
		expect(await statuses(old, older)).toEqual(['duplicate', 'duplicate']);
		expect(await all()).not.toContain('taken-back');
		await chat.setRetentionPolicy(store, { messages: { keepDays: 700 } });
		await run();
		expect((await whereabouts(stand.supabase, tenant)).archived).toEqual([old.id]);
		expect(await statuses(old, older)).toEqual(['duplicate', 'expired']);
	});

	test('what a hold has only hidden in the archive is gone when the last hold on it is lifted', async () => {
		const storage = { provider: 's3', bucket: 'b', path: 'a.png' };
		const said = aged(100, {
			chat: club,
			sender: boris,
			text: 'taken-back',
			attachments: [{ kind: 'photo', storage }],
		});
		await chat.storeMessages(store, [said]);
		await run();
		const onBoris = { identity: { platform: 'telegram', id: boris.id } };
		const [one, two] = [await chat.placeHold(store, onBoris, '1'), await chat.placeHold(store, {}, '2')];
		expect(await statuses(taken(said))).toEqual(['deleted']);
		await chat.liftHold(store, one.id);
		expect(await all()).toContain('taken-back');
		expect(await chat.getObjectRemovals(store)).toEqual([]);
		await chat.liftHold(store, two.id);
		expect(await all()).not.toContain('taken-back');
		expect(await chat.getObjectRemovals(store)).toMatchObject([{ path: 'a.png' }]);
		expect(await statuses(said)).toEqual(['duplicate']);
	});

	test('history that is too old makes neither contacts nor conversations, and its edits in the same call neither', async () => {
		await chat.storeMessages(store, [aged(400, { chat: club, sender: boris })]);
		await run();
		const made = async () => ({
			contacts: (await chat.getContacts(store)).items.length,
			conversations: (await chat.getConversations(store)).items.length,
			participants: await stand.supabase.exec(
				`select conversation_id, identity_id from opsdesk.participants where tenant_id = $1 order by 1, 2`,
				[tenant],
			),
		});
		const before = await made();
		const group = { id: 'old-group', kind: 'group', title: 'Old group' } as const;
		const known = aged(399, { chat: club, sender: anna });
		const unknown = aged(398, { chat: group, sender: anna });
		expect(await statuses(known, unknown, edited(unknown, 'more'))).toEqual([
			'expired',
			'expired',
			'expired',
		]);
		expect(await statuses(unknown)).toEqual(['expired']);
		expect(await made()).toEqual(before);
		expect(await statuses(unknown, aged(1, { chat: group, sender: anna }))).toEqual(['expired', 'created']);
	});
});
