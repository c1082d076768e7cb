import { z } from 'zod';

import { ChannelError } from '../errors';
import { fillTemplate } from '../render';
import { request } from './http';
import { plainWithAddresses } from './plain';
import { refusal, unsupported } from './refusals';
import type { ChannelClient } from './request';

export interface GatewayAccess {
	url: string;
	/** A header that holds the key. */
	header?: { name: string; value: string } | undefined;
	/** JSON in which {{to}}, {{from}} and {{text}} stand within texts. */
	body: string;
	/** Where the answer says the id of the message: names with dots between them. Default `id`. */
	idPath?: string | undefined;
	timeoutMs?: number | undefined;
}

/** As long as an id of a message may be in the store. */
const idSchema = z.union([z.string().min(1).max(500), z.number()]);

/** SMS through any gateway that takes JSON. */
export function gatewayClient({ url, header, body, idPath = 'id', timeoutMs }: GatewayAccess): ChannelClient {
	const secrets = header ? [header.value] : [];
	return {
		send: async ({ target, content }, signal) => {
			if (content.operation !== 'message') return unsupported(target, content.operation);
			const values = {
				to: target.chatId,
				from: target.account,
				text: plainWithAddresses(content),
			};
			const answer = await request(
				target,
				{
					url,
					headers: { 'content-type': 'application/json', ...(header && { [header.name]: header.value }) },
					body: JSON.stringify(filled(templateOf(body), values)),
					...{ signal, timeoutMs },
				},
				secrets,
			);
			const { status } = answer;
			if (status < 300) {
				const id = idSchema.safeParse(valueAt(answer.body, idPath));
				return { externalIds: id.success ? [String(id.data)] : [] };
			}
			const text = answer.text === '' ? `error ${status}` : answer.text;
			if (status === 429)
				throw refusal(
					'rate_limited',
					target,
					text,
					{ sourceCode: '429', retryAfterMs: answer.retryAfterMs ?? 5000 },
					secrets,
				);
			const code =
				status === 401 || status === 403
					? 'unauthorised'
					: status === 503
						? 'unavailable'
						: status >= 500
							? 'outcome_unknown'
							: 'rejected';
			throw refusal(code, target, text, { sourceCode: String(status) }, secrets);
		},
	};
}

/** @throws ChannelError `misconfigured` */
function templateOf(body: string): unknown {
	try {
		return JSON.parse(body) as unknown;
	} catch {
		throw new ChannelError(
			'misconfigured',
			'The body for the SMS gateway is not JSON.',
			'Write it as {"to": "{{to}}", "message": "{{text}}"}.',
		);
	}
}

/** Within the parsed JSON, so that quotes in a text stay text. */
function filled(template: unknown, values: Record<string, string>): unknown {
	if (typeof template === 'string') return fillTemplate(template, values).text;
	if (Array.isArray(template)) return template.map((item) => filled(item, values));
	if (typeof template !== 'object' || template === null) return template;
	return Object.fromEntries(Object.entries(template).map(([key, value]) => [key, filled(value, values)]));
}

function valueAt(body: unknown, path: string): unknown {
	return path
		.split('.')
		.reduce<unknown>(
			(value, key) =>
				typeof value === 'object' && value !== null && Object.hasOwn(value, key)
					? (value as Record<string, unknown>)[key]
					: undefined,
			body,
		);
}
