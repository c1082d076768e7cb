import * as chat from '../../../../src/chat';
import type { Store } from '../../../../src/store';
import { openStand, transportNames, type Stand } from '../../store/stand';
import { message } from '../messages';

let stand: Stand;

beforeAll(async () => {
	stand = await openStand('chat-import-again');
});
afterAll(() => stand?.close());

const users = { source: 'chat-company', table: 'users' } as const;
const conversations = { source: 'chat-company', table: 'conversations' } as const;
const anna = { identity: { platform: 'telegram', id: '4242' } };
const row = { telegram_id: '4242', name: 'Anna', status: 'blocked', tags: ['old'], interests: ['chess'] };
const talk = {
	platform: 'telegram',
	chat_id: '-5',
	chat_type: 'group',
	summary: 'Anna wants',
	key_topics: ['Anna'],
	important_links: ['https://example.com/anna'],
	participants: ['4242', '9'],
	archived_at: '2026-01-03T00:00:00Z',
};
const group = { platform: 'telegram', chatId: '-5' };

describe.each(transportNames)('importing again over %s', (transport) => {
	let store: Store;
	beforeEach(async () => {
		store = stand.open(transport, { tenant: await stand.tenant() });
	});
	const bring = async (what: Parameters<typeof chat.importRows>[1], one: chat.SourceRow) =>
		(await chat.importRows(store, what, [one])).counts;

	test('who was unblocked here, and lost tags and interests, is not given them back', async () => {
		expect(await bring(users, row)).toEqual({ created: 1 });
		expect(await chat.getContact(store, anna)).toMatchObject({ status: 'blocked', tags: ['old'] });
		await chat.updateContact(store, anna, { status: 'active', tags: [], interests: [] });
		expect(await bring(users, row)).toEqual({ duplicate: 1 });
		expect(await chat.getContact(store, anna)).toMatchObject({ status: 'active', tags: [], interests: [] });
		expect(await bring(users, { ...row, bio: 'b' })).toEqual({ updated: 1 });
		expect(await chat.getContact(store, anna)).toMatchObject({ status: 'active', bio: 'b' });
	});

	test('the first import tells the status, tags and interests of who is here by their messages', async () => {
		await chat.storeMessages(store, [message({ sender: { id: '4242', name: 'Anna' } })]);
		expect(await bring(users, row)).toEqual({ updated: 1 });
		expect(await chat.getContact(store, anna)).toMatchObject({
			status: 'blocked',
			tags: ['old'],
			interests: ['chess'],
		});
	});

	test('who was imported stays so when joined into another contact', async () => {
		await bring(users, row);
		const into = await chat.findOrCreateContact(store, { platform: 'sms', id: '1' });
		const { id } = await chat.getContact(store, anna);
		await chat.mergeContacts(store, id, into.id);
		await chat.updateContact(store, anna, { status: 'active', tags: [] });
		await bring(users, row);
		expect(await chat.getContact(store, anna)).toMatchObject({ id: into.id, status: 'active', tags: [] });
	});

	test('a conversation that was taken out of the archive here is not archived again', async () => {
		await chat.storeMessages(store, [
			message({ account: 'default', chat: { id: '-5', kind: 'group' }, sender: { id: '9' } }),
		]);
		expect(await bring(conversations, talk)).toEqual({ updated: 1 });
		expect(await chat.getConversation(store, group)).toMatchObject({
			archivedAt: expect.any(String) as string,
		});
		await chat.updateConversation(store, group, { archived: false });
		expect(await bring(conversations, talk)).toEqual({ duplicate: 1 });
		expect(await chat.getConversation(store, group)).not.toHaveProperty('archivedAt');
	});

	test('CS-15 no summary of somebody who was erased comes back, be it their first import or another one', async () => {
		await bring(conversations, talk);
		expect(await chat.getConversation(store, group)).toMatchObject({ summary: 'Anna wants' });
		await chat.eraseContact(store, anna);
		for (const chatId of ['-5', '-6']) {
			await bring(conversations, { ...talk, chat_id: chatId });
			const found = await chat.getConversation(store, { ...group, chatId });
			expect(found).not.toHaveProperty('summary');
			expect([found.keyTopics, found.links]).toEqual([[], []]);
		}
		await bring(conversations, { ...talk, chat_id: '-7', participants: ['9'] });
		expect(await chat.getConversation(store, { ...group, chatId: '-7' })).toHaveProperty('summary');
	});
});
