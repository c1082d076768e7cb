import { z } from 'zod';

import { ChannelError } from '../errors';
import { graphCall, type GraphAccess } from './graph';
import { unsupported } from './refusals';
import type { Button, ChannelClient, Content, Media, SendRequest } from './request';

/** WhatsApp's Cloud API. Source: developers.facebook.com/docs/whatsapp/cloud-api/messages. */
export function whatsAppClient(access: GraphAccess): ChannelClient {
	return {
		send: async (request, signal) => {
			const { target } = request;
			const answer = await graphCall(access, target, `${target.account}/messages`, bodyOf(request), signal);
			const found = answerSchema.safeParse(answer);
			const ids = found.success ? found.data.messages.map(({ id }) => id) : [];
			const [contact] = found.success ? found.data.contacts : [];
			return { externalIds: ids, chatId: contact?.wa_id };
		},
	};
}

const answerSchema = z.object({
	contacts: z.array(z.object({ wa_id: z.string().optional() })).default([]),
	messages: z.array(z.object({ id: z.string() })).default([]),
});

function bodyOf({ target, content }: SendRequest): object {
	const to = { messaging_product: 'whatsapp', recipient_type: 'individual', to: target.chatId };
	switch (content.operation) {
		case 'message':
			return { ...to, ...answering(content.replyTo), ...textOrButtons(content) };
		case 'media': {
			const [media, ...others] = content.media;
			if (!media || others.length > 0)
				throw new ChannelError(
					'unsupported',
					'WhatsApp takes no album in one message.',
					'Send the files one by one.',
				);
			const type = media.kind === 'photo' ? 'image' : media.kind === 'voice' ? 'audio' : mediaTypes(media);
			const isSaid = media.caption !== undefined;
			if (isSaid && !['image', 'video', 'document'].includes(type))
				throw new ChannelError(
					'unsupported',
					`WhatsApp shows no caption with a file of the kind "${media.kind}".`,
					'Send the caption as a message of its own.',
				);
			return {
				...to,
				...answering(content.replyTo),
				type,
				[type]: {
					...source(media),
					...(isSaid && { caption: media.caption }),
					...(type === 'document' && media.fileName !== undefined && { filename: media.fileName }),
				},
			};
		}
		case 'template':
			return { ...to, ...templateBody(content) };
		case 'typing':
			if (content.messageId === undefined)
				throw new ChannelError(
					'invalid_input',
					'WhatsApp shows that somebody is typing only in answer to a message.',
					'Give the id of the message that is answered.',
				);
			// It marks the message as read as well.
			return {
				messaging_product: 'whatsapp',
				status: 'read',
				message_id: content.messageId,
				typing_indicator: { type: 'text' },
			};
		default:
			return unsupported(target, content.operation);
	}
}

export function templateBody({
	name,
	language,
	values,
}: {
	name: string;
	language: string;
	values: string[];
}): object {
	const parameters = values.map((text) => ({ type: 'text', text }));
	return {
		type: 'template',
		template: {
			name,
			language: { code: language },
			...(parameters.length > 0 && { components: [{ type: 'body', parameters }] }),
		},
	};
}

const mediaTypes = ({ kind }: Media): string => (kind === 'animation' ? 'video' : kind);
const answering = (id: string | undefined): object =>
	id === undefined ? {} : { context: { message_id: id } };
const source = ({ url, fileId }: Media): object => (fileId === undefined ? { link: url } : { id: fileId });

function textOrButtons({ text, buttons, noPreview }: Extract<Content, { operation: 'message' }>): object {
	const flat = buttons?.flat() ?? [];
	if (flat.length === 0) return { type: 'text', text: { body: text, preview_url: !noPreview } };
	const [first] = flat;
	if (first?.url !== undefined && flat.length === 1)
		return interactive('cta_url', text, {
			name: 'cta_url',
			parameters: { display_text: first.text, url: first.url },
		});
	if (flat.length > 3 || flat.some(({ url }) => url !== undefined))
		throw new ChannelError(
			'invalid_input',
			'WhatsApp takes three buttons that answer, or one that opens an address.',
			'Give fewer buttons, or put the addresses into the text.',
		);
	return interactive('button', text, { buttons: flat.map(replyButton) });
}

const replyButton = ({ text, data }: Button): object => ({
	type: 'reply',
	reply: { id: data ?? text, title: [...text].slice(0, 20).join('') },
});

/** @throws ChannelError `invalid_input` */
function interactive(type: string, text: string, action: object): object {
	if (text.length <= 1024) return { type: 'interactive', interactive: { type, body: { text }, action } };
	throw new ChannelError(
		'invalid_input',
		'A text with buttons has more than the 1,024 characters that WhatsApp takes.',
		'Shorten it, or send the buttons with a second message.',
	);
}
