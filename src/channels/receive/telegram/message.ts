import { z } from 'zod';

import type { MessageInput } from '../../../shared';
import { given } from '../fields';
import { contentOf } from './content';
import { fullName, type TelegramChat, type TelegramMessage } from './fields';

/** A message of Telegram in the normal form. */
export function normalMessage(
	message: TelegramMessage,
	{ account, updateId, edited }: { account: string; updateId: number; edited: boolean },
): MessageInput {
	const isBusiness = message.business_connection_id !== undefined;
	const base = {
		platform: 'telegram',
		// The same person has the same chat id with the bot and with a business it answers for, and ids of messages meet.
		account: message.business_connection_id ?? account,
		id: message.message_id,
		chat: chatOf(message),
		// In a private chat whoever is not its other side is the owner of the business.
		direction:
			isBusiness && message.from !== undefined && message.from.id !== message.chat.id
				? ('outbound' as const)
				: ('inbound' as const),
		...given({ sender: senderOf(message), text: message.text ?? message.caption }),
		...given({
			entities: toJson(message.entities ?? message.caption_entities),
			replyTo: replyTo(message),
			forwardedFrom: forwardedFrom(message),
		}),
		...contentOf(message),
		metadata: given({
			updateId,
			group: message.media_group_id,
			// In groups without topics an answer has such an id too, to which nothing can be sent.
			threadId: message.is_topic_message === true ? message.message_thread_id : undefined,
			businessConnectionId: message.business_connection_id,
			languageCode: message.from?.language_code,
			answeredBot: answeredBot(message, account),
		}),
	};
	const sentAt = message.date.toISOString();
	return edited
		? {
				...base,
				event: 'edit',
				revision: updateId,
				sentAt,
				editedAt: (message.edit_date ?? message.date).toISOString(),
			}
		: { ...base, event: 'message', sentAt };
}

export function chatKind({ type }: TelegramChat): 'private' | 'group' | 'channel' {
	if (type === 'channel') return 'channel';
	return type === 'group' || type === 'supergroup' ? 'group' : 'private';
}

function chatOf({ chat, migrate_from_chat_id: formerId }: TelegramMessage) {
	return { id: chat.id, kind: chatKind(chat), ...given({ title: chat.title, formerId }) };
}

function senderOf({ from, sender_chat: behalf }: TelegramMessage) {
	// A channel, or an administrator who writes as the group: `from` is a stand-in then.
	if (behalf) return { id: behalf.id, kind: 'system' as const, ...given({ name: behalf.title }) };
	if (!from) return undefined;
	const kind = from.is_bot === true ? ('bot' as const) : ('contact' as const);
	return { id: from.id, kind, ...given({ name: fullName(from), username: from.username }) };
}

/** An answer to what was said in another chat has no place in this one. */
function replyTo({ chat, reply_to_message: answered }: TelegramMessage): string | undefined {
	return answered?.chat !== undefined && answered.chat.id !== chat.id ? undefined : answered?.message_id;
}

/** How our bot is called in a chat with others: a command may name one of them. */
function answeredBot({ reply_to_message: answered }: TelegramMessage, account: string): string | undefined {
	const { id, is_bot: isBot, username } = answered?.from ?? {};
	return isBot === true && (id === account || account === 'default') ? username : undefined;
}

function forwardedFrom({ forward_origin: origin }: TelegramMessage) {
	if (!origin) return undefined;
	const { sender_user: user, sender_chat: behalf, chat } = origin;
	return given({
		id: user?.id,
		name: user ? fullName(user) : (origin.sender_user_name ?? behalf?.title ?? chat?.title),
		chatId: chat?.id ?? behalf?.id,
		messageId: origin.message_id,
	});
}

function toJson(value: unknown) {
	return value === undefined ? undefined : z.json().parse(value);
}
