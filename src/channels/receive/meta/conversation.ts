import { z } from 'zod';

import type { MessageInput } from '../../../shared';
import type { Parsed } from '../channel';
import { Collector } from '../collect';
import type { ChannelEvent } from '../event';
import { given, idText, isRecord, unixMs } from '../fields';
import { attachmentsOf } from './attachments';
import { eachPart, rawOrigin } from './entries';

/** Events of a conversation are of one form on Messenger and Instagram. */
type ConversationPlatform = 'messenger' | 'instagram';

const party = z.looseObject({ id: idText });

const eventSchema = z.looseObject({
	sender: party,
	recipient: party.optional(),
	timestamp: unixMs.optional(),
});

const messageSchema = z.looseObject({
	mid: idText,
	text: z.string().optional(),
	is_echo: z.boolean().optional(),
	is_deleted: z.boolean().optional(),
	is_unsupported: z.boolean().optional(),
	attachments: z.array(z.unknown()).optional(),
	quick_reply: z.looseObject({ payload: z.string().optional() }).optional(),
	reply_to: z.looseObject({ mid: idText.optional() }).optional(),
});

const postbackSchema = z.looseObject({
	mid: idText.optional(),
	title: z.string().optional(),
	payload: z.string().optional(),
});
const editSchema = z.looseObject({
	mid: idText,
	text: z.string().optional(),
	num_edit: z.coerce.number().int(),
});
const deliverySchema = z.looseObject({ mids: z.array(idText).default([]), watermark: unixMs.optional() });
const readSchema = z.looseObject({ mid: idText.optional(), watermark: unixMs.optional() });
const reactionSchema = z.looseObject({ mid: idText });

interface Scope {
	platform: ConversationPlatform;
	account: string;
	chatId: string;
	at: Date | undefined;
	raw: unknown;
}

const readers: Record<string, (value: unknown, scope: Scope) => ChannelEvent[]> = {
	message: written,
	message_edit: edited,
	postback: pressed,
	delivery: delivered,
	read: seen,
	reaction: reacted,
};

/** @param expected what Meta calls the platform in a notification */
export function parseConversations(body: unknown, platform: ConversationPlatform, expected: string): Parsed {
	const collector = new Collector();
	const lists = ['messaging', 'standby', 'changes'];
	eachPart({ body, platform, expected, lists }, collector, ({ entryId, list, path, value: part }) => {
		const origin = rawOrigin(platform, entryId, part);
		const value = list === 'changes' ? eventOfChange(part) : part;
		collector.take(path, origin, () => {
			if (value === undefined) return [{ ...origin, kind: 'unsupported', type: String(part['field']) }];
			return readEvent(value, { platform, account: entryId, raw: part });
		});
	});
	return collector.parsed;
}

/** Accounts that have signed in with Instagram itself get the same events as changes. */
function eventOfChange({ value }: Record<string, unknown>): Record<string, unknown> | undefined {
	return isRecord(value) && isRecord(value['sender']) ? value : undefined;
}

function readEvent(
	value: Record<string, unknown>,
	{ platform, account, raw }: Pick<Scope, 'platform' | 'account' | 'raw'>,
): ChannelEvent[] {
	const { sender, recipient, timestamp: at, ...parts } = eventSchema.parse(value);
	const isOwn = sender.id === account && recipient !== undefined;
	const scope: Scope = { platform, account, chatId: isOwn ? recipient.id : sender.id, at, raw };
	const types = Object.keys(parts).filter((name) => isRecord(parts[name]));
	const known = types.filter((name) => readers[name]);
	if (known.length === 0) {
		return [{ ...common(scope), kind: 'unsupported', type: types[0] ?? 'unknown' }];
	}
	return known.flatMap((name) => readers[name]?.(parts[name], { ...scope }) ?? []);
}

