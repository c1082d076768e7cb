import { createHash } from 'node:crypto';

import * as chat from '../../../src/chat';
import type { Store } from '../../../src/store';
import { openStand, transportNames, type Stand } from '../store/stand';
import { message } from './messages';
import { author, group, leaveTraces, person } from './privacy-stand';

let stand: Stand;

beforeAll(async () => {
	stand = await openStand('chat-consent');
});
afterAll(() => stand?.close());

const who = { identity: person };

describe.each(transportNames)('consent and export over %s', (transport) => {
	let tenant: string;
	let store: Store;
	beforeEach(async () => {
		tenant = await stand.tenant();
		store = stand.open(transport, { tenant });
	});
	const say = (purpose: 'chat_storage' | 'ai_analysis', granted: boolean, more = {}) =>
		chat.setConsent(store, who, { purpose, granted, source: 'test', ...more });
	const write = async (more = {}) =>
		(await chat.storeMessages(store, [message({ chat: group, sender: author, ...more })]))[0];

	test('CS-18 after a withdrawal nothing more is stored, whoever stores and whatever is under way', async () => {
		await write();
		const arriving = Array.from({ length: 30 }, () => write());
		await say('chat_storage', false);
		const [{ count } = { count: -1 }] = await stand.supabase.exec<{ count: number }>(
			'select count(*)::int from opsdesk.messages where tenant_id = $1',
			[tenant],
		);
		const answers = await Promise.all(arriving);
		expect(await write()).toEqual({ status: 'refused', reason: 'consent' });
		expect(
			await stand.supabase.exec('select count(*)::int from opsdesk.messages where tenant_id = $1', [tenant]),
		).toEqual([{ count }]);
		expect(answers.filter((answer) => answer?.status === 'created')).toHaveLength(count - 1);
		await say('chat_storage', true);
		expect(await write()).toMatchObject({ status: 'created' });
	});

	test('CS-18 what we write to a person in private falls under what they have said', async () => {
		const chatId = { id: person.id };
		await chat.storeMessages(store, [message({ chat: chatId, sender: author })]);
		await say('chat_storage', false);
		expect(
			await chat.storeMessages(store, [
				message({ chat: chatId, direction: 'outbound' }),
				message({ chat: group, sender: { id: '31' } }),
			]),
		).toMatchObject([{ status: 'refused' }, { status: 'created' }]);
	});

	test('CS-18 a tenant that asks first stores nothing of who has not agreed, not even that they wrote', async () => {
		tenant = await stand.tenant('{"requiresConsent": true}');
		store = stand.open(transport, { tenant });
		expect(await write()).toEqual({ status: 'refused', reason: 'consent' });
		expect((await chat.getContacts(store)).items).toEqual([]);
		await say('chat_storage', true);
		expect(await write()).toMatchObject({ status: 'created' });
	});

	test('of what was said the newest counts, by when it was said', async () => {
		await write();
		await say('chat_storage', true, { givenAt: '2026-01-02T00:00:00Z' });
		await say('chat_storage', false, { givenAt: '2026-01-01T00:00:00Z' });
		expect(await chat.getConsent(store, who)).toMatchObject({ storageAllowed: true, aiAllowed: true });
		const consent = await say('chat_storage', false, { givenAt: '2026-01-02T00:00:00Z', textVersion: '3' });
		expect(consent).toMatchObject({ storageAllowed: false });
		expect(consent.said.map(({ granted }) => granted)).toEqual([false, true, false]);
		await expect(say('chat_storage', true, { givenAt: '2100-01-01T00:00:00Z' })).rejects.toMatchObject({
			code: 'invalid_input',
		});
	});

	test('a refusal of analysis keeps a person’s messages, and what names them, from a language model', async () => {
		const recent = (minutes: number): string => new Date(Date.now() - minutes * 60_000).toISOString();
		await write({ text: 'theirs', sentAt: recent(3) });
		await chat.storeMessages(store, [
			message({ chat: group, sender: { id: '31' }, text: 'other', sentAt: recent(2) }),
		]);
		await say('ai_analysis', false);
		const named = { platform: 'telegram', account: 'helpbot', chatId: group.id };
		const forModel = await chat.getContext(store, named, { purpose: 'ai_analysis' });
		expect(forModel.messages.map(({ text }) => text)).toEqual(['other']);
		expect(forModel).toMatchObject({ withheld: 1, contacts: [{ aiAllowed: true }] });
		expect(forModel.conversation).not.toHaveProperty('title');
		expect((await chat.getContext(store, named)).messages).toHaveLength(2);
	});

	test('in private what we answered is kept from a language model as well', async () => {
		const recent = new Date(Date.now() - 60_000).toISOString();
		await chat.storeMessages(store, [
			message({ chat: { id: person.id }, sender: author, sentAt: recent }),
			message({ chat: { id: person.id }, direction: 'outbound', sentAt: recent }),
		]);
		await say('ai_analysis', false);
		const named = { platform: 'telegram', account: 'helpbot', chatId: person.id };
		expect(await chat.getContext(store, named, { purpose: 'ai_analysis' })).toMatchObject({
			messages: [],
			withheld: 2,
		});
	});

	test('CS-12 an export holds everything of the person, with counts and a checksum, and no text of anybody else', async () => {
		await leaveTraces(stand.supabase, store, tenant);
		const lines: string[] = [];
		for await (const line of chat.exportContact(store, who)) lines.push(line);
		const parsed = lines.map((line) => JSON.parse(line) as chat.ExportLine);
		expect(parsed[0]).toMatchObject({
			kind: 'profile',
			contact: { email: 'zq@example.com' },
			conversations: [{}, {}],
		});
		expect(parsed.at(-1)).toEqual({
			kind: 'end',
			counts: { messages: 2, files: 1, versions: 1, archived: 1 },
			sha256: createHash('sha256').update(lines.slice(0, -1).join('')).digest('hex'),
		});
		const text = lines.join('');
		expect(text.match(/my-own-words/g)?.length).toBeGreaterThanOrEqual(4);
		expect(text).not.toMatch(/Boris|Thanks|said so|invoice|something else/);
	});

	test('CS-12 of 25,000 messages none is missing', async () => {
		await write();
		await stand.supabase.exec(
			`insert into opsdesk.messages (tenant_id, conversation_id, chat_id, external_id, direction, author, sender_id, sent_at, content)
			select tenant_id, conversation_id, chat_id, 'n' || n, 'inbound', 'contact', sender_id, sent_at + n * interval '1 second', 'text ' || n
			from opsdesk.messages, generate_series(1, 24999) n where tenant_id = $1`,
			[tenant],
		);
		let count = 0;
		let end: unknown;
		for await (const line of chat.exportContact(store, who)) {
			count += 1;
			end = line;
		}
		expect(count).toBe(25_002);
		expect(JSON.parse(String(end))).toMatchObject({ kind: 'end', counts: { messages: 25_000 } });
		const startedAt = Date.now();
		expect(await chat.eraseContact(store, who)).toMatchObject({
			status: 'erased',
			receipt: { counts: { messages: 25_000 } },
		});
		expect(Date.now() - startedAt).toBeLessThan(20_000);
	});
});
