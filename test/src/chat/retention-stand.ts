import type { RetentionResult } from '../../../src/chat';
import type { MessageInput } from '../../../src/shared';
import type { Supabase } from '../../support/supabase';
import { message } from './messages';

const dayMs = 24 * 60 * 60 * 1000;

/** ISO 8601, so many times 24 hours before now. */
export const daysAgo = (days: number): string => new Date(Date.now() - days * dayMs).toISOString();

/** A message that was sent so many days ago. */
export const aged = (days: number, more: Parameters<typeof message>[0] = {}) =>
	message({ sentAt: daysAgo(days), ...more });

/** Its edit, made right after it was sent. */
export function edited(original: ReturnType<typeof aged>, text: string): MessageInput {
	const { sentAt, ...same } = original;
	return { ...same, event: 'edit', text, editedAt: new Date(Date.parse(String(sentAt)) + 1000) };
}

export const taken = (original: ReturnType<typeof aged>): MessageInput => ({
	platform: original.platform,
	account: original.account ?? 'default',
	id: original.id,
	chat: original.chat,
	event: 'delete',
});

/** A run without its instant. */
export const removed = ({ messages, archive, errorLogs, held, left }: RetentionResult) => ({
	messages,
	archive,
	errorLogs,
	held,
	left,
});

/** External ids of messages and of archived ones, at one instant. */
export async function whereabouts({ exec }: Pick<Supabase, 'exec'>, tenant: string) {
	const rows = await exec<{ id: string; archived: boolean }>(
		`select external_id as id, false as archived, sent_at from opsdesk.messages where tenant_id = $1
		union all select external_id, true, sent_at from opsdesk.message_archive where tenant_id = $1
		order by sent_at, id`,
		[tenant],
	);
	const ids = (archived: boolean): string[] =>
		rows.filter((row) => row.archived === archived).map(({ id }) => id);
	return { kept: ids(false), archived: ids(true) };
}

/** Fills a group with messages, one a minute from the oldest on. */
export async function fill(
	{ exec }: Pick<Supabase, 'exec'>,
	tenant: string,
	amount: number,
	oldestDays: number,
): Promise<void> {
	await exec(
		`with a as (insert into opsdesk.channel_accounts (tenant_id, platform, external_id) values ($1, 'telegram', 'filled') returning id),
		v as (insert into opsdesk.conversations (tenant_id, account_id, kind) select $1, id, 'group' from a returning id, account_id),
		h as (insert into opsdesk.chats (tenant_id, account_id, external_id, conversation_id) select $1, account_id, 'filled', id from v returning id, conversation_id)
		insert into opsdesk.messages (tenant_id, conversation_id, chat_id, external_id, direction, author, sent_at, content)
		select $1, conversation_id, h.id, 'f' || n, 'inbound', 'system', now() - $3 * interval '24 hours' + n * interval '1 minute', 'text ' || n
		from h, generate_series(1, $2) n`,
		[tenant, amount, oldestDays],
	);
}
