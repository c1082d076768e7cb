import * as chat from '../../../src/chat';
import type { Store } from '../../../src/store';
import { openStand, transportNames, type Stand } from '../store/stand';
import { aged, daysAgo, removed, whereabouts } from './retention-stand';

let stand: Stand;

beforeAll(async () => {
	stand = await openStand('chat-retention-holds');
});
afterAll(() => stand?.close());

const staff = { id: 'staff', kind: 'group' } as const;
const club = { id: 'club', kind: 'group' } as const;
const boris = { id: '31', name: 'Boris' };
const onBoris = { identity: { platform: 'telegram', id: boris.id } };
const onStaff = { platform: 'telegram', account: 'helpbot', chatId: staff.id };

describe.each(transportNames)('CS-21 retention and legal holds over %s', (transport) => {
	let tenant: string;
	let store: Store;
	beforeEach(async () => {
		tenant = await stand.tenant();
		store = stand.open(transport, { tenant });
		await chat.storeMessages(store, [
			aged(100, { id: 'club-anna', chat: club }),
			aged(99, { id: 'club-boris', chat: club, sender: boris }),
			aged(98, { id: 'staff-anna', chat: staff }),
			aged(97, { id: 'private-boris', chat: { id: boris.id }, sender: boris }),
			aged(96, { id: 'private-answer', chat: { id: boris.id }, direction: 'outbound' }),
			aged(100, { id: 'hidden-boris', chat: club, sender: boris }),
		]);
		await stand.supabase.exec(
			`update opsdesk.messages set deleted_at = now() - interval '40 days' where tenant_id = $1 and external_id like 'hidden%'`,
			[tenant],
		);
		await stand.supabase.exec(
			`insert into opsdesk.error_logs (tenant_id, message, occurred_at) values ($1, 'old', $2)`,
			[tenant, daysAgo(31)],
		);
	});

	test.each([
		['a person', onBoris, ['hidden-boris', 'club-boris', 'private-boris', 'private-answer'], 0],
		['a conversation', onStaff, ['staff-anna'], 0],
		[
			'the tenant',
			{},
			['club-anna', 'hidden-boris', 'club-boris', 'staff-anna', 'private-boris', 'private-answer'],
			1,
		],
	])(
		'what a hold on %s keeps stays, is counted with its reason, and goes when it is lifted',
		async (_, what, ids, errorLogs) => {
			const hold = await chat.placeHold(store, what, 'case 4711');
			const dry = await chat.runRetention(store, { dryRun: true });
			const real = await chat.runRetention(store, { dryRun: false, batchSize: 2 });
			expect(removed(real)).toEqual(removed(dry));
			expect(real.held).toEqual({
				messages: ids.length,
				archived: 0,
				errorLogs,
				holds: [{ id: hold.id, reason: 'case 4711', messages: ids.length, archived: 0, errorLogs }],
			});
			expect((await whereabouts(stand.supabase, tenant)).kept.sort()).toEqual([...ids].sort());
			await chat.liftHold(store, hold.id);
			const after = await chat.runRetention(store, { dryRun: false });
			expect(after.messages.archived + after.messages.hidden).toBe(ids.length);
			expect(after.held).toEqual({ messages: 0, archived: 0, errorLogs: 0, holds: [] });
		},
	);

	test('a hold keeps what is archived already, also from the dropping of its month', async () => {
		await chat.runRetention(store, { dryRun: false });
		await chat.setRetentionPolicy(store, { messages: { keepDays: 1 }, archive: { keepDays: 20 } });
		const person = await chat.placeHold(store, onBoris, 'case 4711');
		const place = await chat.placeHold(store, { ...onBoris }, 'case 4712');
		const dry = await chat.runRetention(store, { dryRun: true });
		const real = await chat.runRetention(store, { dryRun: false });
		expect(removed(real)).toEqual(removed(dry));
		expect(real.held).toMatchObject({
			archived: 4,
			holds: [
				{ id: person.id, archived: 4 },
				{ id: place.id, archived: 4 },
			],
		});
		expect((await whereabouts(stand.supabase, tenant)).archived.sort()).toEqual(
			['hidden-boris', 'club-boris', 'private-boris', 'private-answer'].sort(),
		);
	});

	test('what its author takes back is hidden in the archive, and is not removed, while a hold keeps it', async () => {
		await chat.runRetention(store, { dryRun: false });
		await chat.placeHold(store, onBoris, 'case 4711');
		const takeBack = (id: string, chatOf: { id: string; kind?: 'group' }) =>
			chat.storeMessages(store, [
				{ platform: 'telegram', account: 'helpbot', id, chat: chatOf, event: 'delete' },
			]);
		expect(await takeBack('club-boris', club)).toMatchObject([{ status: 'deleted' }]);
		expect(await takeBack('club-boris', club)).toMatchObject([{ status: 'duplicate' }]);
		expect(await takeBack('club-anna', club)).toMatchObject([{ status: 'deleted' }]);
		const rows = await stand.supabase.exec<{ id: string; text: string | null }>(
			`select external_id as id, message ->> 'text' as text from opsdesk.message_archive
				where tenant_id = $1 and external_id like 'club%' order by 1`,
			[tenant],
		);
		expect(rows).toEqual([
			{ id: 'club-anna', text: null },
			{ id: 'club-boris', text: expect.stringContaining('Hello') },
		]);
		expect((await chat.getArchivedMessages(store)).items.map(({ externalId }) => externalId)).toEqual([
			'private-answer',
			'private-boris',
			'staff-anna',
		]);
	});

	test('a hold on a person keeps what was written to them, also when they have never answered', async () => {
		await chat.setRetentionPolicy(store, { messages: { archives: false } });
		const dora = { platform: 'telegram', id: 'dora-17' };
		await chat.findOrCreateContact(store, dora);
		await chat.storeMessages(store, [
			aged(99, { id: 'to-dora', chat: { id: dora.id }, direction: 'outbound', sender: undefined }),
		]);
		const hold = await chat.placeHold(store, { identity: dora }, 'case 4711');
		const { held } = await chat.runRetention(store, { dryRun: false });
		expect(held).toMatchObject({ messages: 1, holds: [{ id: hold.id, messages: 1 }] });
		expect((await whereabouts(stand.supabase, tenant)).kept).toEqual(['to-dora']);
	});
});
