import * as chat from '../../../src/chat';
import type { MessageInput } from '../../../src/shared';
import type { Store } from '../../../src/store';
import { openStand, transportNames, type Stand } from '../store/stand';
import { message } from './messages';
import { everythingOf } from './privacy-stand';

let stand: Stand;

beforeAll(async () => {
	stand = await openStand('chat-returning');
});
afterAll(() => stand?.close());

const anna = { id: '5550017', name: 'Zorlanda Quexley' };
const who = { identity: { platform: 'telegram', id: anna.id } };
const boris = { id: '31', name: 'Boris' };
const club = { id: 'club', kind: 'group' } as const;
const home = { id: anna.id };
const ago = (minutes: number): string => new Date(Date.now() - minutes * 60_000).toISOString();

describe.each(transportNames)('who was erased or anonymised, over %s', (transport) => {
	let tenant: string;
	let store: Store;
	const inTenant = async (rules?: string) => {
		tenant = await stand.tenant(rules);
		store = stand.open(transport, { tenant });
	};
	beforeEach(() => inTenant());
	const store1 = async (event: MessageInput) => (await chat.storeMessages(store, [event]))[0];
	const write = (more = {}) => store1(message({ chat: club, sender: anna, text: 'their words', ...more }));
	const consent = (granted: boolean, more = {}) =>
		chat.setConsent(store, who, { purpose: 'chat_storage', granted, source: 'test', ...more });
	const all = async () => (await everythingOf(stand.supabase, tenant)).join('\n');

	test('who was anonymised is erased by the id they know, and kept out from then on', async () => {
		await write({ chat: home });
		await chat.anonymiseContact(store, who);
		await write({ text: 'their later words' });
		expect(await chat.eraseContact(store, who)).toMatchObject({
			status: 'erased',
			receipt: { counts: { messages: 2, conversations: 1 } },
		});
		expect(await all()).not.toMatch(/their.*words|5550017/);
		expect(await write()).toEqual({ status: 'refused', reason: 'erased' });
		expect(await write({ chat: home, direction: 'outbound', sender: undefined })).toMatchObject({
			reason: 'erased',
		});
		expect(await chat.eraseContact(store, who)).toMatchObject({ status: 'erasedBefore' });
	});

	test('who was anonymised and is erased by the number of the contact is kept out as well', async () => {
		const stored = await write();
		await chat.anonymiseContact(store, who);
		expect(await chat.eraseContact(store, { contactId: stored?.contactId ?? 0 })).toMatchObject({
			status: 'erased',
		});
		expect(await write()).toEqual({ status: 'refused', reason: 'erased' });
	});

	test('who was erased, is stored under a pseudonym and asks again is erased again, every time', async () => {
		await inTenant('{"erasedSenders": "pseudonymise"}');
		await write();
		await chat.eraseContact(store, who);
		for (const text of ['their new words', 'their newest words']) {
			expect(await write({ text })).toMatchObject({ status: 'created' });
			expect(await chat.eraseContact(store, who)).toMatchObject({
				status: 'erased',
				receipt: { counts: { messages: 1 } },
			});
			expect(await all()).not.toMatch(/their.*words|5550017/);
		}
		expect(await chat.eraseContact(store, who)).toMatchObject({ status: 'erasedBefore' });
	});

	test('what was stored under a pseudonym before a person agreed again goes with the rest', async () => {
		await inTenant('{"erasedSenders": "pseudonymise"}');
		await write();
		await chat.eraseContact(store, who);
		await write({ text: 'their veiled words' });
		expect(await consent(true)).toMatchObject({ storageAllowed: true });
		expect(await write({ text: 'their open words' })).toMatchObject({ status: 'created' });
		expect(await chat.eraseContact(store, who)).toMatchObject({ receipt: { counts: { messages: 2 } } });
		expect(await all()).not.toMatch(/their.*words|5550017/);
	});

	test.each(['anonymised', 'erased'])(
		'CS-18 who was %s withdraws by the id they know, and nothing more is stored under the pseudonym',
		async (kind) => {
			await inTenant('{"erasedSenders": "pseudonymise"}');
			await write();
			await (kind === 'erased' ? chat.eraseContact : chat.anonymiseContact)(store, who);
			expect(await consent(false)).toMatchObject({ storageAllowed: false });
			expect(await write()).toEqual({ status: 'refused', reason: 'consent' });
			expect(await all()).not.toContain('5550017');
		},
	);

	test('an agreement of before the erasure that arrives late, or is of the future, lets nobody in', async () => {
		await write();
		const givenAt = ago(60);
		await consent(true, { givenAt });
		const before = ago(0);
		await chat.eraseContact(store, who);
		for (const late of [givenAt, before, ago(-60)])
			expect(await consent(true, { givenAt: late })).toEqual({
				ignored: 'before the erasure',
				storageAllowed: false,
				aiAllowed: false,
				said: [],
			});
		expect(await write()).toEqual({ status: 'refused', reason: 'erased' });
		expect((await chat.getContacts(store)).items).toHaveLength(0);
		await consent(true);
		expect(await write()).toMatchObject({ status: 'created' });
		await chat.eraseContact(store, who);
		expect(await consent(true, { givenAt: before })).toHaveProperty('ignored');
	});

	test('CS-15 under a pseudonym neither number, file, place nor name is stored, and files are removed', async () => {
		await write();
		await chat.anonymiseContact(store, who);
		const shared = message({
			chat: home,
			sender: anna,
			type: 'contact',
			text: 'mine',
			data: { contact: { phone_number: '+79990001122', user_id: 5550017 } },
			topics: ['Quexley'],
			attachments: [
				{ kind: 'document', fileName: 'Passport Quexley.pdf', storage: { provider: 's3', path: 'p.pdf' } },
			],
		});
		const { sentAt: _, ...same } = shared;
		const edit: MessageInput = { ...same, event: 'edit', text: 'mine now', editedAt: ago(0) };
		expect(await store1(shared)).toMatchObject({ status: 'created' });
		expect(await store1(edit)).toMatchObject({ status: 'edited' });
		expect(await store1(edit)).toMatchObject({ status: expect.stringMatching(/duplicate|edited/) });
		const left = await all();
		expect(left).not.toMatch(/79990001122|Passport|5550017|Quexley/);
		expect(left.match(/^message_versions/gm)).toHaveLength(1);
		const removed: string[] = [];
		await chat.removeObjects(store, async ({ path }) => void removed.push(path));
		expect(removed).toEqual(['p.pdf']);
	});

	test('a deletion or an edit that does not say whose it is finds the message under its pseudonym', async () => {
		const first = message({ chat: club, sender: anna, text: 'first' });
		await store1(first);
		await chat.anonymiseContact(store, who);
		const { sentAt: _, sender: __, text: ___, ...named } = first;
		await store1({ ...named, event: 'edit', text: 'second', editedAt: ago(0) });
		expect((await chat.getMessages(store)).items.map(({ text }) => text)).toEqual(['second']);
		expect(await store1({ ...named, event: 'delete' })).toMatchObject({ status: 'deleted' });
		expect((await chat.getMessages(store)).items).toEqual([]);
		expect((await all()).match(/^messages:/gm)).toHaveLength(1);
	});

	test('an edit that is delivered again brings back neither a masked name nor words that were passed on', async () => {
		const spoken = message({ chat: club, sender: boris, text: 'x' });
		const passed = message({ chat: club, sender: boris, text: 'x', forwardedFrom: { id: anna.id } });
		const events = (['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'] as const).flatMap((letter) =>
			[spoken, passed].map(({ sentAt: _, ...same }): MessageInput => ({
				...same,
				id: `${same.id}${letter}`,
				event: 'edit',
				text: `Zorlanda Quexley said ${letter}`,
				editedAt: ago(1),
				revision: 3,
			})),
		);
		const originals = events.map(({ id }) => ({
			...(String(id).startsWith(spoken.id.toString()) ? spoken : passed),
			id,
		}));
		await chat.storeMessages(store, [message({ chat: club, sender: anna }), ...originals]);
		await chat.storeMessages(store, events);
		await chat.eraseContact(store, who);
		const before = await everythingOf(stand.supabase, tenant);
		expect(before.join('\n')).not.toContain('Quexley');
		expect((await chat.storeMessages(store, events)).map(({ status }) => status)).toEqual(
			events.map(() => 'duplicate'),
		);
		expect(await everythingOf(stand.supabase, tenant)).toEqual(before);
	});

	test('who was erased, kept under a pseudonym, let in again and anonymised is one pseudonym with all they wrote', async () => {
		await inTenant('{"erasedSenders":"pseudonymise"}');
		await write({ chat: home });
		await chat.eraseContact(store, who);
		await write({ chat: home, text: 'under a pseudonym' });
		await write({ text: 'in the club' });
		await consent(true, { givenAt: new Date().toISOString() });
		await write({ chat: home, text: 'let in again' });
		await write({ text: 'in the club again' });
		const first = await chat.anonymiseContact(store, who);
		expect(first).toMatchObject({ status: 'anonymised' });
		expect(await all()).not.toMatch(/5550017|Quexley/);
		const { items } = await chat.getMessages(store, { order: 'oldest' });
		expect(items.map(({ text }) => text)).toEqual([
			'under a pseudonym',
			'in the club',
			'let in again',
			'in the club again',
		]);
		expect(new Set(items.map(({ sender }) => sender?.id)).size).toBe(1);
		const [there, , here] = items.map(({ conversationId }) => conversationId);
		expect(here).toBe(there);
		expect(await chat.anonymiseContact(store, who)).toMatchObject({ status: 'anonymisedBefore' });
	});

	test('what a text said before it was masked is not found by trying out texts', async () => {
		const spoken = message({ chat: club, sender: boris, text: 'Call 5550017' });
		const { sentAt: _, ...same } = spoken;
		await chat.storeMessages(store, [message({ chat: club, sender: anna }), spoken]);
		await store1({ ...same, event: 'edit', text: 'nothing', editedAt: ago(0) });
		await chat.eraseContact(store, who);
		const [plain] = await stand.supabase.exec<{ found: boolean }>(
			`select bool_or(digest = encode(sha256(convert_to(e'text\\x1fCall 5550017\\x1f\\x1f', 'UTF8')), 'hex')) as found
			from opsdesk.message_versions where tenant_id = $1`,
			[tenant],
		);
		expect(plain).toEqual({ found: false });
	});
});
