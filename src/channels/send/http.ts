import { textOf } from '../answer';
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
	/** Empty where the status says what came of it, and the words that follow it cannot be read. */
	text: string;
	/** Parsed JSON, or the text. */
	body: unknown;
}

/**
 * One request to a platform, never repeated here: whether that is safe only the caller knows.
 *
 * @param secrets taken out of errors
 * @throws ChannelError `unavailable` when nothing was sent, `misconfigured` for a redirect, `outcome_unknown` when that is not
 *   certain: also when a status of success is followed by more than 1 MiB, or by no end
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
		const { status, headers: said } = answer;
		const text = await textOf(answer).catch((thrown: unknown) => {
			// Whoever refuses has done so with the status. A part of the words is not taken: a key may be cut within it.
			if (status >= 400) return '';
			throw thrown;
		});
		return { status, retryAfterMs: retryAfter(said.get('retry-after')), text, body: parsed(text) };
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
