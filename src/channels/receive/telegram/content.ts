import { z } from 'zod';

import type { attachmentSchema } from '../../../shared';
import { given, idText } from '../fields';
import type { TelegramMessage } from './fields';

type Attachment = z.input<typeof attachmentSchema>;

interface Content {
	type: string;
	attachments?: Attachment[];
	data?: z.core.util.JSONType;
}

/** Fields that hold one file, by our word for its kind. */
const files: Record<string, string> = {
	// Stands before the document that comes with it for older programs.
	animation: 'animation',
	video: 'video',
	audio: 'audio',
	voice: 'voice',
	video_note: 'video_note',
	sticker: 'sticker',
	document: 'document',
};

/** Fields that say something without a text or a file; a venue holds a location too. */
const things = [
	...['venue', 'location', 'contact', 'poll', 'checklist', 'dice', 'game', 'invoice', 'successful_payment'],
	...['refunded_payment', 'story', 'paid_media', 'web_app_data', 'giveaway', 'gift', 'unique_gift'],
];

/** What happens to a chat, told as a message. */
const services = [
	...['new_chat_members', 'left_chat_member', 'new_chat_title', 'new_chat_photo', 'delete_chat_photo'],
	...['group_chat_created', 'supergroup_chat_created', 'channel_chat_created', 'pinned_message'],
	...['migrate_to_chat_id', 'migrate_from_chat_id', 'message_auto_delete_timer_changed'],
	...['connected_website', 'write_access_allowed', 'proximity_alert_triggered', 'boost_added'],
	...['chat_background_set', 'users_shared', 'chat_shared', 'giveaway_created', 'giveaway_winners'],
	...['giveaway_completed', 'forum_topic_created', 'forum_topic_edited', 'forum_topic_closed'],
	...['forum_topic_reopened', 'general_forum_topic_hidden', 'general_forum_topic_unhidden'],
	...['video_chat_scheduled', 'video_chat_started', 'video_chat_ended', 'video_chat_participants_invited'],
	...['checklist_tasks_done', 'checklist_tasks_added', 'paid_message_price_changed'],
];

const fileSchema = z.looseObject({
	file_id: idText,
	file_name: z.string().optional(),
	mime_type: z.string().optional(),
	file_size: z.number().optional(),
	width: z.number().optional(),
	height: z.number().optional(),
	duration: z.number().optional(),
});

const sizesSchema = z.array(fileSchema).nonempty();

/** What kind of message it is, with its files and what is no text. */
export function contentOf(message: TelegramMessage): Content {
	if (message.photo !== undefined) return { type: 'image', attachments: [picture(message.photo)] };
	for (const [field, kind] of Object.entries(files)) {
		if (message[field] !== undefined) return { type: kind, attachments: [file(kind, message[field])] };
	}
	const thing = things.find((field) => message[field] !== undefined);
	if (thing !== undefined) return { type: thing, data: picked(message, [thing]) };
	if (message.text !== undefined) return { type: 'text' };
	const service = services.filter((field) => message[field] !== undefined);
	if (service.length > 0) return { type: 'service', data: picked(message, service) };
	return { type: 'unsupported', data: picked(message, Object.keys(message)) };
}

/** The same picture comes in several sizes. */
function picture(photo: unknown): Attachment {
	const sizes = sizesSchema.parse(photo);
	const area = ({ width = 0, height = 0 }: { width?: number | undefined; height?: number | undefined }) =>
		width * height;
	return file(
		'image',
		sizes.reduce((largest, size) => (area(size) > area(largest) ? size : largest)),
	);
}

function file(kind: string, value: unknown): Attachment {
	const parsed = fileSchema.parse(value);
	return given({
		kind,
		externalId: parsed.file_id,
		fileName: parsed.file_name,
		mimeType: parsed.mime_type,
		sizeBytes: parsed.file_size,
		width: parsed.width,
		height: parsed.height,
		durationMs: parsed.duration === undefined ? undefined : Math.round(parsed.duration * 1000),
	});
}

function picked(message: TelegramMessage, fields: string[]): z.core.util.JSONType {
	// Fields that were read already have other types by now.
	const part = fields.map((field): [string, unknown] => [field, message[field]]);
	return z
		.json()
		.catch(null)
		.parse(JSON.parse(JSON.stringify(Object.fromEntries(part))));
}
