import { z } from 'zod';

import { formatDuration } from '../../shared';
import type { ChatMessage } from './prompt';

/** How a model is reached: whatever n8n's chat-model sub-node or a test stands behind it. */
export type Invoke = (messages: readonly ChatMessage[], options: { signal: AbortSignal }) => Promise<string>;

export type CallResult =
	| { kind: 'written'; text: string }
	| { kind: 'timedOut'; text: string }
	/** `retryAfterMs` where the service says that it would answer later. */
	| { kind: 'failed'; text: string; retryAfterMs?: number };

const defaultRetryMs = 1000;
const mostRetryMs = 10_000;
const tooMany = 429;

/** A number, also in digits; what is not there is no zero. */
const digits = z
	.union([
		z.number(),
		z
			.string()
			.regex(/^\d+(?:\.\d+)?$/)
			.transform(Number),
	])
	.optional()
	.catch(undefined);

/** What errors of HTTP clients have in common; the rest of them may hold keys and is not read. */
const failure = z.object({
	status: digits,
	statusCode: digits,
	httpCode: digits,
	response: z.object({ status: digits }).optional().catch(undefined),
	headers: z.unknown().optional(),
	/** n8n wraps what its chat models throw. */
	cause: z.unknown().optional(),
});

/** Wrapped no deeper than this. */
const mostCauses = 4;

/**
 * Makes one call with a time limit that also holds for what does not listen to its signal.
 *
 * @returns what came of it; it never throws, and no text of the error is passed on, for it may hold the prompt or a key
 */
export async function call(
	invoke: Invoke,
	messages: readonly ChatMessage[],
	timeoutMs: number,
): Promise<CallResult> {
	const controller = new AbortController();
	let timer: NodeJS.Timeout | undefined;
	const timedOut = new Promise<CallResult>((resolve) => {
		timer = setTimeout(() => {
			controller.abort();
			resolve({ kind: 'timedOut', text: `The model did not answer within ${formatDuration(timeoutMs)}.` });
		}, timeoutMs);
	});
	try {
		return await Promise.race([attempt(invoke, messages, controller.signal), timedOut]);
	} finally {
		clearTimeout(timer);
	}
}

async function attempt(
	invoke: Invoke,
	messages: readonly ChatMessage[],
	signal: AbortSignal,
): Promise<CallResult> {
	try {
		const text: unknown = await invoke(messages, { signal });
		return typeof text === 'string'
			? { kind: 'written', text }
			: { kind: 'failed', text: 'The model answered with something that is no text.' };
	} catch (thrown) {
		return failedBy(thrown);
	}
}

function failedBy(thrown: unknown): CallResult {
	const chain = causes(thrown);
	const code = chain
		.map(({ status, statusCode, httpCode, response }) => status ?? statusCode ?? httpCode ?? response?.status)
		.find((found) => found !== undefined);
	if (code === undefined) return { kind: 'failed', text: 'The model could not be reached.' };
	const text = `The model answered with the status ${code}.`;
	if (code !== tooMany) return { kind: 'failed', text };
	const seconds = chain.map(({ headers }) => retryAfterS(headers)).find((found) => found !== undefined);
	const retryAfterMs = seconds === undefined ? defaultRetryMs : Math.min(seconds * 1000, mostRetryMs);
	return { kind: 'failed', text, retryAfterMs };
}

/** The error and what it was caused by, the outermost first. */
function causes(thrown: unknown): z.infer<typeof failure>[] {
	const chain: z.infer<typeof failure>[] = [];
	for (let next = thrown; chain.length < mostCauses;) {
		const parsed = failure.safeParse(next);
		if (!parsed.success) break;
		chain.push(parsed.data);
		next = parsed.data.cause;
	}
	return chain;
}

/** Of plain headers, and of those that `fetch` gives. */
function retryAfterS(headers: unknown): number | undefined {
	const value =
		headers instanceof Headers
			? headers.get('retry-after')
			: z.object({ 'retry-after': z.unknown().optional() }).safeParse(headers).data?.['retry-after'];
	return digits.parse(value ?? undefined);
}
