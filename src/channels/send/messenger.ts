import { z } from 'zod';

import { ChannelError } from '../errors';
import { graphCall, type GraphAccess } from './graph';
import { unsupported } from './refusals';
import type { Button, ChannelClient, Content, SendRequest } from './request';
import { dayMs } from './window';

export interface MessengerAccess extends GraphAccess {
	/** Sends as a person within seven days of the last message, where the app may do that. */
	humanAgent?: boolean | undefined;
}

/**
 * Messenger's and Instagram's Send API, which are one. Sources: developers.facebook.com/docs/messenger-platform/reference/send-api;
 * developers.facebook.com/docs/instagram-platform/instagram-api-with-facebook-login/messaging.
 */
export function messengerClient(access: MessengerAccess): ChannelClient {
	return {
		...(access.humanAgent && { windowMs: 7 * dayMs }),
		send: async (request, signal) => {
			const { target } = request;
			const body = { ...bodyOf(request), ...(access.humanAgent && tagged(request)) };
			const answer = await graphCall(access, target, `${target.account}/messages`, body, signal);
			const found = z.object({ message_id: z.string().optional() }).safeParse(answer);
			return { externalIds: found.data?.message_id === undefined ? [] : [found.data.message_id] };
		},
	};
}

/** Within the usual day it is an answer like any other. */
const tagged = ({ content, sinceInboundMs }: SendRequest): object =>
	content.operation === 'typing' || (sinceInboundMs ?? Number.POSITIVE_INFINITY) <= dayMs
		? {}
		: { messaging_type: 'MESSAGE_TAG', tag: 'HUMAN_AGENT' };

function bodyOf({ target, content }: SendRequest): object {
	const recipient = { id: target.chatId };
	const said = { recipient, messaging_type: 'RESPONSE' };
	switch (content.operation) {
		case 'message':
			return {
				...said,
				message: textOrButtons(content),
				...(content.replyTo !== undefined && { reply_to: { mid: content.replyTo } }),
			};
		case 'media': {
			const [media, ...others] = content.media;
			if (!media || others.length > 0 || media.caption !== undefined)
				throw new ChannelError(
					'unsupported',
					'This platform takes one file in a message, without a caption.',
					'Send the files one by one, and their captions as messages.',
				);
			const type = { photo: 'image', animation: 'image', video: 'video', audio: 'audio', voice: 'audio' }[
				media.kind as string
			];
			const payload = media.fileId === undefined ? { url: media.url } : { attachment_id: media.fileId };
			return { ...said, message: { attachment: { type: type ?? 'file', payload } } };
		}
		case 'typing':
			return { recipient, sender_action: 'typing_on' };
		default:
			return unsupported(target, content.operation);
	}
}

/** Of the button template: developers.facebook.com/docs/messenger-platform/reference/templates/button. */
const mostBesideAddresses = 640;

function textOrButtons({ text, buttons }: Extract<Content, { operation: 'message' }>): object {
	const flat = buttons?.flat() ?? [];
	if (flat.length === 0) return { text };
	if (flat.every(({ url }) => url === undefined)) {
		if (flat.length > 13) throw tooMany('13 quick replies');
		return { text, quick_replies: flat.map(quickReply) };
	}
	if (flat.length > 3) throw tooMany('3 buttons');
	if (text.length > mostBesideAddresses)
		throw new ChannelError(
			'invalid_input',
			`A text with buttons that open an address has more than the ${mostBesideAddresses} characters that this platform takes.`,
			'Shorten it, or send the buttons with a second message.',
		);
	const shown = flat.map(({ text: title, url, data }) =>
		url === undefined ? { type: 'postback', title, payload: data ?? title } : { type: 'web_url', title, url },
	);
	return {
		attachment: {
			type: 'template',
			payload: { template_type: 'button', text, buttons: shown },
		},
	};
}

const quickReply = ({ text, data }: Button): object => ({
	content_type: 'text',
	title: [...text].slice(0, 20).join(''),
	payload: data ?? text,
});

const tooMany = (most: string): ChannelError =>
	new ChannelError(
		'invalid_input',
		`A message has more buttons than this platform takes: at most ${most}.`,
		'Give fewer buttons.',
	);
