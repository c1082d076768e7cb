import { createClient } from '@supabase/supabase-js';
import { Pool } from 'pg';

import { applySchema, openStore, type Store } from '../../../src/store';
import type { Scope } from '../../support/scope';
import { startSupabase, type Supabase } from '../../support/supabase';
import type { Tell } from '../main';
import { load, sizeOf, type Size } from './load';

/** A way to the store, with what anybody would use on it without us. */
export interface Way {
	name: 'supabase' | 'postgres';
	store: Store;
	plain: Plain;
}

/** A row of the table of messages, by its columns. */
export type Row = Record<string, string | number | null>;

/** The same rows stored and read by the usual means of a transport. */
export interface Plain {
	insert(rows: Row[]): Promise<void>;
	/** The last 50 messages of a conversation with what {@link plainColumns} says. */
	lastFifty(conversation: number): Promise<number>;
}

export interface Stand {
	supabase: Supabase;
	size: Size;
	ways: Way[];
	close(): Promise<void>;
}

/** A project with the store in it, filled, and both ways to it. */
export async function openStand(scope: Scope, messages: number, tell: Tell): Promise<Stand> {
	const supabase = await startSupabase(scope, {
		// As durable as a hosted project is.
		settings: { fsync: 'on', full_page_writes: 'on', shared_buffers: '512MB', max_wal_size: '4GB' },
	});
	await applySchema({ connectionString: supabase.ownerUrl });
	const size = sizeOf(messages);
	tell(`${messages} messages are written`);
	await load(supabase, size);
	const pool = new Pool({ connectionString: supabase.ownerUrl, max: 1 });
	pool.on('error', () => undefined);
	const ways: Way[] = [
		{
			name: 'supabase',
			store: openStore({ supabase: { url: supabase.url, key: supabase.secretKey } }),
			plain: overSupabase(supabase),
		},
		{
			name: 'postgres',
			store: openStore({ postgres: { connectionString: supabase.ownerUrl } }),
			plain: overPostgres(pool),
		},
	];
	return {
		...{ supabase, size, ways },
		close: async () => {
			for (const { store } of ways) await store.close();
			await pool.end();
		},
	};
}

/** What our answer holds of a message and its conversation, but for answers and files, which cost more to join. */
const plainColumns =
	'id, conversation_id, external_id, direction, author, member_id, sent_at, recorded_at, edited_at, deleted_at, original_missing, content_type, content, data, entities, language, forwarded_from, reply_to_external_id, attachment_count, sentiment, sentiment_score, intent, topics, priority, processed_at, metadata';

function overSupabase({ url, secretKey }: Supabase): Plain {
	const client = createClient(url, secretKey, {
		auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
	});
	return {
		insert: async (rows) => {
			const { error } = await client.from('plain_messages').insert(rows);
			if (error) throw new Error(error.message);
		},
		lastFifty: async (conversation) => {
			const { data, error } = await client
				.schema('opsdesk')
				.from('messages')
				.select(
					`${plainColumns}, chats(external_id, channel_accounts(platform, external_id)), identities(contact_id, external_id, name, username)`,
				)
				.eq('conversation_id', conversation)
				.is('deleted_at', null)
				.order('sent_at', { ascending: false })
				.order('id', { ascending: false })
				.limit(50);
			if (error) throw new Error(error.message);
			return data.length;
		},
	};
}

function overPostgres(pool: Pool): Plain {
	const columns = plainColumns.split(', ').map((name) => `m.${name}`);
	const select = `select ${columns.join(', ')}, h.external_id as chat, a.platform, a.external_id as account, s.contact_id,
			s.external_id as sender, s.name, s.username
		from opsdesk.messages m join opsdesk.chats h on h.id = m.chat_id join opsdesk.channel_accounts a on a.id = h.account_id
			left join opsdesk.identities s on s.id = m.sender_id
		where m.conversation_id = $1 and m.deleted_at is null order by m.sent_at desc, m.id desc limit 50`;
	return {
		insert: async (rows) => {
			const [first] = rows;
			if (!first) return;
			const names = Object.keys(first);
			const values = rows.flatMap((row) => names.map((name) => row[name] ?? null));
			const places = rows.map(
				(_, row) => `(${names.map((_name, column) => `$${row * names.length + column + 1}`).join(', ')})`,
			);
			await pool.query(
				`insert into public.plain_messages (${names.join(', ')}) values ${places.join(', ')}`,
				values,
			);
		},
		lastFifty: async (conversation) => (await pool.query(select, [conversation])).rows.length,
	};
}
