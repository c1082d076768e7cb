import { randomUUID } from 'node:crypto';

import type { MessageInput } from '../../shared';
import { seenText, type Format } from '../render';
import type { Content, Media, Sent, Target } from './request';

/**
 * What was sent in the normal form of messages, for the store.
 * @param formerId the id that the chat had when it was handed in, where a group has a new one since
 */
export function outboundMessages(
	target: Target,
	content: Content,
	sent: Sent,
	formerId?: string,
): MessageInput[] {
	const now = new Date().toISOString();
	const base = {
		platform: target.platform,
		account: target.account,
		chat: {
			id: sent.chatId ?? target.chatId,
			kind: target.chatKind,
			...(formerId !== undefined && { formerId }),
		},
		sender: { id: target.account, kind: 'bot' as const },
		direction: 'outbound' as const,
	};
	const within = target.threadId === undefined ? {} : { metadata: { threadId: target.threadId } };
	const sentAt = sent.sentAt ?? now;
	const [first = randomUUID()] = sent.externalIds;
	switch (content.operation) {
		case 'message':
			return [
				{
					...base,
					...within,
					id: first,
					sentAt,
					text: seen(content.text, content.format),
					...(content.replyTo !== undefined && { replyTo: content.replyTo }),
					...(content.buttons && { data: { buttons: content.buttons } }),
				},
			];
		case 'media':
			return content.media.map((media, index) => ({
				...base,
				...within,
				id: sent.externalIds[index] ?? randomUUID(),
				sentAt,
				type: media.kind,
				...(media.caption !== undefined && { text: seen(media.caption, content.format) }),
				...(content.replyTo !== undefined && { replyTo: content.replyTo }),
				attachments: [attachmentOf(media)],
			}));
		case 'template':
			return [{ ...base, id: first, sentAt, type: 'template', data: { ...content } }];
		case 'edit':
			return [
				{
					...base,
					event: 'edit',
					id: content.messageId,
					editedAt: now,
					text: seen(content.text, content.format),
				},
			];
		case 'delete':
			return [{ ...base, event: 'delete', id: content.messageId, deletedAt: now }];
		default:
			return [];
	}
}

function attachmentOf({ kind, url, fileId, fileName }: Media) {
	return {
		kind,
		...(fileId !== undefined && { externalId: fileId }),
		...(url !== undefined && { url }),
		...(fileName !== undefined && { fileName }),
	};
}

/** What was taken by the platform is kept, even where this package reads its marks otherwise. */
function seen(text: string, format: Format): string {
	try {
		return seenText(text, format);
	} catch {
		return text;
	}
}
