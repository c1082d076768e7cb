import { z } from 'zod';

import * as chat from '../../../src/chat';
import type { Store } from '../../../src/store';
import { openStand, transportNames, type Stand } from '../store/stand';
import { message } from './messages';
import { everythingOf } from './privacy-stand';
import { aged, daysAgo, edited, removed, whereabouts } from './retention-stand';

let stand: Stand;

beforeAll(async () => {
	stand = await openStand('chat-retention');
});
afterAll(() => stand?.close());

const file = (path: string) => ({ kind: 'photo', storage: { provider: 's3', bucket: 'b', path } });
const nothing = { messages: 0, archived: 0, errorLogs: 0, holds: [] };

describe.each(transportNames)('retention over %s', (transport) => {
	let tenant: string;
	let store: Store;
	beforeEach(async () => {
		tenant = await stand.tenant();
		store = stand.open(transport, { tenant });
	});
	const hide = async (id: string, days: number): Promise<void> => {
		await stand.supabase.exec(
			`update opsdesk.messages set deleted_at = $3 where tenant_id = $1 and external_id = $2`,
			[tenant, id, daysAgo(days)],
		);
	};
	const objects = async () =>
		(
			await stand.supabase.exec<{ path: string }>(
				`select storage_path as path from opsdesk.object_removals where tenant_id = $1 order by 1`,
				[tenant],
			)
		).map(({ path }) => path);

	test('CS-19 a dry run counts exactly and changes nothing; the real run removes exactly that', async () => {
		const changed = aged(120, { id: 'changed', text: 'before', attachments: [file('old.png')] });
		await chat.storeMessages(store, [
			changed,
			edited(changed, 'after'),
			aged(100, { id: 'with-file', attachments: [file('a.png')] }),
			aged(400, { id: 'too-old', attachments: [file('b.png')] }),
			aged(101, { id: 'hidden-and-old', attachments: [file('c.png')] }),
			aged(50, { id: 'hidden-long' }),
			aged(50, { id: 'hidden-lately' }),
			aged(89, { id: 'young' }),
		]);
		await hide('hidden-and-old', 1);
		await hide('hidden-long', 31);
		await hide('hidden-lately', 29);
		await stand.supabase.exec(
			`insert into opsdesk.error_logs (tenant_id, message, occurred_at) values ($1, 'old', $2), ($1, 'new', $3)`,
			[tenant, daysAgo(31), daysAgo(29)],
		);
		await stand.supabase.exec(
			`insert into opsdesk.message_archive (id, tenant_id, conversation_id, chat_external_id, external_id, sent_at, message)
			select 7000000000 + n, $1, 1, 'c', 'archived-' || n, now() - n * interval '24 hours', '{}' from unnest('{364,366}'::int[]) n`,
			[tenant],
		);
		const before = await everythingOf(stand.supabase, tenant);
		const dry = await chat.runRetention(store, { dryRun: true });
		expect(await everythingOf(stand.supabase, tenant)).toEqual(before);
		expect(removed(dry)).toEqual({
			messages: { archived: 2, deleted: 1, hidden: 2, versions: 1, files: 4 },
			archive: { deleted: 1, months: 0 },
			errorLogs: { deleted: 1 },
			held: nothing,
			left: 0,
		});
		const real = await chat.runRetention(store, { dryRun: false, batchSize: 2 });
		expect(removed(real)).toEqual(removed(dry));
		expect(await whereabouts(stand.supabase, tenant)).toEqual({
			kept: ['young', 'hidden-lately'],
			archived: ['archived-364', 'changed', 'hidden-and-old', 'with-file', 'hidden-long'],
		});
		expect(await objects()).toEqual(['b.png', 'c.png']);
		const again = await chat.runRetention(store, { dryRun: false });
		expect(again.messages).toEqual({ archived: 0, deleted: 0, hidden: 0, versions: 0, files: 0 });
	});

	test('CS-20 a message of exactly the limit stays, one a microsecond older goes', async () => {
		await chat.storeMessages(store, [
			message({ id: 'exact' }),
			message({ id: 'older' }),
			message({ id: 'hid-exact', sentAt: daysAgo(40) }),
			message({ id: 'hid-older', sentAt: daysAgo(40) }),
		]);
		const at = daysAgo(1);
		for (const [id, column, span] of [
			['exact', 'sent_at', '2160 hours'],
			['older', 'sent_at', '2160 hours 1 microsecond'],
			['hid-exact', 'deleted_at', '720 hours'],
			['hid-older', 'deleted_at', '720 hours 1 microsecond'],
		])
			await stand.supabase.exec(
				`update opsdesk.messages set ${column} = $3::timestamptz - $4::interval where tenant_id = $1 and external_id = $2`,
				[tenant, id, at, span],
			);
		const batch = async (step: string, instant = at): Promise<unknown> =>
			await store.call('retention_batch', { step, at: instant }, { answer: z.unknown(), repeatable: false });
		for (const step of ['messages', 'messages', 'hidden', 'hidden']) await batch(step);
		expect(await whereabouts(stand.supabase, tenant)).toEqual({
			kept: ['exact', 'hid-exact'],
			archived: ['older', 'hid-older'],
		});
		await expect(batch('messages', daysAgo(-1))).rejects.toMatchObject({ code: 'invalid_input' });
	});

	test('an archived message is read again whole, with what it said before, by conversation, contact and time', async () => {
		const first = aged(120, { id: 'first', text: 'before', attachments: [file('a.png')], data: { n: null } });
		await chat.storeMessages(store, [first, edited(first, 'after')]);
		const [stored] = await chat.storeMessages(store, [
			aged(110, { id: 'second', sender: { id: '31', name: 'Boris' } }),
			aged(100, { id: 'third', replyTo: 'second' }),
		]);
		const whole = (await chat.getMessages(store, { order: 'oldest' })).items;
		await chat.runRetention(store, { dryRun: false });
		expect((await chat.getMessages(store)).items).toEqual([]);
		const page = await chat.getArchivedMessages(
			store,
			{ conversationId: stored?.conversationId ?? 0 },
			{ limit: 2 },
		);
		const rest = await chat.getArchivedMessages(
			store,
			{ conversationId: stored?.conversationId ?? 0 },
			{ limit: 2, cursor: page.cursor },
		);
		const items = [...page.items, ...rest.items].reverse();
		expect(items).toMatchObject(whole);
		expect(items[0]?.versions).toMatchObject([{ text: 'before', attachments: [file('a.png')] }]);
		expect(rest.cursor).toBeUndefined();
		const ids = async (query: chat.ArchiveQuery): Promise<string[]> =>
			(await chat.getArchivedMessages(store, query)).items.map(({ externalId }) => externalId);
		expect(await ids({ contactId: stored?.contactId ?? 0 })).toEqual(['second']);
		expect(await ids({ from: daysAgo(115), to: daysAgo(105) })).toEqual(['second']);
	});

	test('the archive goes by months, which nobody but it can read; one that is over is dropped, unless it is shared', async () => {
		const year = transport === 'supabase' ? 2018 : 2012;
		const other = stand.open(transport, { tenant: await stand.tenant() });
		const all = [
			`${year}-03-10T12:00:00Z`,
			`${year}-03-12T12:00:00Z`,
			`${year}-05-01T00:00:00Z`,
			`${year + 2}-01-31T23:59:59Z`,
		];
		for (const [one, times] of [
			[store, all],
			[other, all.slice(2, 3)],
		] as const) {
			await chat.setRetentionPolicy(one, { archive: { keepDays: 36_500 } });
			await chat.storeMessages(
				one,
				times.map((sentAt) => message({ sentAt, attachments: [file(sentAt)] })),
			);
			await chat.runRetention(one, { dryRun: false });
		}
		const months = async () =>
			(
				await stand.supabase.exec<{ name: string; open: boolean }>(
					`select right(c.relname, 7) as name, not c.relrowsecurity or exists (select from aclexplode(c.relacl) x
					where x.grantee <> c.relowner) as open
				from pg_inherits join pg_class c on c.oid = inhrelid
				where inhparent = 'opsdesk.message_archive'::regclass and c.relname between $1 and $2 order by 1`,
					[`message_archive_${year}`, `message_archive_${year + 3}`],
				)
			).map(({ name, open }) => (open ? `${name} is open` : name));
		expect(await months()).toEqual([`${year}_03`, `${year}_05`, `${year + 2}_01`]);
		const days = Math.floor((Date.now() - Date.UTC(year, 6)) / 86_400_000);
		await chat.setRetentionPolicy(store, { archive: { keepDays: days } });
		const dry = await chat.runRetention(store, { dryRun: true });
		expect(dry.archive).toEqual({ deleted: 3, months: 1 });
		const real = await chat.runRetention(store, { dryRun: false });
		expect(removed(real)).toEqual(removed(dry));
		expect(await months()).toEqual([`${year}_05`, `${year + 2}_01`]);
		expect(await objects()).toEqual(all.slice(0, 3));
		expect((await chat.getArchivedMessages(other)).items).toHaveLength(1);
	});

	test('without an archive messages are removed with their files, and a file that another still has stays', async () => {
		await chat.setRetentionPolicy(store, { messages: { keepDays: 10, archives: false } });
		await chat.storeMessages(store, [
			aged(11, { id: 'gone', attachments: [file('gone.png'), file('shared.png')] }),
			aged(9, { id: 'kept', attachments: [file('shared.png')] }),
		]);
		expect((await chat.runRetention(store, { dryRun: false })).messages).toMatchObject({
			archived: 0,
			deleted: 1,
			files: 2,
		});
		expect(await whereabouts(stand.supabase, tenant)).toEqual({ kept: ['kept'], archived: [] });
		expect(await objects()).toEqual(['gone.png']);
	});

	test('a file stays while the archive has it, and goes with the last archived message', async () => {
		await chat.storeMessages(store, [
			aged(100, { id: 'a', attachments: [file('both.png')] }),
			aged(200, { id: 'b', attachments: [file('both.png')] }),
		]);
		await chat.runRetention(store, { dryRun: false });
		await chat.setRetentionPolicy(store, { archive: { keepDays: 150 } });
		await chat.runRetention(store, { dryRun: false });
		expect(await objects()).toEqual([]);
		await chat.setRetentionPolicy(store, { archive: { keepDays: 95 } });
		await chat.runRetention(store, { dryRun: false, kinds: ['messages', 'errorLogs'] });
		expect(await objects()).toEqual([]);
		await chat.runRetention(store, { dryRun: false, kinds: ['archive'] });
		expect(await objects()).toEqual(['both.png']);
	});
});
