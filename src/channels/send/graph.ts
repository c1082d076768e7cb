import { z } from 'zod';

import { carrierOf } from '../carrier';
import { ChannelError, type ChannelErrorCode, type ChannelErrorDetails } from '../errors';
import { request, type HttpAnswer } from './http';
import { refusal } from './refusals';
import type { Target } from './request';

export interface GraphAccess {
	accessToken: string;
	/** Default https://graph.facebook.com */
	baseUrl?: string | undefined;
	/** Default v23.0 */
	version?: string | undefined;
	timeoutMs?: number | undefined;
}

/** One call of Meta's Graph API. @throws ChannelError */
export async function graphCall(
	{ accessToken, baseUrl = 'https://graph.facebook.com', version = 'v23.0', timeoutMs }: GraphAccess,
	target: Target,
	path: string,
	body: object,
	signal?: AbortSignal,
): Promise<unknown> {
	if (carrierOf(target.account))
		throw new ChannelError(
			'misconfigured',
			`The account ${target.account} is one of Twilio's, which Meta does not know.`,
			'Send to it through Twilio.',
		);
	const answer = await request(
		target,
		{
			url: `${baseUrl.replace(/\/$/, '')}/${version}/${path}`,
			headers: { authorization: `Bearer ${accessToken}`, 'content-type': 'application/json' },
			body: JSON.stringify(body),
			...{ signal, timeoutMs },
		},
		[accessToken],
	);
	if (answer.status < 300) return answer.body;
	throw graphRefusal(target, answer, accessToken);
}

const errorSchema = z.object({
	error: z.object({
		message: z.string().default(''),
		code: z.number().default(0),
		error_subcode: z.number().optional(),
		error_data: z.looseObject({ details: z.string().optional() }).optional(),
	}),
});

/** The codes that mean the same whatever their text says. Sources: developers.facebook.com, error codes of each platform. */
const meanings: Array<{ codes: number[]; code: ChannelErrorCode; waitMs?: number }> = [
	{ codes: [131_047, 2_018_278, 2_534_022], code: 'window_closed' },
	// The whole account, the app, or one pair of numbers.
	{ codes: [4, 613, 80_007, 130_429, 131_048, 133_016], code: 'rate_limited', waitMs: 60_000 },
	{ codes: [131_056], code: 'rate_limited', waitMs: 6_000 },
	{ codes: [551, 1_545_041, 2_018_108, 131_050], code: 'blocked' },
	{ codes: [131_026, 131_030, 2_018_001, 2_534_014], code: 'chat_not_found' },
	{ codes: [0, 3, 10, 190, 200, 131_005], code: 'unauthorised' },
	{ codes: [1, 2, 131_000, 131_016], code: 'outcome_unknown' },
];

function graphRefusal(
	target: Target,
	{ status, body, retryAfterMs }: HttpAnswer,
	accessToken: string,
): ChannelError {
	const said = errorSchema.safeParse(body);
	const give = (code: ChannelErrorCode, text: string, details: ChannelErrorDetails = {}): ChannelError =>
		refusal(code, target, text, details, [accessToken]);
	if (!said.success) {
		if (status === 429) return give('rate_limited', 'error 429', { retryAfterMs: retryAfterMs ?? 60_000 });
		if (status === 503) return give('unavailable', 'error 503');
		return give(status >= 500 ? 'outcome_unknown' : 'rejected', `error ${status}`);
	}
	const { message, code, error_subcode: subcode, error_data: data } = said.data.error;
	const known =
		meanings.find(({ codes }) => subcode !== undefined && codes.includes(subcode)) ??
		meanings.find(({ codes }) => codes.includes(code)) ??
		(code > 200 && code < 300 ? { code: 'unauthorised' as const, waitMs: undefined } : undefined);
	const sourceCode = subcode === undefined ? String(code) : `${code}/${subcode}`;
	const text = data?.details ?? message;
	if (known?.waitMs !== undefined)
		return give(known.code, text, { sourceCode, retryAfterMs: retryAfterMs ?? known.waitMs });
	if (known) return give(known.code, text, { sourceCode });
	if (status === 429) return give('rate_limited', text, { sourceCode, retryAfterMs: retryAfterMs ?? 60_000 });
	return give(status >= 500 ? 'outcome_unknown' : 'rejected', text, { sourceCode });
}
