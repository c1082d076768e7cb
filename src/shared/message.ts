import { z } from 'zod';

/**
 * The normal form of a message: what every channel is turned into, the store keeps, and decisions are made on. Ids of
 * platforms are text: some are numbers too great for one, some are no numbers at all.
 */

const oldestMs = 0;
const dayMs = 24 * 60 * 60_000;
const mostTextLength = 2_000_000;
const mostDepth = 50;
const mostJsonBytes = 256 * 1024;

/** Half a surrogate pair and NUL are no characters: a database refuses them, and with them the whole batch. */
const cleaned = (text: string): string => text.replace(/[\0\p{Surrogate}]/gu, '\u{FFFD}');

const text = (most = 10_000) =>
	z.string().max(most, `must have at most ${most} characters`).transform(cleaned);

/** An id that was changed would be another one, so it is refused in place of being mended. */
const id = z
	.union([z.string(), z.number(), z.bigint()])
	.refine((value) => typeof value !== 'number' || Number.isSafeInteger(value), {
		message: 'is a number that has lost digits already; give it as text',
	})
	.transform(String)
	.refine((value) => value !== '' && value.length <= 500, { message: 'must have 1 to 500 characters' })
	.refine((value) => cleaned(value) === value, { message: 'holds characters that no id has' });

const instant = z
	.union([z.string(), z.date()])
	.transform((value) => new Date(value))
	.refine((value) => value.getTime() >= oldestMs && value.getTime() <= Date.now() + dayMs, {
		message: 'must be a time from 1970 to a day from now, in ISO 8601',
	})
	.transform((value) => value.toISOString());

type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** Any JSON of a size that platforms send along, with its texts cleaned. */
const json = z
	.unknown()
	.superRefine((value, context) => {
		// Before anything looks into it by calling itself.
		if (isDeep(value)) context.addIssue(`must be at most ${mostDepth} levels deep`);
	})
	.pipe(z.json())
	.refine((value) => Buffer.byteLength(JSON.stringify(value)) <= mostJsonBytes, {
		message: `must have at most ${mostJsonBytes / 1024} kB as JSON`,
	})
	.transform((value) => cleanedJson(value));

function isDeep(value: unknown): boolean {
	let level: unknown[] = [value];
	for (let depth = 0; level.length > 0; depth += 1) {
		if (depth > mostDepth) return true;
		level = level.flatMap((part) => (typeof part === 'object' && part !== null ? Object.values(part) : []));
	}
	return false;
}

function cleanedJson(value: Json): Json {
	if (typeof value === 'string') return cleaned(value);
	if (Array.isArray(value)) return value.map(cleanedJson);
	if (value === null || typeof value !== 'object') return value;
	return Object.fromEntries(Object.entries(value).map(([key, part]) => [cleaned(key), cleanedJson(part)]));
}

const platform = z
	.string()
	.regex(
		/^[a-z0-9][a-z0-9_-]{0,31}$/,
		'must be a word such as telegram, whatsapp, messenger, instagram, sms',
	);

const count = z.number().int().nonnegative();

export const attachmentSchema = z.strictObject({
	kind: z.string().max(50).default('document'),
	/** The platform's own id of the file. */
	externalId: id.optional(),
	fileName: text(1000).optional(),
	mimeType: text(200).optional(),
	sizeBytes: count.optional(),
	sha256: z
		.string()
		.regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits')
		.optional(),
	url: text().optional(),
	thumbnailUrl: text().optional(),
	/** Where its bytes are kept. */
	storage: z.strictObject({ provider: text(100), bucket: text(300).optional(), path: text(2000) }).optional(),
	width: count.optional(),
	height: count.optional(),
	durationMs: count.optional(),
	ocrText: text(mostTextLength).optional(),
	transcription: text(mostTextLength).optional(),
});

const base = {
	platform,
	/** The bot, page or number it came to, by its id on the platform. */
	account: id.default('default'),
	/** Unique within its chat. */
	id,
	chat: z.strictObject({
		id,
		kind: z.enum(['private', 'group', 'channel']).default('private'),
		title: text(1000).optional(),
		/** The id that this chat had before, as when a group of Telegram becomes a supergroup. */
		formerId: id.optional(),
	}),
	sender: z
		.strictObject({
			id,
			kind: z.enum(['contact', 'bot', 'system']).default('contact'),
			name: text(1000).optional(),
			username: text(1000).optional(),
		})
		.optional(),
	direction: z.enum(['inbound', 'outbound']).default('inbound'),
	/** Orders edits within one second, e.g. Telegram's update_id. */
	revision: count.max(Number.MAX_SAFE_INTEGER).default(0),
};

const content = {
	type: z.string().min(1).max(50).default('text'),
	text: text(mostTextLength).optional(),
	/** What is no text: a location, a contact, the answers of a form. */
	data: json.optional(),
	/** Mentions, links and formats within the text, as the platform has them. */
	entities: json.optional(),
	language: z
		.string()
		.regex(/^[a-z]{2,3}(-[A-Za-z0-9]{1,8})*$/, 'must be a code such as "ru" or "en"')
		.optional(),
	/** The author of a message that was passed on; `id` on the same platform. */
	forwardedFrom: z
		.strictObject({
			id: id.optional(),
			name: text(1000).optional(),
			chatId: id.optional(),
			messageId: id.optional(),
		})
		.optional(),
	/** Id of the message it answers, in the same chat. */
	replyTo: id.optional(),
	attachments: z.array(attachmentSchema).max(100).default([]),
	sentiment: z.enum(['positive', 'negative', 'neutral']).optional(),
	/** −1 … 1 */
	sentimentScore: z.number().min(-1).max(1).optional(),
	intent: text(200).optional(),
	topics: z.array(text(200)).max(100).optional(),
	/** 0 … 10 */
	priority: z.number().int().min(0).max(10).optional(),
	/** What else the platform says. */
	metadata: json.optional(),
};

export const messageSchema = z.discriminatedUnion('event', [
	z.strictObject({ event: z.literal('message'), ...base, ...content, sentAt: instant }),
	/** What a message says from `editedAt` on, as a whole. */
	z.strictObject({
		event: z.literal('edit'),
		...base,
		...content,
		editedAt: instant,
		sentAt: instant.optional(),
	}),
	/** Taken back by its author. */
	z.strictObject({
		event: z.literal('delete'),
		...base,
		deletedAt: instant.optional(),
		sentAt: instant.optional(),
	}),
]);

/** A new message unless `event` says otherwise. */
export const messageInputSchema = z.preprocess(
	(value) => (isRecord(value) ? { event: 'message', ...value } : value),
	messageSchema,
);

/** A message in its normal form. */
export type Message = z.output<typeof messageSchema>;
/** What becomes one: with what has a default left out. */
export type MessageInput = Distributed<z.input<typeof messageSchema>>;
export type Attachment = z.output<typeof attachmentSchema>;

type Distributed<Event> = Event extends { event: 'message' }
	? Omit<Event, 'event'> & { event?: 'message' }
	: Event;

function isRecord(value: unknown): value is Record<string, unknown> {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}
