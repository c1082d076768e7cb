import { z } from 'zod';

import { maskSecrets } from '../../../shared';
import { textOf } from '../../answer';
import { ChannelError } from '../../errors';

export interface TelegramBot {
	/** Such as `https://api.telegram.org`. */
	apiRoot: string;
	token: string;
	/** Of one request. Default 15,000. */
	timeoutMs?: number;
}

export interface TelegramWebhook {
	url: string;
	secretToken: string;
	/** Kinds of updates; all that Telegram sends without being asked when empty. */
	allowedUpdates: string[];
}

const answerSchema = z.looseObject({
	ok: z.boolean(),
	result: z.unknown().optional(),
	description: z.string().optional(),
	parameters: z.looseObject({ retry_after: z.number().optional() }).optional(),
});

const infoSchema = z.looseObject({ url: z.string(), allowed_updates: z.array(z.string()).optional() });

/** Id of a bot: what stands before the colon of its token. @throws ChannelError `misconfigured` */
export function botId(token: string): string {
	const [, id] = /^(\d+):[\w-]+$/.exec(token) ?? [];
	if (id !== undefined) return id;
	throw new ChannelError(
		'misconfigured',
		'The access token of the Telegram credential is not of the form 123456:ABC….',
		'Copy it from the chat with @BotFather.',
	);
}

/** Where a bot delivers to now; empty when nowhere. @throws ChannelError */
export async function getWebhook(bot: TelegramBot): Promise<{ url: string; allowedUpdates: string[] }> {
	const { url, allowed_updates: allowedUpdates = [] } = infoSchema.parse(
		await ask(bot, 'getWebhookInfo', {}),
	);
	return { url, allowedUpdates };
}

/** What waits at Telegram is delivered to the new place. @throws ChannelError */
export async function setWebhook(bot: TelegramBot, webhook: TelegramWebhook): Promise<void> {
	await ask(bot, 'setWebhook', {
		url: webhook.url,
		secret_token: webhook.secretToken,
		allowed_updates: webhook.allowedUpdates,
		drop_pending_updates: false,
	});
}

/** @throws ChannelError */
export async function deleteWebhook(bot: TelegramBot): Promise<void> {
	await ask(bot, 'deleteWebhook', { drop_pending_updates: false });
}

async function ask(bot: TelegramBot, method: string, body: object): Promise<unknown> {
	const { apiRoot, token, timeoutMs = 15_000 } = bot;
	let response: Response;
	let text: string;
	try {
		response = await fetch(`${apiRoot.replace(/\/+$/, '')}/bot${token}/${method}`, {
			method: 'POST',
			headers: { 'content-type': 'application/json' },
			body: JSON.stringify(body),
			signal: AbortSignal.timeout(timeoutMs),
			redirect: 'error',
		});
		text = await textOf(response);
	} catch {
		// Without the cause: it may name the address, and the token stands in it.
		throw new ChannelError(
			'unavailable',
			`Telegram could not be asked to ${method}: there was no answer of sensible length within ${timeoutMs / 1000} s, or no connection.`,
			'See that n8n reaches the base URL of the Telegram credential.',
		);
	}
	const answer = answerSchema.safeParse(json(text)).data;
	if (answer?.ok === true) return answer.result;
	throw refusal(method, response.status, answer, token);
}

function refusal(
	method: string,
	status: number,
	answer: z.output<typeof answerSchema> | undefined,
	token: string,
): ChannelError {
	const words = maskSecrets((answer?.description ?? `HTTP ${status}`).replaceAll(token, '***'));
	const details = { sourceCode: String(status) };
	if (status === 401 || status === 404) {
		return new ChannelError(
			'unauthorised',
			`Telegram does not know the bot: ${words}.`,
			'Check the access token in the Telegram credential.',
			details,
		);
	}
	if (status === 429) {
		const retryAfterMs = (answer?.parameters?.retry_after ?? 1) * 1000;
		return new ChannelError(
			'rate_limited',
			`Telegram wants a pause before it is asked to ${method}: ${words}.`,
			`Try again in ${retryAfterMs / 1000} s.`,
			{ ...details, retryAfterMs },
		);
	}
	return new ChannelError(
		status >= 500 ? 'unavailable' : 'rejected',
		`Telegram refuses to ${method}: ${words}.`,
		'The address has to be reachable from the internet over HTTPS, on port 443, 80, 88 or 8443.',
		details,
	);
}

function json(text: string): unknown {
	try {
		return JSON.parse(text) as unknown;
	} catch {
		return undefined;
	}
}
