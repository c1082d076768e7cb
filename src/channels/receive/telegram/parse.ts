import type { Parsed } from '../channel';
import { Collector } from '../collect';
import type { ChannelEvent } from '../event';
import { given, isRecord } from '../fields';
import {
	callbackSchema,
	deletedSchema,
	fullName,
	joinRequestSchema,
	memberUpdateSchema,
	messageSchema,
	reactionSchema,
	updateIdSchema,
	type TelegramUser,
} from './fields';
import { normalMessage } from './message';

/** Where the parts of one update get what they have in common. */
interface Update {
	account: string;
	updateId: number;
	raw: unknown;
}

type Reader = (value: unknown, update: Update) => ChannelEvent[];

const readers: Record<string, Reader> = {
	message: (value, update) => written(value, update, false),
	channel_post: (value, update) => written(value, update, false),
	business_message: (value, update) => written(value, update, false),
	edited_message: (value, update) => written(value, update, true),
	edited_channel_post: (value, update) => written(value, update, true),
	edited_business_message: (value, update) => written(value, update, true),
	deleted_business_messages: deleted,
	callback_query: pressed,
	my_chat_member: (value, update) => changedMember(value, update, true),
	chat_member: (value, update) => changedMember(value, update, false),
	chat_join_request: askedToJoin,
	message_reaction: reacted,
	message_reaction_count: reacted,
};

/**
 * Reads an update: https://core.telegram.org/bots/api#update.
 *
 * @param account id of the bot
 */
export function parseUpdate(body: unknown, account: string): Parsed {
	const collector = new Collector();
	const { update_id: id, ...parts } = isRecord(body) ? body : {};
	const updateId = updateIdSchema.safeParse(id).data;
	if (updateId === undefined) {
		collector.broken.push({ path: 'update_id', problem: 'is missing or no whole number' });
		return collector.parsed;
	}
	const update: Update = { account, updateId, raw: body };
	for (const [type, value] of Object.entries(parts)) {
		const origin = commonOf(update, type);
		collector.take(type, origin, () => {
			const read = readers[type];
			return read ? read(value, update) : [{ ...origin, kind: 'unsupported', type }];
		});
	}
	return collector.parsed;
}

function commonOf({ account, updateId, raw }: Update, ...parts: string[]) {
	const id = parts.length > 0 ? parts.join(':') : 'update';
	return { id: `telegram:${account}:${updateId}:${id}`, platform: 'telegram' as const, account, raw };
}

function written(value: unknown, update: Update, edited: boolean): ChannelEvent[] {
	const read = messageSchema.parse(value);
	const message = normalMessage(read, { ...update, edited });
	const account = message.account === undefined ? update.account : String(message.account);
	const change = edited ? `edit:${update.updateId}` : 'message';
	return [
		{
			// By the message, not the update: some servers number what they deliver again anew.
			id: `telegram:${account}:${read.chat.id}:${read.message_id}:${change}`,
			platform: 'telegram',
			account,
			raw: update.raw,
			kind: 'message',
			message,
			occurredAt: (edited ? (read.edit_date ?? read.date) : read.date).toISOString(),
			...given({ group: read.media_group_id }),
		},
	];
}

function deleted(value: unknown, update: Update): ChannelEvent[] {
	const { business_connection_id: account, chat, message_ids: ids } = deletedSchema.parse(value);
	return ids.map((id) => ({
		...commonOf({ ...update, account }, 'deleted', id),
		kind: 'message',
		message: { event: 'delete', platform: 'telegram', account, id, chat: { id: chat.id, kind: 'private' } },
	}));
}

function pressed(value: unknown, update: Update): ChannelEvent[] {
	const query = callbackSchema.parse(value);
	return [
		{
			...commonOf(update),
			id: `telegram:${update.account}:callback:${query.id}`,
			kind: 'callback',
			callback: {
				id: query.id,
				sender: personOf(query.from),
				...given({
					data: query.data ?? query.game_short_name,
					chatId: query.message?.chat.id,
					messageId: query.message?.message_id ?? query.inline_message_id,
				}),
			},
		},
	];
}

function changedMember(value: unknown, update: Update, own: boolean): ChannelEvent[] {
	const { chat, date, old_chat_member: before, new_chat_member: after } = memberUpdateSchema.parse(value);
	return [
		{
			...commonOf(update),
			kind: 'membership',
			occurredAt: date.toISOString(),
			membership: {
				chatId: chat.id,
				member: personOf(after.user),
				from: before.status,
				to: after.status,
				own,
				...(own && { reachable: isIn(after) }),
			},
		},
	];
}

/** `kicked` in a private chat means that the person has blocked the bot. */
function isIn({ status, is_member: isMember }: { status: string; is_member?: boolean | undefined }): boolean {
	if (status === 'restricted') return isMember === true;
	return ['creator', 'administrator', 'member'].includes(status);
}

function askedToJoin(value: unknown, update: Update): ChannelEvent[] {
	const { chat, from, date } = joinRequestSchema.parse(value);
	return [
		{
			...commonOf(update),
			kind: 'membership',
			occurredAt: date.toISOString(),
			membership: { chatId: chat.id, member: personOf(from), to: 'requested', own: false },
		},
	];
}

function reacted(value: unknown, update: Update): ChannelEvent[] {
	const { chat, message_id: messageId, date, ...detail } = reactionSchema.parse(value);
	return [
		{
			...commonOf(update),
			kind: 'status',
			occurredAt: date.toISOString(),
			status: { state: 'reaction', chatId: chat.id, messageId, detail },
		},
	];
}

function personOf(user: TelegramUser): { id: string; name?: string; username?: string } {
	return { id: user.id, ...given({ name: fullName(user), username: user.username }) };
}
