import * as chat from '../../../src/chat';
import type { Store } from '../../../src/store';
import { openStand, transportNames, type Stand } from '../store/stand';
import { everythingOf } from './privacy-stand';
import { aged, edited } from './retention-stand';

let stand: Stand;

beforeAll(async () => {
	stand = await openStand('chat-archived-words');
});
afterAll(() => stand?.close());

const anna = { id: '5550017', name: 'Zorlanda Quexley' };
const who = { identity: { platform: 'telegram', id: anna.id } };
const boris = { id: '31', name: 'Boris' };
const club = { id: 'club', kind: 'group' } as const;
const staff = { id: 'staff', kind: 'group' } as const;
const file = { kind: 'photo', storage: { provider: 's3', bucket: 'b', path: 'forwarded.png' } };
const quoting = (days: number, id: string, replyTo: string) =>
	aged(days, {
		id,
		replyTo,
		chat: club,
		sender: boris,
		text: `answer ${id}`,
		metadata: { reply_to_message: { text: 'her-words' } },
	});

describe.each(transportNames)('words of a person in the archive of others, over %s', (transport) => {
	let tenant: string;
	let store: Store;
	beforeEach(async () => {
		tenant = await stand.tenant();
		store = stand.open(transport, { tenant });
		await chat.storeMessages(store, [
			aged(100, { id: 'said', chat: club, sender: anna, text: 'her-words' }),
			aged(10, { id: 'said-later', chat: club, sender: anna, text: 'her-words' }),
			quoting(99, 'archived', 'said'),
			quoting(89, 'live', 'said'),
			quoting(9, 'young', 'said-later'),
			aged(95, {
				id: 'passed-on',
				chat: staff,
				sender: boris,
				text: 'her-words',
				forwardedFrom: { id: anna.id, name: anna.name },
				attachments: [file],
			}),
		]);
		await chat.runRetention(store, { dryRun: false });
	});
	const all = async () => (await everythingOf(stand.supabase, tenant)).join('\n');

	test('an erasure takes them out of what was passed on and quoted, and lists their files', async () => {
		expect(await chat.eraseContact(store, who)).toMatchObject({
			receipt: { counts: { messages: 1, archived: 1, forwarded: 1, objects: 1 } },
		});
		expect(await all()).not.toMatch(/her-words|Zorlanda|5550017|said|reply_to_message/);
		const { items } = await chat.getArchivedMessages(store);
		expect(items.map(({ type, text }) => text ?? type)).toEqual(['erased', 'answer archived']);
		const removed: string[] = [];
		await chat.removeObjects(store, async ({ path }) => void removed.push(path));
		expect(removed).toEqual(['forwarded.png']);
		const passedOn = aged(95, { id: 'passed-on', chat: staff, sender: boris });
		expect(await chat.storeMessages(store, [edited(passedOn, 'her-words')])).toMatchObject([
			{ status: 'duplicate' },
		]);
	});

	test('anonymised, no id of their messages and no name is left there, and answers still belong to them', async () => {
		await chat.anonymiseContact(store, who);
		expect(await all()).not.toMatch(/Zorlanda|5550017|"said|\(said|,said|reply_to_message/);
		const { items: archived } = await chat.getArchivedMessages(store);
		const { items: live } = await chat.getMessages(store, {});
		const answered = archived.find(({ type, sender }) => type === 'text' && sender?.name !== 'Boris');
		expect(answered?.externalId).toMatch(/^p-[0-9a-f]{24}$/);
		const answers = [...archived, ...live].filter(({ text }) => /answer (archived|live)/.test(text ?? ''));
		expect(answers.map(({ replyTo }) => replyTo?.externalId)).toEqual(Array(2).fill(answered?.externalId));
	});

	test('CS-21 a hold on who has passed on or answered refuses it, archived as well', async () => {
		const hold = await chat.placeHold(
			store,
			{ platform: 'telegram', account: 'helpbot', chatId: staff.id },
			'1',
		);
		const before = await all();
		await expect(chat.eraseContact(store, who)).rejects.toMatchObject({ code: 'on_hold' });
		expect(await all()).toBe(before);
		await chat.liftHold(store, hold.id);
		expect(await chat.eraseContact(store, who)).toMatchObject({ status: 'erased' });
	});
});
