import { randomUUID } from 'node:crypto';

import { Client } from 'pg';

import { openStand, type Stand } from './stand';

let stand: Stand;
let client: Client;
const plans: string[] = [];

beforeAll(async () => {
	stand = await openStand('store-plans');
	await stand.supabase.exec(`
		set search_path to opsdesk;
		insert into channel_accounts (tenant_id, platform, external_id) values ('default', 'telegram', 'bot');
		insert into conversations (tenant_id, account_id, kind, last_message_at)
			select 'default', 1, 'group', '2026-01-01'::timestamptz + n * interval '1 minute' from generate_series(1, 3000) n;
		insert into chats (tenant_id, account_id, external_id, conversation_id) select 'default', 1, 'c' || id, id from conversations;
		insert into contacts (tenant_id, name) select 'default', 'u' || n from generate_series(1, 3000) n;
		insert into identities (tenant_id, contact_id, platform, external_id) select 'default', id, 'telegram', 'u' || id from contacts;
		insert into participants (conversation_id, identity_id, tenant_id) select id, id, 'default' from conversations;
		insert into messages (tenant_id, conversation_id, chat_id, external_id, direction, author, sender_id, sent_at, content)
			select 'default', 1 + n % 3000, 1 + n % 3000, 'x' || n, 'inbound', 'contact', 1 + n % 3000,
				'2025-01-01'::timestamptz + n * interval '1 minute', 'text ' || md5(n::text)
			from generate_series(1, 90000) n;
		analyze;
	`);
	client = new Client({ connectionString: stand.supabase.databaseUrl });
	client.on('notice', ({ message }) => void plans.push(message ?? ''));
	await client.connect();
	await client.query(`load 'auto_explain'; set auto_explain.log_min_duration = 0; set auto_explain.log_nested_statements = on;
		set auto_explain.log_level = notice; set client_min_messages = notice`);
});
afterAll(async () => {
	await client?.end();
	await stand?.close();
});

test.each([
	['get_messages', { conversationId: 7 }],
	['get_messages', { conversationId: 7, order: 'oldest', after: { at: '2025-01-02T00:00:00Z', id: 5 } }],
	['get_messages', { contactId: 7 }],
	['get_messages', { from: '2025-02-01T00:00:00Z' }],
	['get_messages', {}],
	['get_context', { conversationId: 7, hours: 100_000 }],
	['get_context', { platform: 'telegram', account: 'bot', chatId: 'c7', hours: 100_000 }],
	['search_messages', { query: 'c4ca4238a0b923820dcc509a6f75849b' }],
	['search_messages', { query: '8f14e45fceea167a' }],
	['conversation_statistics', { conversationId: 7 }],
	['get_conversations', {}],
	['get_contact', { identity: { platform: 'telegram', id: 'u7' } }],
	['export_profile', { contactId: 7 }],
	['export_messages', { contactId: 7, upTo: 1_000_000 }],
	['erase_contact', { contactId: 7, dryRun: true }],
] as const)('CS-33 %s %j reads messages by an index only', async (name, request) => {
	plans.length = 0;
	await client.query(`select opsdesk.${name}('default', $1)`, [JSON.stringify(request)]);
	expect(plans.join('\n')).toContain('Scan');
	for (const plan of plans) expect(plan).not.toMatch(/Seq Scan on (?:opsdesk\.)?messages/);
});

test.each([{}, { order: 'oldest' }, { direction: 'inbound', from: '2025-01-01T00:00:00Z' }])(
	'CS-33 messages of one contact are read in the order of their own index (%j)',
	async (more) => {
		plans.length = 0;
		await client.query(`select opsdesk.get_messages('default', $1)`, [
			JSON.stringify({ contactId: 7, ...more }),
		]);
		expect(plans.join('\n')).toMatch(
			/Limit[^\n]*\n\s*->\s+Index Scan (?:Backward )?using messages_of_sender/,
		);
		expect(plans.join('\n')).not.toMatch(/messages_of_tenant/);
	},
);

test('the name of a client is found by keys, however many people there are', async () => {
	plans.length = 0;
	await client.query('select opsdesk.client_of(7, 7)');
	expect(plans.join('\n')).toContain('identities');
	expect(plans.join('\n')).not.toMatch(/Seq Scan on (?:opsdesk\.)?(?:identities|contacts|participants)/);
});

