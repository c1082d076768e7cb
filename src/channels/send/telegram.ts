import { z } from 'zod';

import { ChannelError, type ChannelErrorDetails } from '../errors';
import type { Format } from '../render';
import { faultOf, refusal } from './refusals';
import { agentFor } from './telegram-agents';
import type { Button, ChannelClient, Content, Media, SendRequest, Sent, Target } from './request';

export interface TelegramAccess {
	token: string;
	/** Default https://api.telegram.org */
	baseUrl?: string | undefined;
	/** Of one request. Default 30,000. */
	timeoutMs?: number | undefined;
}

/** Telegram's Bot API, through telegraf. Source: core.telegram.org/bots/api. */
export function telegramClient(access: TelegramAccess): ChannelClient {
	return { send: async (request, signal) => await send(access, request, signal) };
}

type Call = [method: string, payload: Record<string, unknown>];

async function send(
	{ token, baseUrl, timeoutMs = 30_000 }: TelegramAccess,
	{ target, content }: SendRequest,
	signal?: AbortSignal,
): Promise<Sent> {
	const { Telegram } = await import('telegraf');
	const telegram = new Telegram(token, baseUrl === undefined ? {} : { apiRoot: baseUrl });
	// Given here, since its constructor takes none for an address without TLS.
	telegram.options.agent = agentFor(telegram.options.apiRoot);
	const [method, payload] = callOf(target, content);
	const time = AbortSignal.timeout(timeoutMs);
	try {
		// By the name of the method: its own functions give no way to end a request.
		const call = telegram.callApi.bind(telegram) as (
			method: string,
			payload: object,
			options: { signal: AbortSignal },
		) => Promise<unknown>;
		return sentOf(await call(method, payload, { signal: signal ? AbortSignal.any([signal, time]) : time }));
	} catch (thrown) {
		throw refusalOf(target, thrown, token);
	}
}

const parseModes: Record<Format, string | undefined> = {
	plain: undefined,
	html: 'HTML',
	markdown: 'MarkdownV2',
};

function callOf(target: Target, content: Content): Call {
	const chat = { chat_id: target.chatId };
	const place = { ...chat, ...topic(target) };
	switch (content.operation) {
		case 'message':
			return [
				'sendMessage',
				{
					...place,
					...formatted('text', content.text, content.format),
					...common(content),
					...(content.noPreview && { link_preview_options: { is_disabled: true } }),
				},
			];
		case 'media':
			return mediaCall(target, content);
		case 'edit':
			return [
				'editMessageText',
				{
					...chat,
					message_id: Number(content.messageId),
					...formatted('text', content.text, content.format),
					...keyboard(content.buttons),
				},
			];
		case 'delete':
			return ['deleteMessage', { ...chat, message_id: Number(content.messageId) }];
		case 'answerCallback':
			return [
				'answerCallbackQuery',
				{
					callback_query_id: content.callbackId,
					...(content.text !== undefined && { text: content.text }),
					...(content.alert && { show_alert: true }),
				},
			];
		case 'typing':
			return ['sendChatAction', { ...place, action: 'typing' }];
		case 'template':
			throw new ChannelError(
				'unsupported',
				'Telegram has no templates of its own.',
				'Send a message whose text is made of a template of the store.',
			);
	}
}

/** Messages of the topic "General" are sent without one: Telegram knows no topic 1. */
function topic({ threadId }: Target): { message_thread_id?: number } {
	return threadId === undefined || threadId === '1' ? {} : { message_thread_id: Number(threadId) };
}

function mediaCall(target: Target, content: Extract<Content, { operation: 'media' }>): Call {
	const place = { chat_id: target.chatId, ...topic(target) };
	const [only, ...others] = content.media;
	if (only && others.length === 0) {
		const kind = only.kind;
		const method = `send${kind[0]?.toUpperCase()}${kind.slice(1)}`;
		return [
			method,
			{
				...place,
				[kind]: source(only),
				...formatted('caption', only.caption, content.format),
				...common(content),
			},
		];
	}
	const media = content.media.map((item) => ({
		type:
			item.kind === 'animation' || item.kind === 'voice' || item.kind === 'sticker' ? 'document' : item.kind,
		media: source(item),
		...formatted('caption', item.caption, content.format),
	}));
	return ['sendMediaGroup', { ...place, media, ...common({ ...content, buttons: undefined }) }];
}

