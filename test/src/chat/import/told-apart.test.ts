import * as chat from '../../../../src/chat';
import type { Store } from '../../../../src/store';
import { openStand, transportNames, type Stand } from '../../store/stand';
import { edited } from '../retention-stand';

let stand: Stand;

beforeAll(async () => {
	stand = await openStand('chat-import-told-apart');
});
afterAll(() => stand?.close());

const memory = { source: 'n8n-chat-memory', table: 'n8n_chat_histories' } as const;
const requests = { source: 'help-desk', table: 'client_requests' } as const;
const messages = { source: 'chat-company', table: 'messages' } as const;
const said = (id: number, content: string, more: object = {}) => ({
	id,
	session_id: '55',
	message: { type: 'human', content },
	...more,
});
const request = (id: number, text: string) => ({
	...{ id, chat_id: '55', client_id: '55', client_name: 'Anna', message_text: text },
	timestamp: '2026-01-05T10:00:00Z',
});
const sent = (text: string, more: object = {}) => ({
	...{ platform: 'telegram', platform_message_id: '1', chat_id: '55', sender_id: '55', content: text },
	timestamp: '2026-01-05T10:00:00Z',
	...more,
});

describe.each(transportNames)('rows with the same number over %s', (transport) => {
	let store: Store;
	beforeEach(async () => {
		store = stand.open(transport, { tenant: await stand.tenant() });
	});
	const texts = async () =>
		(await chat.getMessages(store, { order: 'oldest' })).items.map(({ externalId, text }) => [
			externalId,
			text,
		]);

	test('two memory tables are told apart by their names, and one without keeps its ids', async () => {
		await chat.importRows(store, memory, [said(7, 'support')]);
		const sales = { tableName: 'sales' };
		expect(await chat.importRows(store, memory, [said(7, 'sales')], sales)).toMatchObject({
			counts: { created: 1 },
			problems: [],
		});
		expect(await chat.importRows(store, memory, [said(7, 'sales')], sales)).toMatchObject({
			counts: { duplicate: 1 },
			problems: [],
		});
		expect((await chat.importRows(store, memory, [said(7, 'support')])).problems).toEqual([]);
		expect((await texts()).sort()).toEqual([
			['memory:7', 'support'],
			['memory:sales:7', 'sales'],
		]);
		await chat.importRows(store, requests, [request(7, 'one')]);
		await chat.importRows(store, requests, [request(7, 'two')], { tableName: 'old' });
		expect(await texts()).toEqual(
			expect.arrayContaining([
				['request:7', 'one'],
				['request:old:7', 'two'],
			]),
		);
	});

	test('a row that says something else than the message under its id is listed by its number, and not stored', async () => {
		await chat.importRows(store, memory, [said(7, 'support'), said(8, 'same')]);
		const rows = [said(6, 'x', { session_id: '' }), said(7, 'sales'), said(8, 'same'), said(9, 'new')];
		const done = await chat.importRows(store, memory, rows);
		expect(done.counts).toEqual({ failed: 1, duplicate: 2, created: 1 });
		expect(done.problems).toMatchObject([
			{ row: 1, field: 'session_id' },
			{
				row: 2,
				field: 'id',
				stored: false,
				problem: expect.stringContaining('says something else; if it is a row of another table') as string,
			},
		]);
		const twice = await chat.importRows(store, messages, [sent('first'), sent('second')]);
		expect(twice).toMatchObject({
			counts: { created: 1, duplicate: 1 },
			problems: [{ row: 2, field: 'platform_message_id', stored: false }],
		});
		expect((await texts()).map(([, text]) => text)).not.toContain('second');
	});

	test('what the message said before, here or in the archive, is nothing else', async () => {
		const telegram = {
			...{ platform: 'telegram', account: 'default', id: '1', chat: { id: '55' }, sender: { id: '55' } },
			...{ sentAt: '2026-01-05T10:00:00Z', text: 'first' },
		};
		await chat.importRows(store, messages, [sent('first')]);
		await chat.storeMessages(store, [edited(telegram, 'second')]);
		const file = { ...sent(''), filename: 'a.pdf', size_bytes: 5 };
		await chat.importRows(store, { source: 'chat-company', table: 'media_files' }, [file]);
		const again = async (text: string) =>
			(await chat.importRows(store, messages, [sent(text)])).problems.length;
		expect([await again('first'), await again('second'), await again('third')]).toEqual([0, 0, 1]);
		await chat.runRetention(store, { dryRun: false });
		expect((await chat.getMessages(store)).items).toEqual([]);
		expect([await again('first'), await again('second'), await again('third')]).toEqual([0, 0, 1]);
	});

	test('what was masked in a message, or by a pseudonym, is nothing else', async () => {
		const club = { chat_id: '-5', chat_type: 'group' };
		const rows = [
			sent('own words', { ...club, sender_name: 'Zorlanda Quexley' }),
			sent('ask Zorlanda Quexley', { ...club, platform_message_id: '2', sender_id: '31' }),
		];
		await chat.importRows(store, messages, rows);
		await chat.anonymiseContact(store, { identity: { platform: 'telegram', id: '55' } });
		expect((await texts()).map(([, text]) => text)).toEqual(['own words', 'ask […]']);
		await stand.supabase.exec(`update opsdesk.tenants set erased_senders = 'pseudonymise' where id = $1`, [
			store.tenant,
		]);
		expect(await chat.importRows(store, messages, rows)).toMatchObject({
			counts: { duplicate: 2 },
			problems: [],
		});
		const other = { ...rows[1], content: 'ask somebody' };
		expect((await chat.importRows(store, messages, [other])).problems).toHaveLength(1);
	});

	test.each(['', 'a b', 'a:b', 'a\u0000', 'x'.repeat(101)])(
		'a table cannot be called %j, and nothing is stored',
		async (tableName) => {
			await expect(chat.importRows(store, memory, [said(1, 'x')], { tableName })).rejects.toMatchObject({
				code: 'invalid_input',
				message: expect.stringContaining('name of the table') as string,
			});
			expect(await texts()).toEqual([]);
		},
	);
});