function common({ platform, account, at, raw }: Scope, ...parts: string[]) {
	const id =
		parts.length > 0 ? [platform, account, ...parts].join(':') : rawOrigin(platform, account, raw).id;
	return { id, platform, account, raw, ...given({ occurredAt: at?.toISOString() }) };
}

function written(value: unknown, scope: Scope): ChannelEvent[] {
	const message = messageSchema.parse(value);
	const { mid, text, quick_reply: quickReply } = message;
	const { platform, account, chatId } = scope;
	// Our own words: whoever has sent them knows of them.
	if (message.is_echo === true) {
		const status = { state: 'echo', messageId: mid, chatId } as const;
		return [{ ...common(scope, mid, 'echo'), kind: 'status', status }];
	}
	const base = { platform, account, id: mid, chat: { id: chatId } };
	if (message.is_deleted === true) {
		const deletion: MessageInput = {
			...base,
			event: 'delete',
			...given({ deletedAt: scope.at?.toISOString() }),
		};
		return [{ ...common(scope, mid, 'deleted'), kind: 'message', message: deletion }];
	}
	const { type, attachments, data } = attachmentsOf(message.attachments ?? []);
	const isEmpty = type === undefined && text === undefined;
	return [
		{
			...common(scope, mid),
			kind: 'message',
			message: {
				...base,
				event: 'message',
				sender: { id: chatId },
				sentAt: z.date({ error: 'has no timestamp' }).parse(scope.at).toISOString(),
				type: message.is_unsupported === true || isEmpty ? 'unsupported' : (type ?? 'text'),
				attachments,
				...given({ text, data, replyTo: message.reply_to?.mid }),
				...(isEmpty && { data: z.json().catch(null).parse(value) }),
			},
			...(quickReply && { button: given({ data: quickReply.payload, title: text }) }),
		},
	];
}

function edited(value: unknown, scope: Scope): ChannelEvent[] {
	const { mid, text, num_edit: revision } = editSchema.parse(value);
	const { platform, account, chatId } = scope;
	return [
		{
			...common(scope, mid, 'edit', String(revision)),
			kind: 'message',
			message: {
				event: 'edit',
				platform,
				account,
				id: mid,
				chat: { id: chatId },
				sender: { id: chatId },
				revision,
				editedAt: z.date({ error: 'has no timestamp' }).parse(scope.at).toISOString(),
				...given({ text }),
			},
		},
	];
}

function pressed(value: unknown, scope: Scope): ChannelEvent[] {
	const { mid, title, payload } = postbackSchema.parse(value);
	const { chatId } = scope;
	return [
		{
			...(mid === undefined ? common(scope) : common(scope, mid, 'postback')),
			kind: 'callback',
			callback: { chatId, sender: { id: chatId }, ...given({ data: payload, title, messageId: mid }) },
		},
	];
}

function delivered(value: unknown, scope: Scope): ChannelEvent[] {
	const { mids, watermark } = deliverySchema.parse(value);
	const until = given({ until: watermark?.toISOString() });
	const status = { state: 'delivered', chatId: scope.chatId, ...until } as const;
	if (mids.length === 0) return [{ ...common(scope), kind: 'status', status }];
	return mids.map((messageId) => ({
		...common(scope, messageId, 'delivered'),
		kind: 'status',
		status: { ...status, messageId },
	}));
}

function seen(value: unknown, scope: Scope): ChannelEvent[] {
	const { mid, watermark } = readSchema.parse(value);
	const more = given({ messageId: mid, until: watermark?.toISOString() });
	return [{ ...common(scope), kind: 'status', status: { state: 'read', chatId: scope.chatId, ...more } }];
}

function reacted(value: unknown, scope: Scope): ChannelEvent[] {
	const { mid: messageId, ...detail } = reactionSchema.parse(value);
	return [
		{
			...common(scope),
			kind: 'status',
			status: { state: 'reaction', chatId: scope.chatId, messageId, detail },
		},
	];
}
