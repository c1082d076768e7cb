import { z } from 'zod';

import { twilioAddress } from '../carrier';
import { ChannelError, type ChannelErrorCode } from '../errors';
import { request } from './http';
import { plainWithAddresses } from './plain';
import { refusal, unsupported } from './refusals';
import type { ChannelClient, SendRequest } from './request';

export interface TwilioAccess {
	accountSid: string;
	/** The account and its token, or a key and its secret. */
	username: string;
	password: string;
	/** Default https://api.twilio.com */
	baseUrl?: string | undefined;
	/** In place of the account's number; ids begin with MG. */
	messagingServiceSid?: string | undefined;
	timeoutMs?: number | undefined;
}

/** SMS, MMS, and WhatsApp and Messenger over Twilio. Source: twilio.com/docs/messaging/api/message-resource. */
export function twilioClient(access: TwilioAccess): ChannelClient {
	const { accountSid, username, password, baseUrl = 'https://api.twilio.com', timeoutMs } = access;
	const secrets = [password];
	return {
		send: async ({ target, content }, signal) => {
			const fields = fieldsOf({ target, content }, access.messagingServiceSid);
			const answer = await request(
				target,
				{
					url: `${baseUrl.replace(/\/$/, '')}/2010-04-01/Accounts/${encodeURIComponent(accountSid)}/Messages.json`,
					headers: {
						authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`,
						'content-type': 'application/x-www-form-urlencoded',
					},
					body: new URLSearchParams(fields).toString(),
					...{ signal, timeoutMs },
				},
				secrets,
			);
			if (answer.status < 300) {
				const found = z.object({ sid: z.string() }).safeParse(answer.body);
				return { externalIds: found.success ? [found.data.sid] : [] };
			}
			const said = errorSchema.safeParse(answer.body);
			const { code, message } = said.success ? said.data : { code: 0, message: `error ${answer.status}` };
			throw refusal(
				meaningOf(code, answer.status),
				target,
				message,
				{
					sourceCode: String(code === 0 ? answer.status : code),
					...(answer.status === 429 && { retryAfterMs: answer.retryAfterMs ?? 1000 }),
				},
				secrets,
			);
		},
	};
}

const errorSchema = z.object({ code: z.number().default(0), message: z.string().default('') });

function fieldsOf({ target, content }: SendRequest, service: string | undefined): [string, string][] {
	const fields: [string, string][] = [
		['To', twilioAddress(target.platform, target.chatId)],
		service === undefined
			? ['From', twilioAddress(target.platform, target.account)]
			: ['MessagingServiceSid', service],
	];
	if (content.operation === 'message') {
		return [...fields, ['Body', plainWithAddresses(content)]];
	}
	if (content.operation === 'media') {
		const captions = content.media.flatMap(({ caption }) => caption ?? []);
		const urls = content.media.flatMap(({ url }) => url ?? []);
		if (urls.length < content.media.length)
			throw new ChannelError(
				'invalid_input',
				'Twilio takes a file by the address under which it can be fetched, and not by an ID.',
				'Give the address of each file. Nothing was sent.',
			);
		return [
			...fields,
			...(captions.length > 0 ? [['Body', captions.join('\n')] as [string, string]] : []),
			...urls.map((url): [string, string] => ['MediaUrl', url]),
		];
	}
	if (content.operation === 'template') {
		const values = Object.fromEntries(content.values.map((value, index) => [String(index + 1), value]));
		return [...fields, ['ContentSid', content.name], ['ContentVariables', JSON.stringify(values)]];
	}
	return unsupported(target, content.operation);
}

/** Source: twilio.com/docs/api/errors. */
function meaningOf(code: number, status: number): ChannelErrorCode {
	if (code === 21_610) return 'opted_out';
	if ([21_211, 21_214, 21_614, 30_003, 30_005, 30_006, 63_003, 63_024].includes(code))
		return 'chat_not_found';
	if (code === 63_016) return 'window_closed';
	if (status === 429 || [20_429, 14_107, 63_018].includes(code)) return 'rate_limited';
	if (status === 401 || [20_003, 20_404].includes(code)) return 'unauthorised';
	if (status === 503) return 'unavailable';
	return status >= 500 ? 'outcome_unknown' : 'rejected';
}
