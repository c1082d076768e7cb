import * as chat from '../../../src/chat';
import type { Store } from '../../../src/store';
import { openStand, transportNames, type Stand } from '../store/stand';
import { message } from './messages';

let stand: Stand;

beforeAll(async () => {
	stand = await openStand('chat-contacts');
});
afterAll(() => stand?.close());

describe.each(transportNames)('contacts and conversations over %s', (transport) => {
	let tenant: string;
	let store: Store;
	beforeEach(async () => {
		tenant = await stand.tenant();
		store = stand.open(transport, { tenant });
	});
	const anna = { platform: 'telegram', id: '4242' };

	test('of many who look for a contact at once, one creates it', async () => {
		const found = await Promise.all(
			Array.from({ length: 20 }, () => chat.findOrCreateContact(store, anna, 'Anna')),
		);
		expect(found.filter(({ created }) => created)).toHaveLength(1);
		expect(new Set(found.map(({ id }) => id)).size).toBe(1);
		expect((await chat.getContacts(store)).items).toHaveLength(1);
	});

	test('a contact shows its identities and what it has written, and is known by both', async () => {
		const [stored] = await chat.storeMessages(store, [
			message({ sentiment: 'positive', sentimentScore: 0.5 }),
			message(),
		]);
		const contact = await chat.getContact(store, { identity: anna });
		expect(contact).toMatchObject({
			id: stored?.contactId,
			name: 'Anna Petrova',
			status: 'active',
			messages: 2,
			averageSentiment: 0.5,
			identities: [{ platform: 'telegram', id: '4242', username: 'annap' }],
		});
		expect(await chat.getContact(store, { contactId: contact.id })).toEqual(contact);
		await expect(chat.getContact(store, { contactId: 999_999_999 })).rejects.toMatchObject({
			code: 'not_found',
		});
	});

	test('an id on Messenger or Instagram is another person on another page', async () => {
		const answers = await chat.storeMessages(
			store,
			['page1', 'page2'].map((account) => message({ platform: 'instagram', account, sender: { id: '1' } })),
		);
		expect(new Set(answers.map(({ contactId }) => contactId)).size).toBe(2);
	});

	test('a name that changes is taken over from newer messages only', async () => {
		const soon = (seconds: number): string => new Date(Date.now() + seconds * 1000).toISOString();
		await chat.storeMessages(store, [message()]);
		await chat.storeMessages(store, [
			message({ sender: { id: '4242', name: 'Old' }, sentAt: '2020-01-01T00:00:00Z' }),
		]);
		const name = async () => (await chat.getContact(store, { identity: anna })).identities[0]?.name;
		expect(await name()).toBe('Anna Petrova');
		await chat.storeMessages(store, [
			message({ sender: { id: '4242', name: 'Anna Orlova' }, sentAt: soon(60) }),
		]);
		expect(await name()).toBe('Anna Orlova');
	});

	test('fields are set and emptied; what is not given stays', async () => {
		const { id } = await chat.findOrCreateContact(store, anna, 'Anna');
		await chat.updateContact(
			store,
			{ contactId: id },
			{ tags: ['a', 'b'], status: 'vip', notes: 'n', traits: { x: 1 } },
		);
		expect(await chat.updateContact(store, { contactId: id }, { notes: null })).toMatchObject({
			name: 'Anna',
			tags: ['a', 'b'],
			status: 'vip',
			traits: { x: 1 },
		});
		expect((await chat.getContacts(store, { tag: 'b' })).items).toHaveLength(1);
		expect((await chat.getContacts(store, { tag: 'c' })).items).toHaveLength(0);
		await expect(
			chat.updateContact(store, { contactId: id }, { status: 'king' as 'vip' }),
		).rejects.toMatchObject({ code: 'invalid_input' });
	});

	test('two contacts become one: messages, consent and facts; again changes nothing; the former id still finds it', async () => {
		const [a, b] = await chat.storeMessages(store, [
			message(),
			message({ platform: 'whatsapp', chat: { id: 'w' }, sender: { id: '+49170', name: 'Anna W' } }),
		]);
		const [from, into] = [b?.contactId ?? 0, a?.contactId ?? 0];
		await chat.updateContact(store, { contactId: from }, { tags: ['w'], email: 'a@example.com' });
		await chat.setConsent(
			store,
			{ contactId: from },
			{ purpose: 'ai_analysis', granted: false, source: 'test' },
		);
		expect(await chat.mergeContacts(store, from, into)).toMatchObject({
			id: into,
			merged: true,
			aiConsent: false,
		});
		expect(await chat.mergeContacts(store, from, into)).toMatchObject({ id: into, merged: false });
		expect(await chat.getContact(store, { contactId: from })).toMatchObject({
			id: into,
			messages: 2,
			email: 'a@example.com',
			tags: ['w'],
			identities: [{ platform: 'telegram' }, { platform: 'whatsapp' }],
		});
		expect((await chat.getMessages(store, { contactId: into })).items).toHaveLength(2);
		const [later] = await chat.storeMessages(store, [
			message({ platform: 'whatsapp', sender: { id: '+49170' } }),
		]);
		expect(later?.contactId).toBe(into);
	});

	test('an identity is linked once, and not to two', async () => {
		const [first, second] = [
			await chat.findOrCreateContact(store, anna),
			await chat.findOrCreateContact(store, { platform: 'sms', id: '+1' }),
		];
		const mail = { platform: 'email', id: 'a@example.com' };
		await chat.linkIdentity(store, first.id, mail);
		expect((await chat.linkIdentity(store, first.id, mail)).identities).toHaveLength(2);
		await expect(chat.linkIdentity(store, second.id, mail)).rejects.toMatchObject({
			code: 'conflict',
			message: `This identity belongs to contact ${first.id}.`,
		});
	});

	test('conversations are listed by their last message, filtered, and page by page', async () => {
		for (const id of ['a', 'b', 'c'])
			await chat.storeMessages(store, [message({ chat: { id, kind: 'group', title: id } })]);
		await chat.storeMessages(store, [message({ chat: { id: 'a', kind: 'group', title: 'A!' } })]);
		const first = await chat.getConversations(store, {}, { limit: 2 });
		const rest = await chat.getConversations(store, {}, { cursor: first.cursor });
		expect([...first.items, ...rest.items].map(({ title }) => title)).toEqual(['A!', 'c', 'b']);
		const named = { platform: 'telegram', account: 'helpbot', chatId: 'b' };
		await chat.updateConversation(store, named, { status: 'closed', tier: 'vip', summary: 'S' });
		expect(await chat.getConversation(store, named)).toMatchObject({
			status: 'closed',
			tier: 'vip',
			summary: 'S',
		});
		expect((await chat.getConversations(store, { status: 'closed' })).items).toHaveLength(1);
		expect(await chat.markRead(store, named)).toMatchObject({ isUnread: false });
		expect(await chat.markRead(store, named, '2020-01-01T00:00:00Z')).toMatchObject({ isUnread: false });
		expect((await chat.getConversations(store, { unread: true })).items).toHaveLength(2);
		expect(await chat.updateConversation(store, named, { tier: null })).not.toHaveProperty('tier');
	});

	test('CS-36 a member who is removed is assigned to nothing new, and a deleted one leaves no assignment behind', async () => {
		await chat.storeMessages(store, [message({ chat: { id: 'a', kind: 'group' } })]);
		const named = { platform: 'telegram', account: 'helpbot', chatId: 'a' };
		const [member] = await stand.supabase.exec<{ id: string }>(
			`insert into opsdesk.members (tenant_id, name) values ($1, 'Max') returning id`,
			[tenant],
		);
		const assignedMemberId = Number(member?.id);
		expect(await chat.updateConversation(store, named, { assignedMemberId })).toMatchObject({
			assignedMemberId,
		});
		await stand.supabase.exec('update opsdesk.members set removed_at = now() where id = $1', [
			assignedMemberId,
		]);
		await expect(chat.updateConversation(store, named, { assignedMemberId })).rejects.toMatchObject({
			code: 'not_found',
		});
		await stand.supabase.exec('delete from opsdesk.members where id = $1', [assignedMemberId]);
		expect(await chat.getConversation(store, named)).not.toHaveProperty('assignedMemberId');
	});

	test('what a member writes is no message of a contact', async () => {
		const [member] = await stand.supabase.exec<{ id: string }>(
			`insert into opsdesk.members (tenant_id, name) values ($1, 'Max') returning id`,
			[tenant],
		);
		await stand.supabase.exec(
			`insert into opsdesk.member_channels (tenant_id, member_id, platform, external_id) values ($1, $2, 'telegram', '77')`,
			[tenant, member?.id],
		);
		const memberId = Number(member?.id);
		const bySelf = { sender: { id: '77', name: 'Max' } };
		// Alone and among others is not the same way.
		expect(await chat.storeMessages(store, [message(bySelf)])).toMatchObject([{ memberId }]);
		expect(await chat.storeMessages(store, [message(bySelf), message(bySelf)])).toMatchObject([
			{ memberId },
			{ memberId },
		]);
		const { items } = await chat.getMessages(store);
		expect(items).toMatchObject(Array(3).fill({ author: 'member', memberId }));
		expect((await chat.getContacts(store)).items).toEqual([]);
	});

	test('statistics count a conversation as it is', async () => {
		await chat.storeMessages(store, [
			message({ sentiment: 'negative', sentimentScore: -1, sentAt: '2026-01-01T00:00:00Z' }),
			message({ direction: 'outbound', sentAt: '2026-01-02T00:00:00Z' }),
			message({ sender: { id: '9' }, attachments: [{ kind: 'photo' }], sentAt: '2026-01-02T10:00:00Z' }),
		]);
		const named = { platform: 'telegram', account: 'helpbot', chatId: '-100500' };
		const counts = await chat.summariseStatistics(store, named);
		expect(counts).toMatchObject({
			messages: 3,
			inbound: 2,
			outbound: 1,
			files: 1,
			participants: 2,
			activeDays: 2,
		});
		expect(counts).toMatchObject({ negative: 1, averageSentiment: -1 });
		expect(await chat.summariseStatistics(store, named, { from: '2026-01-02T00:00:00Z' })).toMatchObject({
			messages: 2,
		});
	});
});