/** @throws ChannelError `invalid_input` */
function source({ url, fileId }: Media): string {
	const given = fileId ?? url;
	if (given !== undefined) return given;
	throw new ChannelError(
		'invalid_input',
		'A file has neither an address nor an id.',
		'Give the address under which Telegram can fetch it, or the id it has there.',
	);
}

function formatted(field: string, text: string | undefined, format: Format): Record<string, unknown> {
	if (text === undefined) return {};
	const mode = parseModes[format];
	return { [field]: text, ...(mode !== undefined && { parse_mode: mode }) };
}

function common(content: {
	buttons?: Button[][] | undefined;
	replyTo?: string | undefined;
	silent?: boolean | undefined;
}): Record<string, unknown> {
	return {
		...keyboard(content.buttons),
		...(content.silent && { disable_notification: true }),
		...(content.replyTo !== undefined && {
			reply_parameters: { message_id: Number(content.replyTo), allow_sending_without_reply: true },
		}),
	};
}

function keyboard(buttons: Button[][] | undefined): Record<string, unknown> {
	if (!buttons || buttons.length === 0) return {};
	const rows = buttons.map((row) =>
		row.map(({ text, url, data }) =>
			url === undefined ? { text, callback_data: callbackData(data ?? text) } : { text, url },
		),
	);
	return { reply_markup: { inline_keyboard: rows } };
}

/** @throws ChannelError `invalid_input` */
function callbackData(data: string): string {
	if (Buffer.byteLength(data) <= 64) return data;
	throw new ChannelError(
		'invalid_input',
		`The data of a button has more than 64 bytes: ${data.slice(0, 20)}…`,
		'Give the button shorter data.',
	);
}

const messageSchema = z.object({
	message_id: z.number(),
	date: z.number().optional(),
	chat: z.object({ id: z.number() }).optional(),
});

function sentOf(result: unknown): Sent {
	const messages = (Array.isArray(result) ? result : [result])
		.map((message) => messageSchema.safeParse(message))
		.flatMap(({ data }) => data ?? []);
	const [first] = messages;
	return {
		externalIds: messages.map(({ message_id: id }) => String(id)),
		chatId: first?.chat && String(first.chat.id),
		sentAt: first?.date === undefined ? undefined : new Date(first.date * 1000).toISOString(),
	};
}

const saidSchema = z.object({
	response: z.object({
		error_code: z.number(),
		description: z.string().default(''),
		parameters: z
			.object({
				retry_after: z.number().optional(),
				migrate_to_chat_id: z.union([z.number(), z.string()]).optional(),
			})
			.default({}),
	}),
});

function refusalOf(target: Target, thrown: unknown, token: string): ChannelError {
	const said = saidSchema.safeParse(thrown);
	if (!said.success) return faultOf(target, thrown, [token]);
	const { error_code: status, description, parameters } = said.data.response;
	const give = (code: ChannelError['code'], details: ChannelErrorDetails = {}): ChannelError =>
		refusal(code, target, description || `error ${status}`, { sourceCode: String(status), ...details }, [
			token,
		]);
	if (parameters.migrate_to_chat_id !== undefined)
		return give('chat_migrated', { migratedTo: String(parameters.migrate_to_chat_id) });
	// Without a number it asks for some time all the same.
	if (status === 429) return give('rate_limited', { retryAfterMs: (parameters.retry_after ?? 5) * 1000 });
	if (status === 401 || status === 404) return give('unauthorised');
	if (status === 403) return give('blocked');
	if (status === 400 && /chat not found|user not found|peer_id_invalid|chat_id is empty/i.test(description))
		return give('chat_not_found');
	if (status === 503) return give('unavailable');
	if (status >= 500) return give('outcome_unknown');
	return give('rejected');
}
