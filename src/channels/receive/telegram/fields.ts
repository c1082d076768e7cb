import { z } from 'zod';

import { idText, unixSeconds } from '../fields';

/** What is read of Telegram's objects: https://core.telegram.org/bots/api#available-types. The rest is kept raw. */

export const userSchema = z.looseObject({
	id: idText,
	is_bot: z.boolean().optional(),
	first_name: z.string().optional(),
	last_name: z.string().optional(),
	username: z.string().optional(),
	language_code: z.string().optional(),
});

export const chatSchema = z.looseObject({
	id: idText,
	type: z.string().optional(),
	title: z.string().optional(),
	first_name: z.string().optional(),
	last_name: z.string().optional(),
	username: z.string().optional(),
});

export const messageSchema = z.looseObject({
	message_id: idText,
	date: unixSeconds,
	edit_date: unixSeconds.optional(),
	chat: chatSchema,
	from: userSchema.optional(),
	sender_chat: chatSchema.optional(),
	text: z.string().optional(),
	caption: z.string().optional(),
	entities: z.array(z.unknown()).optional(),
	caption_entities: z.array(z.unknown()).optional(),
	media_group_id: z.string().optional(),
	message_thread_id: z.number().optional(),
	is_topic_message: z.boolean().optional(),
	reply_to_message: z
		.looseObject({ message_id: idText, chat: chatSchema.optional(), from: userSchema.optional() })
		.optional(),
	forward_origin: z
		.looseObject({
			sender_user: userSchema.optional(),
			sender_user_name: z.string().optional(),
			sender_chat: chatSchema.optional(),
			chat: chatSchema.optional(),
			message_id: idText.optional(),
		})
		.optional(),
	business_connection_id: z.string().optional(),
	migrate_to_chat_id: idText.optional(),
	migrate_from_chat_id: idText.optional(),
});

const memberSchema = z.looseObject({
	user: userSchema,
	status: z.string(),
	is_member: z.boolean().optional(),
});

export const memberUpdateSchema = z.looseObject({
	chat: chatSchema,
	from: userSchema,
	date: unixSeconds,
	old_chat_member: memberSchema,
	new_chat_member: memberSchema,
});

export const joinRequestSchema = z.looseObject({ chat: chatSchema, from: userSchema, date: unixSeconds });

export const callbackSchema = z.looseObject({
	id: z.string(),
	from: userSchema,
	message: z.looseObject({ message_id: idText, chat: chatSchema }).optional(),
	inline_message_id: z.string().optional(),
	data: z.string().optional(),
	game_short_name: z.string().optional(),
});

export const reactionSchema = z.looseObject({ chat: chatSchema, message_id: idText, date: unixSeconds });

export const deletedSchema = z.looseObject({
	business_connection_id: z.string(),
	chat: chatSchema,
	message_ids: z.array(idText),
});

export const updateIdSchema = z.number().int().nonnegative();

export type TelegramMessage = z.output<typeof messageSchema>;
export type TelegramUser = z.output<typeof userSchema>;
export type TelegramChat = z.output<typeof chatSchema>;

export function fullName(person: Pick<TelegramUser, 'first_name' | 'last_name'>): string | undefined {
	return [person.first_name, person.last_name].filter(Boolean).join(' ') || undefined;
}
