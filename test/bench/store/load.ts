import type { Supabase } from '../../support/supabase';

/** How much there is to read, and to store beside. */
export interface Size {
	messages: number;
	conversations: number;
	/** By one person, spread over a twentieth of the conversations, where others write as well. */
	ofPerson: number;
}

/** @param messages 20,000 or more; a multiple of that for even numbers */
export const sizeOf = (messages: number): Size => ({
	messages,
	conversations: Math.max(20, Math.floor(messages / 1000)),
	ofPerson: Math.floor(messages / 40),
});

/** The person with so many messages. */
export const person = { platform: 'telegram', account: 'bench', id: '700001' };
export const chatId = (conversation: number): string => `-100${conversation}`;

const words =
	'server panel domain mail backup ticket renewal certificate visitor traffic report database cache update restart memory';

/** What somebody writes: the same for the same number, here and on the server. */
export const textOf = (n: number): string =>
	`invoice ${n} ${Array.from({ length: 9 }, (_, index) => {
		const k = index + 1;
		return `${words.split(' ')[(n * k + k) % 16]}${(n * k * 7919) % 500}`;
	}).join(' ')}`;

/** Fills a table whose indexes of words are made after the rows: row by row they would take most of the time. */
const filled = (table: string, statement: string): string => `
	do $load$
	declare
		names text[];
		definitions text[];
		one text;
	begin
		select array_agg(indexrelid::regclass::text), array_agg(pg_get_indexdef(indexrelid)) into names, definitions
			from pg_index where indrelid = '${table}'::regclass and pg_get_indexdef(indexrelid) like '% USING gin %';
		foreach one in array coalesce(names, '{}') loop
			execute 'drop index ' || one;
		end loop;
		${statement};
		foreach one in array coalesce(definitions, '{}') loop
			execute one;
		end loop;
	end
	$load$`;

/**
 * Fills the store on the server itself: groups of people, a tenth of the messages answers, each twentieth with a file.
 * Beside it `public.plain_messages` gets the same rows, columns, indexes and foreign keys: what is stored without us.
 */
export async function load(supabase: Supabase, { messages, conversations }: Size): Promise<void> {
	const busy = Math.floor(conversations / 20);
	await supabase.exec(`
		set search_path to opsdesk, extensions, public;
		set maintenance_work_mem = '512MB';
		set timezone = 'UTC';
		-- Foreign keys hold by how the rows are made.
		set session_replication_role = replica;
		insert into channel_accounts (tenant_id, platform, external_id) values ('default', 'telegram', '${person.account}');
		insert into conversations (id, tenant_id, account_id, kind, title, last_message_at, read_up_to)
			select n, 'default', 1, 'group', 'Group ' || n, '2026-01-01', case when n % 10 > 0 then '2026-01-01'::timestamptz end
			from generate_series(1, ${conversations}) n;
		insert into chats (id, tenant_id, account_id, external_id, conversation_id)
			overriding system value select id, 'default', 1, '-100' || id, id from conversations;
		insert into contacts (id, tenant_id, name) select n, 'default', 'Kolmar Vexley' || n from generate_series(1, 1000) n;
		insert into identities (id, tenant_id, contact_id, platform, external_id, name, username)
			overriding system value select id, 'default', id, 'telegram', (700000 + id)::text, name, 'kolmar_' || id from contacts;
		create function public.text_of(n bigint) returns text language sql immutable as $$
			select 'invoice ' || n || ' ' || string_agg((string_to_array('${words}', ' '))[1 + (n * k + k) % 16]
				|| (n * k * 7919) % 500, ' ' order by k) from generate_series(1, 9) k
		$$;
		${filled(
			'messages',
			`insert into messages (tenant_id, conversation_id, chat_id, external_id, direction, author, sender_id, sent_at, content,
				language, reply_to_external_id, attachment_count)
			select 'default', c, c, 'l' || n, case when ours then 'outbound' else 'inbound' end,
				case when ours then 'bot' else 'contact' end, case when ours then null
					when c <= ${busy} and turn % 2 = 0 then 1 else 2 + (c * 7 + turn % 5) % 999 end,
				'2025-01-01'::timestamptz + n * interval '20 seconds', public.text_of(n), 'en',
				case when n % 10 = 0 and turn > 0 then 'l' || (n - ${conversations}) end, (n % 20 = 0)::int
			from (select n, 1 + n % ${conversations} as c, n / ${conversations} as turn, n / ${conversations} % 4 = 1 as ours
				from generate_series(0, ${messages - 1}) n) x`,
		)};
		insert into attachments (tenant_id, message_id, position, kind, file_name, mime_type, size_bytes)
			select 'default', id, 0, 'photo', 'picture.jpg', 'image/jpeg', 100000 from messages where attachment_count > 0;
		insert into participants (conversation_id, identity_id, tenant_id)
			select distinct conversation_id, sender_id, 'default' from messages where sender_id is not null;
		create table public.plain_messages (like messages including all,
			foreign key (conversation_id) references conversations, foreign key (chat_id) references chats,
			foreign key (sender_id) references identities, foreign key (member_id) references members);
		${filled('public.plain_messages', 'insert into public.plain_messages overriding system value select * from messages')};
		grant all on public.plain_messages to service_role, postgres;
		${['conversations', 'chats', 'contacts', 'identities', 'public.plain_messages']
			.map(
				(table) => `select setval(pg_get_serial_sequence('${table}', 'id'), (select max(id) from ${table}))`,
			)
			.join(';')}
	`);
	await supabase.exec('vacuum analyze');
	await supabase.schemaReloaded();
}
