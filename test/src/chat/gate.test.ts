import * as chat from '../../../src/chat';
import type { MessageInput } from '../../../src/shared';
import type { Store } from '../../../src/store';
import { openStand, transportNames, type Stand } from '../store/stand';
import { message } from './messages';
import { everythingOf } from './privacy-stand';

let stand: Stand;

beforeAll(async () => {
	stand = await openStand('chat-gate');
});
afterAll(() => stand?.close());

const phone = '79990001122';
const who = { identity: { platform: 'whatsapp', id: phone } };
const club = { id: 'club', kind: 'group' } as const;
const ago = (minutes: number): string => new Date(Date.now() - minutes * 60_000).toISOString();
const notice = (more = {}) =>
	message({
		platform: 'whatsapp',
		chat: { id: phone, title: 'Zorlanda' },
		direction: 'outbound',
		sender: undefined,
		text: 'Dear Zorlanda, your invoice',
		...more,
	});

describe.each(transportNames)('whose a message is, over %s', (transport) => {
	let tenant: string;
	let store: Store;
	const inTenant = async (rules?: string) => {
		tenant = await stand.tenant(rules);
		store = stand.open(transport, { tenant });
	};
	beforeEach(() => inTenant());
	const store1 = async (event: MessageInput) => (await chat.storeMessages(store, [event]))[0];
	const say = (
		purpose: 'chat_storage' | 'ai_analysis',
		granted: boolean,
		contact: Parameters<typeof chat.setConsent>[1] = who,
		more = {},
	) => chat.setConsent(store, contact, { purpose, granted, source: 'form', ...more });
	const all = async () => (await everythingOf(stand.supabase, tenant)).join('\n');

	test.each(['who is known by name only', 'who is not known'])(
		'what was written in private to a person %s, and never answered, is erased and kept out',
		async (kind) => {
			if (kind === 'who is known by name only')
				await chat.findOrCreateContact(store, who.identity, 'Zorlanda');
			await chat.storeMessages(store, [notice(), notice(), notice({ direction: 'inbound' })]);
			expect(await chat.eraseContact(store, who, { dryRun: true })).toMatchObject({
				counts: { messages: 3 },
			});
			expect(await chat.eraseContact(store, who)).toMatchObject({
				status: 'erased',
				receipt: { counts: { messages: 3, conversations: 1 } },
			});
			expect(await all()).not.toMatch(/79990001122|Zorlanda/);
			expect(await store1(notice())).toEqual({ status: 'refused', reason: 'erased' });
			expect(await chat.eraseContact(store, who)).toMatchObject({ status: 'erasedBefore' });
		},
	);

	test('CS-18 who has withdrawn before ever writing is not written to on record', async () => {
		await say('chat_storage', false);
		expect(await store1(notice())).toEqual({ status: 'refused', reason: 'consent' });
		await say('chat_storage', true);
		expect(await store1(notice())).toMatchObject({ status: 'created' });
		await say('chat_storage', false);
		expect(await store1(notice())).toEqual({ status: 'refused', reason: 'consent' });
	});

	test('CS-18 where consent is asked for first, what is written to who has given it is stored', async () => {
		await inTenant('{"requiresConsent": true}');
		expect(await store1(notice())).toEqual({ status: 'refused', reason: 'consent' });
		await say('chat_storage', true);
		expect(await store1(notice())).toMatchObject({ status: 'created' });
	});

	test('who is known only by an original that came after its edit takes part', async () => {
		const original = notice({ direction: 'inbound', chat: { id: 'opaque' }, sender: { id: phone } });
		const { sentAt: _, sender: __, ...same } = original;
		await store1({ ...same, event: 'edit', editedAt: ago(0) });
		await store1(original);
		expect(await chat.eraseContact(store, who)).toMatchObject({ receipt: { counts: { conversations: 1 } } });
	});

	test.each([{}, { requiresConsent: true }])(
		'CS-18 who has withdrawn still takes their messages back, and makes no other (%j)',
		async (rules) => {
			await inTenant(JSON.stringify(rules));
			await say('chat_storage', true);
			const sender = { id: phone };
			const first = message({ platform: 'whatsapp', chat: club, sender });
			await store1(first);
			await say('chat_storage', false);
			const removal = (id: string, from?: object) =>
				store1({ platform: 'whatsapp', account: 'helpbot', id, chat: club, event: 'delete', ...from });
			expect(await removal('unknown', { sender })).toEqual({ status: 'refused', reason: 'consent' });
			expect(await removal(String(first.id), { sender })).toMatchObject({ status: 'deleted' });
			expect((await chat.getMessages(store)).items).toEqual([]);
			expect((await all()).match(/^messages:/gm)).toHaveLength(1);
			// Whoever deletes is not made known by it.
			await removal(String(first.id), { sender: { id: '79990009999' } });
			expect((await chat.getContacts(store)).items).toHaveLength('requiresConsent' in rules ? 1 : 2);
		},
	);

	test('CS-18 an edit that does not say whose it is changes nothing of who has withdrawn', async () => {
		const first = message({ platform: 'whatsapp', chat: club, sender: { id: phone }, text: 'old words' });
		await store1(first);
		await say('chat_storage', false);
		const { sentAt: _, sender: __, ...same } = first;
		expect(await store1({ ...same, event: 'edit', text: 'new words', editedAt: ago(0) })).toEqual({
			status: 'refused',
			reason: 'consent',
			conversationId: expect.any(Number),
		});
		expect(await all()).not.toContain('new words');
	});

	test('a withdrawal outlives a merge, whatever is said of something else afterwards', async () => {
		const a = await chat.findOrCreateContact(store, who.identity);
		const b = await chat.findOrCreateContact(store, { platform: 'telegram', id: '7' });
		await say('chat_storage', false, { contactId: a.id }, { givenAt: '2026-01-01T00:00:00Z' });
		await say('chat_storage', true, { contactId: b.id }, { givenAt: '2026-02-01T00:00:00Z' });
		await chat.mergeContacts(store, b.id, a.id);
		expect(await say('ai_analysis', false)).toMatchObject({ storageAllowed: false });
		expect(await say('chat_storage', true, who, { givenAt: '2026-02-02T00:00:00Z' })).toMatchObject({
			storageAllowed: false,
		});
		expect(await say('chat_storage', true)).toMatchObject({ storageAllowed: true });
	});

	test.each(['merged', 'linked', 'changed', 'changed by a member'])(
		'who was anonymised and is known again (%s) is anonymised again, with the same pseudonym',
		async (how) => {
			await store1(
				message({ platform: 'whatsapp', chat: { id: phone }, sender: { id: phone, name: 'Zorlanda' } }),
			);
			const first = await chat.anonymiseContact(store, who);
			const contactId = 'contactId' in first ? first.contactId : 0;
			const telegram = { platform: 'telegram', id: '5550017' };
			if (how === 'merged') {
				const b = await chat.findOrCreateContact(store, telegram, 'Zorlanda');
				await chat.updateContact(store, { contactId: b.id }, { email: 'zq@example.com' });
				await chat.mergeContacts(store, b.id, contactId);
			} else if (how === 'linked') await chat.linkIdentity(store, contactId, telegram);
			else if (how === 'changed') await chat.updateContact(store, { contactId }, { phone });
			else
				await stand.supabase.exec('update opsdesk.contacts set phone = $2 where id = $1', [contactId, phone]);
			if (how !== 'changed by a member')
				expect(await chat.getContact(store, { contactId })).not.toHaveProperty('anonymisedAt');
			expect(await chat.anonymiseContact(store, { contactId })).toMatchObject({
				status: 'anonymised',
				pseudonym: 'pseudonym' in first ? first.pseudonym : '',
			});
			expect(await all()).not.toMatch(/79990001122|5550017|Zorlanda|zq@example/);
			expect(await chat.anonymiseContact(store, who)).toMatchObject({ status: 'anonymisedBefore' });
			const later = await store1(
				message({ platform: 'whatsapp', chat: { id: phone }, sender: { id: phone } }),
			);
			expect(later).toMatchObject({ status: 'created', contactId });
		},
	);
});
