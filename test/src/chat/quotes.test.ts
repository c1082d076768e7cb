import * as chat from '../../../src/chat';
import type { Store } from '../../../src/store';
import { openStand, transportNames, type Stand } from '../store/stand';
import { message } from './messages';
import { everythingOf } from './privacy-stand';

let stand: Stand;

beforeAll(async () => {
	stand = await openStand('chat-quotes');
});
afterAll(() => stand?.close());

const anna = { id: '5550017', name: 'Zorlanda Quexley' };
const boris = { id: '31', name: 'Boris' };
const who = { identity: { platform: 'telegram', id: anna.id } };
const club = { id: 'club', kind: 'group' } as const;
const named = { platform: 'telegram', account: 'helpbot', chatId: club.id };
const recent = () => new Date(Date.now() - 60_000).toISOString();
const file = { kind: 'photo', storage: { provider: 's3', bucket: 'b', path: 'a.png' } };
/** What others bring along of what she has said. */
const brought = () => [
	message({
		chat: club,
		sender: boris,
		sentAt: recent(),
		text: 'her-words',
		forwardedFrom: { id: anna.id, name: anna.name },
		attachments: [file],
	}),
	message({
		chat: club,
		sender: boris,
		sentAt: recent(),
		text: 'no',
		entities: [{ type: 'text_mention', user: { id: 5550017 } }],
		metadata: { reply_to_message: { from: { id: 5550017, first_name: 'Zorlanda' }, text: 'her-words' } },
	}),
];

describe.each(transportNames)('what others bring along, over %s', (transport) => {
	let tenant: string;
	let store: Store;
	beforeEach(async () => {
		tenant = await stand.tenant();
		store = stand.open(transport, { tenant });
	});
	const all = async () => (await everythingOf(stand.supabase, tenant)).join('\n');

	test('words of a person who was erased do not come back passed on or quoted, and files of them are removed', async () => {
		await chat.storeMessages(store, [message({ chat: club, sender: anna })]);
		await chat.eraseContact(store, who);
		expect((await chat.storeMessages(store, brought())).map(({ status }) => status)).toEqual([
			'created',
			'created',
		]);
		expect(await all()).not.toMatch(/her-words|Zorlanda|5550017/);
		const { items } = await chat.getMessages(store, { order: 'oldest' });
		expect(items).toMatchObject([{ type: 'erased', forwardedFrom: { erased: true } }, { text: 'no' }]);
		const removed: string[] = [];
		await chat.removeObjects(store, async ({ path }) => void removed.push(path));
		expect(removed).toEqual(['a.png']);
	});

	test('words of a person who was anonymised are passed on under the pseudonym', async () => {
		await chat.storeMessages(store, [message({ chat: club, sender: anna })]);
		const { pseudonym } = { pseudonym: '', ...(await chat.anonymiseContact(store, who)) };
		await chat.storeMessages(store, brought());
		expect(await all()).not.toMatch(/Zorlanda|5550017/);
		const [first] = (await chat.getMessages(store, { order: 'oldest' })).items.filter(
			({ text }) => text === 'her-words',
		);
		expect(first).toMatchObject({ forwardedFrom: { id: pseudonym } });
	});

	test('what a person keeps from language models does not reach them passed on or quoted', async () => {
		await chat.storeMessages(store, [message({ chat: club, sender: anna, sentAt: recent() }), ...brought()]);
		await chat.setConsent(store, who, { purpose: 'ai_analysis', granted: false, source: 'test' });
		const forModel = await chat.getContext(store, named, { purpose: 'ai_analysis' });
		expect(forModel.messages.map(({ text }) => text)).toEqual(['no']);
		expect(forModel.withheld).toBe(2);
		expect(JSON.stringify(forModel)).not.toMatch(/her-words|Zorlanda|5550017/);
		expect(JSON.stringify(await chat.getContext(store, named))).toMatch(/her-words/);
	});

	test('CS-12 an export holds neither quotes of others nor what was passed on from them', async () => {
		const [passed, quoted] = brought();
		await chat.storeMessages(store, [
			message({ chat: club, sender: anna }),
			...(passed && quoted ? [passed, quoted] : []),
		]);
		if (passed) {
			const { sentAt: _, ...same } = passed;
			await chat.storeMessages(store, [
				{ ...same, event: 'edit', text: 'her-words, too', editedAt: new Date().toISOString() },
			]);
		}
		const lines: string[] = [];
		for await (const line of chat.exportContact(store, { identity: { platform: 'telegram', id: boris.id } }))
			lines.push(line);
		expect(lines.join('')).not.toMatch(/her-words|Zorlanda|5550017/);
		expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({
			kind: 'end',
			counts: { messages: 2, versions: 1 },
		});
	});

	test('a summary of what was read before an erasure is refused after it', async () => {
		await chat.storeMessages(store, [
			message({ chat: club, sender: anna }),
			message({ chat: club, sender: boris }),
		]);
		const asOf = new Date().toISOString();
		await chat.eraseContact(store, who);
		const summary = { summary: 'Zorlanda wants' };
		await expect(chat.updateConversation(store, named, summary, { asOf })).rejects.toMatchObject({
			code: 'conflict',
		});
		const later = new Date(Date.now() + 1).toISOString();
		await chat.updateConversation(store, named, { summary: 'They want' }, { asOf: later });
		expect(await all()).not.toContain('Zorlanda');
	});
});
