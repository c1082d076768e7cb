import * as chat from '../../../src/chat';
import type { Store } from '../../../src/store';
import { openStand, transportNames, type Stand } from '../store/stand';
import { message } from './messages';
import { everythingOf } from './privacy-stand';

let stand: Stand;

beforeAll(async () => {
	stand = await openStand('chat-holds');
});
afterAll(() => stand?.close());

const staff = { id: 'staff', kind: 'group' } as const;
const club = { id: 'club', kind: 'group' } as const;
const anna = { id: '812345', name: 'Anna Petrova' };
const boris = { id: '31', name: 'Boris' };
const who = { identity: { platform: 'telegram', id: anna.id } };
const onBoris = { identity: { platform: 'telegram', id: boris.id } };
const onStaff = { platform: 'telegram', account: 'helpbot', chatId: staff.id };
const file = { kind: 'photo', storage: { provider: 's3', bucket: 'b', path: 'a.png' } };

describe.each(transportNames)('holds and what others own over %s', (transport) => {
	let tenant: string;
	let store: Store;
	beforeEach(async () => {
		tenant = await stand.tenant();
		store = stand.open(transport, { tenant });
	});
	const objects = async () =>
		(
			await stand.supabase.exec<{ storage_path: string }>(
				'select storage_path from opsdesk.object_removals where tenant_id = $1',
				[tenant],
			)
		).map(({ storage_path: path }) => path);

	describe.each([
		['a person', onBoris],
		['a conversation', onStaff],
	])('a hold on %s', (_, held) => {
		test('CS-21 refuses to erase who else would lose messages that it keeps', async () => {
			await chat.storeMessages(store, [
				message({ chat: club, sender: anna }),
				message({ chat: staff, sender: boris, forwardedFrom: { id: anna.id }, attachments: [file] }),
			]);
			const hold = await chat.placeHold(store, held, 'case 4711');
			const before = await everythingOf(stand.supabase, tenant);
			for (const dryRun of [false, true])
				await expect(chat.eraseContact(store, who, { dryRun })).rejects.toMatchObject({
					code: 'on_hold',
					message: expect.stringContaining('case 4711'),
				});
			expect(await everythingOf(stand.supabase, tenant)).toEqual(before);
			await chat.liftHold(store, hold.id);
			expect(await chat.eraseContact(store, who)).toMatchObject({ status: 'erased' });
			expect(await objects()).toEqual(['a.png']);
		});

		test('CS-21 keeps a name in what it keeps, which is counted, until it is lifted', async () => {
			await chat.storeMessages(store, [
				message({ chat: club, sender: anna }),
				message({ chat: staff, sender: boris, text: 'Anna Petrova was here' }),
				message({ chat: staff, sender: { id: '32' }, text: 'nobody' }),
				message({ chat: { id: 'other', kind: 'group' }, sender: { id: '32' }, text: 'Anna Petrova' }),
			]);
			const hold = await chat.placeHold(store, held, 'case 4711');
			const erased = await chat.eraseContact(store, who);
			expect(erased).toMatchObject({ receipt: { counts: { masked: 1, maskingHeld: 1 } } });
			const texts = async () =>
				(await chat.getMessages(store, { order: 'oldest' })).items.map(({ text }) => text);
			expect(await texts()).toEqual(['Anna Petrova was here', 'nobody', '[…]']);
			await chat.liftHold(store, hold.id);
			expect(await texts()).toEqual(['[…] was here', 'nobody', '[…]']);
			expect((await everythingOf(stand.supabase, tenant)).join('\n')).not.toContain('Petrova');
		});
	});

	test('CS-21 an answer of a held person keeps what it answers: neither erased nor anonymised', async () => {
		const asked = message({ chat: club, sender: anna });
		await chat.storeMessages(store, [asked, message({ chat: club, sender: boris, replyTo: asked.id })]);
		await chat.placeHold(store, onBoris, 'case 4711');
		for (const attempt of [chat.eraseContact, chat.anonymiseContact])
			await expect(attempt(store, who)).rejects.toMatchObject({ code: 'on_hold' });
	});

	test('what was passed on from the same id on another platform is somebody else’s', async () => {
		await chat.storeMessages(store, [
			message({ platform: 'web', chat: { id: 'w' }, sender: { id: anna.id } }),
			message({ chat: club, sender: anna }),
			message({ chat: staff, sender: boris, text: 'news', forwardedFrom: { id: anna.id } }),
		]);
		const erased = await chat.eraseContact(store, { identity: { platform: 'web', id: anna.id } });
		expect(erased).toMatchObject({ receipt: { counts: { messages: 1, forwarded: 0 } } });
		expect((await chat.getMessages(store, {})).items[0]).toMatchObject({
			text: 'news',
			forwardedFrom: { id: anna.id },
		});
	});

	test('CS-17 an object stays in the storage while another message has it, and goes with the last', async () => {
		await chat.storeMessages(store, [
			message({ chat: club, sender: anna, attachments: [file] }),
			message({ chat: club, sender: boris, attachments: [file] }),
		]);
		await chat.eraseContact(store, who);
		expect(await objects()).toEqual([]);
		await chat.eraseContact(store, onBoris);
		expect(await objects()).toEqual(['a.png']);
	});
});
