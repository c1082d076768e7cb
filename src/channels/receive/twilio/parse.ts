import { z } from 'zod';

import { ofTwilio } from '../../carrier';
import type { Parsed } from '../channel';
import { Collector } from '../collect';
import type { ChannelEvent, StatusEvent } from '../event';
import { given, idText } from '../fields';
import { rawOrigin } from '../meta/entries';

const count = z.coerce.number().int().min(0).max(20).default(0);

/** https://www.twilio.com/docs/messaging/guides/webhook-request */
const inboundSchema = z.looseObject({
	MessageSid: idText,
	From: idText,
	To: idText,
	Body: z.string().optional(),
	NumMedia: count,
	ProfileName: z.string().optional(),
	OptOutType: z.string().optional(),
	ButtonText: z.string().optional(),
	ButtonPayload: z.string().optional(),
	OriginalRepliedMessageSid: z.string().optional(),
	Forwarded: z.string().optional(),
	Latitude: z.coerce.number().optional(),
	Longitude: z.coerce.number().optional(),
	Address: z.string().optional(),
	Label: z.string().optional(),
	NumSegments: z.coerce.number().int().optional(),
});

/** https://www.twilio.com/docs/messaging/guides/track-outbound-message-status */
const statusSchema = z.looseObject({
	MessageSid: idText,
	MessageStatus: z.string(),
	To: idText.optional(),
	From: idText.optional(),
	ErrorCode: z.string().optional(),
	ErrorMessage: z.string().optional(),
});

const states: Record<string, StatusEvent['status']['state']> = {
	accepted: 'queued',
	scheduled: 'queued',
	queued: 'queued',
	sending: 'queued',
	sent: 'sent',
	delivered: 'delivered',
	read: 'read',
	undelivered: 'failed',
	failed: 'failed',
	canceled: 'failed',
};

/** @param receivedAt Twilio does not say when something was written */
export function parseTwilio(body: unknown, receivedAt: Date): Parsed {
	const collector = new Collector();
	const fields = z.record(z.string(), z.string()).parse(body);
	const isStatus = fields['MessageStatus'] !== undefined && fields['MessageStatus'] !== 'received';
	const origin = rawOrigin('sms', fields['To'] ?? 'unknown', body);
	collector.take('form', origin, () => {
		if (isStatus) return [settled(fields, receivedAt)];
		if (fields['From'] === undefined) return [{ ...origin, kind: 'unsupported', type: 'callback' }];
		return [written(fields, receivedAt)];
	});
	return collector.parsed;
}

function written(fields: Record<string, string>, receivedAt: Date): ChannelEvent {
	const message = inboundSchema.parse(fields);
	const { platform, id: from } = ofTwilio(message.From);
	const { account } = ofTwilio(message.To);
	const { MessageSid: id, ButtonPayload: data, ButtonText: title } = message;
	const attachments = Array.from({ length: message.NumMedia }, (_, index) => {
		const mimeType = fields[`MediaContentType${index}`];
		return { kind: kindOf(mimeType), ...given({ mimeType, url: fields[`MediaUrl${index}`] }) };
	});
	const { Latitude: latitude, Longitude: longitude, Address: address, Label: label } = message;
	const location =
		latitude === undefined || longitude === undefined
			? undefined
			: given({ latitude, longitude, address, label });
	return {
		id: `${platform}:${account}:${id}`,
		platform,
		account,
		occurredAt: receivedAt.toISOString(),
		raw: fields,
		kind: 'message',
		message: {
			event: 'message',
			platform,
			account,
			id,
			chat: { id: from },
			sender: { id: from, ...given({ name: message.ProfileName }) },
			sentAt: receivedAt.toISOString(),
			type: location ? 'location' : data === undefined ? (attachments[0]?.kind ?? 'text') : 'button',
			attachments,
			...given({ text: message.Body, data: location, replyTo: message.OriginalRepliedMessageSid }),
			...(message.Forwarded === 'true' && { forwardedFrom: {} }),
			metadata: given({ optOutType: message.OptOutType, segments: message.NumSegments }),
		},
		...((data !== undefined || title !== undefined) && { button: given({ data, title }) }),
	};
}

function kindOf(mimeType = ''): string {
	const kind = mimeType.split('/', 1)[0] ?? '';
	return ['image', 'video', 'audio'].includes(kind) ? kind : 'document';
}

function settled(fields: Record<string, string>, receivedAt: Date): ChannelEvent {
	const {
		MessageSid: messageId,
		MessageStatus: word,
		To: to,
		From: from,
		...more
	} = statusSchema.parse(fields);
	const { platform } = ofTwilio(to ?? from ?? '');
	const { account } = ofTwilio(from ?? 'unknown');
	const common = {
		id: `${platform}:${account}:${messageId}:${word}`,
		platform,
		account,
		occurredAt: receivedAt.toISOString(),
		raw: fields,
	};
	const state = states[word];
	if (state === undefined) return { ...common, kind: 'unsupported', type: `status ${word}` };
	const errors = more.ErrorCode ? [{ code: more.ErrorCode, title: more.ErrorMessage ?? '' }] : undefined;
	const chatId = to === undefined ? undefined : ofTwilio(to).id;
	return { ...common, kind: 'status', status: { state, messageId, ...given({ chatId, errors }) } };
}
