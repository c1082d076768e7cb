import { storeMessages } from '../../../src/chat';
import type { MessageInput } from '../../../src/shared';
import type { Store } from '../../../src/store';
import type { Supabase } from '../../support/supabase';
import { message } from './messages';

/** What must not be found anywhere once the person is gone. */
export const signs = [
	'zorlanda',
	'quexley',
	'zqx_nick',
	'5550017',
	'wamid.5550017',
	'zq@example.com',
	'my-own-words',
];

export const person = { platform: 'telegram', id: '5550017' } as const;
export const author = { id: person.id, name: 'Zorlanda Quexley', username: 'zqx_nick' };
export const group = { id: '-100777', kind: 'group', title: 'Friends of Zorlanda Quexley' } as const;
const other = { id: '31', name: 'Boris', username: 'boris' };

const file = (path: string) => ({
	kind: 'photo',
	fileName: 'Quexley.png',
	storage: { provider: 's3', bucket: 'b', path },
});

/** A person who has left traces wherever one can, and others who speak of them. */
export async function leaveTraces(
	{ exec }: Pick<Supabase, 'exec'>,
	store: Store,
	tenant: string,
): Promise<void> {
	const edited = message({
		chat: group,
		sender: author,
		text: 'my-own-words before',
		attachments: [file('old.png')],
	});
	const { sentAt: _, ...same } = edited;
	const spoken = message({ chat: group, sender: other, text: 'Zorlanda said so before' });
	const { sentAt: __, ...said } = spoken;
	const events: MessageInput[] = [
		message({ id: 'wamid.5550017A', chat: { id: person.id }, sender: author, text: 'my-own-words, private' }),
		message({
			chat: { id: person.id },
			direction: 'outbound',
			text: 'Dear Zorlanda, your invoice',
			metadata: { to: 5550017 },
		}),
		edited,
		{
			...same,
			event: 'edit',
			text: 'my-own-words after',
			editedAt: new Date().toISOString(),
			attachments: [file('new.png')],
		},
		message({
			chat: group,
			sender: other,
			text: 'Thanks zorlanda quexley (@zqx_nick), tel. 5550017! See tg://user?id=5550017',
			entities: [{ type: 'text_mention', user: { id: 5550017, first_name: 'Zorlanda' } }],
			replyTo: String(edited.id),
			metadata: { quote: 'my-own-words after' },
		}),
		spoken,
		{ ...said, event: 'edit', text: 'Quexley’s idea', editedAt: new Date().toISOString() },
		// In a conversation that the person takes no part in.
		message({
			chat: { id: 'staff', kind: 'group' },
			sender: other,
			text: 'Call Zorlanda Quexley back, zq@example.com',
		}),
		message({
			chat: { id: 'staff', kind: 'group' },
			sender: other,
			text: 'my-own-words after',
			forwardedFrom: { id: person.id, name: 'Zorlanda Quexley' },
			attachments: [file('forwarded.png')],
		}),
		message({ chat: { id: 'staff', kind: 'group' }, sender: other, text: 'something else' }),
	];
	await storeMessages(store, events);
	for (const statement of [
		`update opsdesk.contacts set email = 'zq@example.com', notes = 'knows Quexley', bio = 'my-own-words' where tenant_id = $1 and name like 'Zorlanda%'`,
		`update opsdesk.contacts set notes = 'friend of Zorlanda Quexley' where tenant_id = $1 and name = 'Boris'`,
		`update opsdesk.conversations set summary = 'Zorlanda wants', key_topics = '{Quexley}', links = '{https://example.com/zqx_nick}'
			where tenant_id = $1 and exists (select from opsdesk.participants p join opsdesk.identities s on s.id = p.identity_id
				where p.conversation_id = opsdesk.conversations.id and s.external_id = '5550017')`,
		`update opsdesk.conversations set summary = 'Zorlanda Quexley wants', key_topics = '{@zqx_nick}', links = '{https://example.com/zqx_nick}'
			where tenant_id = $1 and summary is null`,
		`insert into opsdesk.error_logs (tenant_id, message, metadata) values ($1, 'failed for zqx_nick', '{"from": {"id": 5550017}}')`,
		`insert into opsdesk.consents (tenant_id, contact_id, purpose, granted, given_at, source)
			select tenant_id, id, 'chat_storage', true, now(), 'said by zqx_nick' from opsdesk.contacts where tenant_id = $1 and name like 'Zorlanda%'`,
		`insert into opsdesk.message_archive (id, tenant_id, conversation_id, chat_external_id, external_id, sender_id, sent_at, message)
			select 1000000000 + s.id, $1, v.id, h.external_id, 'wamid.5550017Z', s.id, '2020-01-01', jsonb_build_object('text', 'my-own-words',
				'sentAt', '2020-01-01T00:00:00Z', 'attachments', '[{"storage": {"provider": "s3", "bucket": "b", "path": "archived.png"}}]'::jsonb)
			from opsdesk.identities s, opsdesk.chats h join opsdesk.conversations v on v.id = h.conversation_id
			where s.tenant_id = $1 and s.external_id = '5550017' and h.tenant_id = $1 and h.external_id = '-100777'`,
		`insert into opsdesk.message_archive (id, tenant_id, conversation_id, chat_external_id, external_id, sent_at, message)
			select 2000000000 + v.id, $1, v.id, 'x', 'y', '2020-01-02', '{"text": "about Zorlanda Quexley", "sentAt": "2020-01-02T00:00:00Z"}'
			from opsdesk.conversations v where v.tenant_id = $1 and v.kind = 'group' limit 1 on conflict do nothing`,
	])
		await exec(statement, [tenant]);
}

/** Where one of the signs still stands, in any column of any table. */
export async function tracesLeft({ exec }: Pick<Supabase, 'exec'>, tenant: string): Promise<string[]> {
	const tables = await exec<{ name: string; key: string }>(
		`select c.relname as name, a.attname as key from pg_class c join pg_attribute a on a.attrelid = c.oid
			and a.attname = case when c.relname = 'tenants' then 'id' else 'tenant_id' end
		where c.relnamespace = 'opsdesk'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition`,
	);
	const left: string[] = [];
	for (const { name, key } of tables) {
		const rows = await exec<{ row: string }>(
			`select t::text as row from opsdesk.${name} t where ${key} = $1 and t::text ilike any ($2)`,
			[tenant, signs.map((sign) => `%${sign}%`)],
		);
		left.push(...rows.map(({ row }) => `${name}: ${row}`));
	}
	return left;
}

/** All of a tenant as text, to see that nothing has changed. */
export async function everythingOf({ exec }: Pick<Supabase, 'exec'>, tenant: string): Promise<string[]> {
	const tables = await exec<{ name: string }>(
		`select c.relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id'
		where c.relnamespace = 'opsdesk'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition order by 1`,
	);
	const all: string[] = [];
	for (const { name } of tables) {
		const rows = await exec<{ row: string }>(
			`select t::text as row from opsdesk.${name} t where tenant_id = $1 order by 1`,
			[tenant],
		);
		all.push(...rows.map(({ row }) => `${name}: ${row}`));
	}
	return all;
}