test('CS-33 who is erased is looked for in handovers and in what is to be sent by indexes only', async () => {
	await client.query('begin');
	await client.query(`set local search_path to opsdesk; set local client_min_messages = warning;
		insert into handovers (tenant_id, conversation_id, message_id, reason, draft, state, ended_at)
			select 'default', id, id, md5(id::text), 'Dear ' || md5('draft' || id), 'closed', now() from conversations, generate_series(1, 4);
		insert into handover_cards (tenant_id, handover_id, message_id, key)
			select 'default', id, id, 'handover-' || id from handovers;
		insert into operator_messages (tenant_id, handover_id, platform, account, chat_id, external_id, kind, name, said, outcome)
			select 'default', id, 'telegram', 'bot', '-100', 'o' || id, 'answer', 'Boris', md5(id::text),
				jsonb_build_object('kind', 'answer', 'client', md5('client' || id)) from handovers;
		insert into outbox (tenant_id, key, digest, platform, account, chat_id, state, settled_at)
			select 'default', 'k' || id, 'd', 'telegram', 'bot', 'c' || id, 'sent', now() from handovers;
		insert into outbox (tenant_id, key, digest, platform, account, chat_id, payload)
			select 'default', 'q' || n, 'd', 'telegram', 'bot', 'c' || n, '{"text": "Hello u7"}' from generate_series(1, 50) n;
		update identities set name = 'Anna Petrowska Nr' || id, username = 'anna_' || id where id = 7;
		analyze handovers; analyze handover_cards; analyze operator_messages; analyze outbox;
		set local client_min_messages = notice`);
	plans.length = 0;
	await client.query(`select opsdesk.erase_contact('default', '{"contactId": 7, "dryRun": true}')`);
	const seen = plans.join('\n');
	await client.query('rollback');
	expect(seen).toMatch(/handovers_trigrams/);
	expect(seen).not.toMatch(/Seq Scan on (?:opsdesk\.)?(?:handovers|handover_cards|operator_messages|outbox)/);
});

describe('CS-33 of much that is not due', () => {
	beforeAll(async () => {
		await client.query('begin');
		await client.query(`set local search_path to opsdesk; set local client_min_messages = warning;
			insert into retention_policies (tenant_id, kind, keep_days) select 'default', 'messages', now()::date - '2025-01-02'::date;
			insert into retention_policies (tenant_id, kind, keep_days) select 'default', 'archive', now()::date - '2023-01-02'::date;
			insert into message_archive (id, tenant_id, conversation_id, chat_id, chat_external_id, external_id, sender_id, sent_at, message)
				select 1000000 + n, 'default', 1 + n % 3000, 1 + n % 3000, 'c', 'y' || n, 1 + n % 3000,
					'2023-01-01'::timestamptz + n * interval '3 minutes', '{"type": "text", "attachments": []}'
				from generate_series(1, 20000) n;
			update messages set deleted_at = now() - interval '99 days' where id % 1000 = 0;
			analyze messages; analyze message_archive; set local client_min_messages = notice`);
	});
	afterAll(() => client.query('rollback'));

	test.each([
		['retention_counts', {}],
		['retention_batch', { step: 'messages' }],
		['retention_batch', { step: 'hidden' }],
		['retention_batch', { step: 'archive' }],
		['get_archived_messages', { conversationId: 7 }],
		['get_archived_messages', { contactId: 7 }],
		['get_archived_messages', { from: '2024-01-01T00:00:00Z' }],
	] as const)('%s %j finds what it wants by an index only', async (name, request) => {
		await client.query('savepoint before');
		plans.length = 0;
		await client.query(`select opsdesk.${name}('default', $1)`, [JSON.stringify(request)]);
		const seen = plans.join('\n');
		await client.query('rollback to before');
		expect(seen).toMatch(/Index|Bitmap/);
		expect(seen).not.toMatch(/Seq Scan on (?:opsdesk\.)?(?:messages|message_archive)/);
	});
});

test('CS-33 storing looks up whatever it needs by an index', async () => {
	plans.length = 0;
	const one = (id: string) => ({
		platform: 'telegram',
		account: 'bot',
		id,
		chat: { id: 'c7', kind: 'group' },
		sender: { id: 'u7' },
		sentAt: '2026-01-01T00:00:00Z',
	});
	await client.query(`select opsdesk.store_messages('default', $1)`, [
		JSON.stringify({ messages: [one('n1'), one('x6')] }),
	]);
	expect(plans.join('\n')).toContain('Index');
	for (const plan of plans)
		expect(plan).not.toMatch(/Seq Scan on (messages|identities|chats|conversations|contacts|participants)/);
});

test.each(['c4ca4238a0b923820dcc509a6f75849b', '8f14e45fceea167a'])(
	'CS-33 a member who searches for %s reads messages by the indexes of words',
	async (query) => {
		const member = randomUUID();
		await client.query(`insert into opsdesk.members (tenant_id, user_id, name) values ('default', $1, 'M')`, [
			member,
		]);
		plans.length = 0;
		await client.query('begin');
		await client.query(`select set_config('request.jwt.claims', $1, true)`, [
			JSON.stringify({ sub: member }),
		]);
		await client.query('set local role authenticated');
		const answer = await client.query<{ found: { items: unknown[] } }>(
			`select opsdesk.search_messages('default', $1) as found`,
			[JSON.stringify({ query })],
		);
		await client.query('rollback');
		expect(answer.rows[0]?.found.items).toHaveLength(1);
		expect(plans.join('\n')).toMatch(/Scan on messages_(?:words|trigrams)/);
		for (const plan of plans) expect(plan).not.toMatch(/Seq Scan on (?:opsdesk\.)?messages/);
	},
);
