import { z } from 'zod';

import { describeFaults, parseInput } from '../../shared';
import { chatIdOf } from '../chat-id';
import { ChannelError } from '../errors';
import { platforms } from '../platform';
import { formats } from '../render';

const id = z.union([z.string().min(1).max(500), z.number().int()]).transform(String);
const word = z.string().min(1).max(1000);

const buttonSchema = z.strictObject({
	text: z.string().min(1).max(64),
	/** Opens an address. */
	url: z.url().max(2048).optional(),
	/** Comes back as a callback when it is pressed; by default its text. */
	data: z.string().min(1).max(200).optional(),
});
export type Button = z.output<typeof buttonSchema>;

const mediaSchema = z.strictObject({
	kind: z.enum(['photo', 'video', 'audio', 'voice', 'document', 'animation', 'sticker']).default('document'),
	/** Where the platform fetches it, */
	url: z
		.url({ protocol: /^https?$/ })
		.max(4096)
		.optional(),
	/** or its id there. */
	fileId: word.optional(),
	caption: z.string().max(4096).optional(),
	fileName: z.string().max(255).optional(),
});
export type Media = z.output<typeof mediaSchema>;

const format = z.enum(formats).default('plain');
const buttons = z.array(z.array(buttonSchema).min(1).max(8)).max(20).optional();

export const contentSchema = z.discriminatedUnion('operation', [
	z.strictObject({
		operation: z.literal('message'),
		text: z.string().min(1).max(200_000),
		format,
		buttons,
		/** Id of the message it answers. */
		replyTo: id.optional(),
		/** Without a sound. */
		silent: z.boolean().optional(),
		/** Without a preview of the first link. */
		noPreview: z.boolean().optional(),
		/** In place of the text where the platform takes none any more. */
		fallback: z
			.strictObject({ name: word, language: word, values: z.array(z.string().max(1024)).max(50).default([]) })
			.optional(),
	}),
	z.strictObject({
		operation: z.literal('media'),
		/** Several are an album. */
		media: z.array(mediaSchema).min(1).max(10),
		format,
		buttons,
		replyTo: id.optional(),
		silent: z.boolean().optional(),
	}),
	z.strictObject({
		operation: z.literal('template'),
		/** As it is registered at the platform. */
		name: word,
		language: word.default('en'),
		/** For its places, in their order. */
		values: z.array(z.string().max(1024)).max(50).default([]),
	}),
	z.strictObject({
		operation: z.literal('edit'),
		messageId: id,
		text: z.string().min(1).max(4096),
		format,
		buttons,
	}),
	z.strictObject({ operation: z.literal('delete'), messageId: id }),
	z.strictObject({
		operation: z.literal('answerCallback'),
		callbackId: id,
		text: z.string().max(200).optional(),
		/** In a box that has to be closed. */
		alert: z.boolean().optional(),
	}),
	z.strictObject({
		operation: z.literal('typing'),
		/** The message that is answered: WhatsApp needs it. */ messageId: id.optional(),
	}),
]);
export type Content = z.output<typeof contentSchema>;
export type ContentInput = z.input<typeof contentSchema>;
export type Operation = Content['operation'];

export const targetSchema = z.strictObject({
	platform: z.enum(platforms),
	/** The bot, page or number that sends, by its id on the platform. */
	account: id.default('default'),
	chatId: id,
	chatKind: z.enum(['private', 'group', 'channel']).default('private'),
	/** A topic of the chat, as Telegram's forums have them. */
	threadId: id.optional(),
});
export type Target = z.output<typeof targetSchema>;
export type TargetInput = z.input<typeof targetSchema>;

/** One request to a platform. */
export interface SendRequest {
	target: Target;
	content: Content;
	/** Milliseconds since the other side wrote last, where that is known. */
	sinceInboundMs?: number | undefined;
}

/** What a platform has made of it. */
export interface Sent {
	/** Ids of the messages, one for each item of an album; none for what makes no message. */
	externalIds: string[];
	/** Where it went, when the platform says so. */
	chatId?: string | undefined;
	/** ISO 8601, by the platform's clock when it says so. */
	sentAt?: string | undefined;
}

/** A way to one platform with one account. */
export interface ChannelClient {
	/** @throws ChannelError */
	send(request: SendRequest, signal?: AbortSignal): Promise<Sent>;
	/** For how long after the last message of the other side it may send a free text; default what the platform has for all. */
	windowMs?: number | undefined;
}

/** @throws ChannelError `invalid_input` naming the fields */
export function parseContent(input: unknown): Content {
	return parsed(contentSchema, input, 'What is to be sent');
}

/** @throws ChannelError `invalid_input` naming the fields */
export function parseTarget(input: unknown): Target {
	const target = parsed(targetSchema, input, 'Where it is to be sent');
	return { ...target, chatId: chatIdOf(target.platform, target.chatId) };
}

function parsed<T>(schema: z.ZodType<T>, input: unknown, what: string): T {
	const result = parseInput(schema, input);
	if (result.ok) return result.value;
	throw new ChannelError(
		'invalid_input',
		`${what} cannot be used: ${describeFaults(result.faults)}.`,
		'Correct the field. Nothing was sent.',
	);
}
