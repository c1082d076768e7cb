import { z } from 'zod';

import type { attachmentSchema } from '../../../shared';
import { given, idText, isRecord } from '../fields';

type Attachment = z.input<typeof attachmentSchema>;
type Json = z.core.util.JSONType;

export interface Content {
	type: string;
	text?: string;
	data?: Json;
	attachments?: Attachment[];
	/** What the sender of a button has put into it, once it is pressed. */
	button?: { data?: string; title?: string };
}

const mediaKinds = ['image', 'video', 'audio', 'document', 'sticker'];

const mediaSchema = z.looseObject({
	id: idText,
	mime_type: z.string().optional(),
	sha256: z.string().optional(),
	caption: z.string().optional(),
	filename: z.string().optional(),
	voice: z.boolean().optional(),
	url: z.string().optional(),
});

const textSchema = z.looseObject({ body: z.string() });
const buttonSchema = z.looseObject({ text: z.string().optional(), payload: z.string().optional() });
const replySchema = z.looseObject({ id: z.string().optional(), title: z.string().optional() });
const interactiveSchema = z.looseObject({
	type: z.string(),
	button_reply: replySchema.optional(),
	list_reply: replySchema.optional(),
	nfm_reply: z.looseObject({ body: z.string().optional() }).optional(),
});

/** What a message says, by https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages. */
export function contentOf(message: Record<string, unknown>): Content {
	const type = z.string().parse(message['type']);
	const value = message[type];
	if (mediaKinds.includes(type)) return media(type, value);
	switch (type) {
		case 'text':
			return { type, text: textSchema.parse(value).body };
		case 'location':
		case 'contacts':
		case 'order':
			return { type: type === 'contacts' ? 'contact' : type, data: json(value) };
		case 'button':
			return pressed(value);
		case 'interactive':
			return chosen(value);
		case 'system':
			return { type: 'service', data: json(value), ...given({ text: bodyOf(value) }) };
		case 'request_welcome':
			return { type: 'service', data: { request_welcome: true } };
		default:
			return { type: 'unsupported', data: json(message) };
	}
}

function media(type: string, value: unknown): Content {
	const file = mediaSchema.parse(value);
	const kind = type === 'audio' && file.voice === true ? 'voice' : type;
	return {
		type: kind,
		attachments: [
			given({
				kind,
				externalId: file.id,
				fileName: file.filename,
				mimeType: file.mime_type,
				sha256: hexDigest(file.sha256),
				url: file.url,
			}),
		],
		...given({ text: file.caption }),
	};
}

/** A button of a template. */
function pressed(value: unknown): Content {
	const { text, payload } = buttonSchema.parse(value);
	return {
		type: 'button',
		data: json(value),
		button: given({ data: payload, title: text }),
		...given({ text }),
	};
}

/** A button, an element of a list, or a form that was filled in. */
function chosen(value: unknown): Content {
	const { button_reply: button, list_reply: element, nfm_reply: form } = interactiveSchema.parse(value);
	const reply = button ?? element;
	return {
		type: reply ? 'button' : 'interactive',
		data: json(value),
		...(reply && { button: given({ data: reply.id, title: reply.title }) }),
		...given({ text: reply?.title ?? form?.body }),
	};
}

function bodyOf(value: unknown): string | undefined {
	return isRecord(value) && typeof value['body'] === 'string' ? value['body'] : undefined;
}

/** Given in base64. */
function hexDigest(sha256: string | undefined): string | undefined {
	const bytes = Buffer.from(sha256 ?? '', 'base64');
	return bytes.length === 32 ? bytes.toString('hex') : undefined;
}

function json(value: unknown): Json {
	return z.json().catch(null).parse(value);
}
