import type { ChannelError } from '../errors';
import { faultOf, refusal } from './refusals';
import type { Target } from './request';

export interface HttpRequest {
	url: string;
	method?: 'POST' | 'DELETE' | 'PUT';
	headers?: Record<string, string>;
	body?: string;
	signal?: AbortSignal | undefined;
	/** Of the whole request. Default 30,000. */
	timeoutMs?: number | undefined;
}

export interface HttpAnswer {
	status: number;
	/** Of the header Retry-After; undefined without one. */
	retryAfterMs: number | undefined;
	/** Parsed JSON, or the text. */
	body: unknown;
}

const mostBytes = 1024 * 1024;

/**
 * One request to a platform, never repeated here: whether that is safe only the caller knows.
 *
 * @param secrets taken out of errors
 * @throws ChannelError `unavailable` when nothing was sent, `misconfigured` for a redirect, `outcome_unknown` when that is not
 *   certain
 */
export async function request(
	target: Target,
	{ url, method = 'POST', headers = {}, body, signal, timeoutMs = 30_000 }: HttpRequest,
	secrets: string[],
): Promise<HttpAnswer> {
	const time = AbortSignal.timeout(timeoutMs);
	try {
		const answer = await fetch(url, {
			method,
			headers,
			...(body !== undefined && { body }),
			signal: signal ? AbortSignal.any([signal, time]) : time,
			// A platform's interface does not redirect, and a key must not go elsewhere.
			redirect: 'manual',
		});
		if (answer.status >= 300 && answer.status < 400) {
			await answer.body?.cancel();
			throw redirected(target, answer, secrets);
		}
		return {
			status: answer.status,
			retryAfterMs: retryAfter(answer.headers.get('retry-after')),
			body: parsed((await answer.text()).slice(0, mostBytes)),
		};
	} catch (thrown) {
		throw faultOf(target, thrown, secrets);
	}
}

/** Whoever says so has carried nothing out. */
function redirected(target: Target, { status, headers }: Response, secrets: string[]): ChannelError {
	const to = URL.parse(headers.get('location') ?? '');
	return refusal(
		'misconfigured',
		target,
		`its address leads to another one${to ? ` (${to.origin})` : ''}, which is not followed`,
		{ sourceCode: String(status) },
		secrets,
	);
}

function retryAfter(header: string | null): number | undefined {
	if (header === null) return undefined;
	const seconds = Number(header);
	const waitMs = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(header) - Date.now();
	return Number.isFinite(waitMs) ? Math.max(0, waitMs) : undefined;
}

function parsed(text: string): unknown {
	try {
		return JSON.parse(text) as unknown;
	} catch {
		return text;
	}
}
