import { errorMessage, isN8nKey, systemCode } from '../../../shared';
import { misconfigured, ServiceFault } from './reasons';
import { transportFault } from './transport';

/** What an interface over HTTP has answered. */
export interface Answer {
	status: number;
	/** By its own clock, in milliseconds since 1970; NaN when it does not say. */
	date: number;
	/** Whether it says that the body is JSON. */
	isJson: boolean;
	/** The body as JSON; undefined when it is none, is too large, or was not asked for. */
	body: unknown;
	latencyMs: number;
}

export interface Question {
	url: string;
	headers: Record<string, string>;
	/** Names the target in a sentence. */
	name: string;
	signal: AbortSignal;
	/** Answers of these statuses are read; others too, if this is absent. */
	unread?: ((status: number) => boolean) | undefined;
}

const mostBytes = 4 * 1024 * 1024;
const attempts = 2;

/**
 * Asks an interface over HTTP once; a connection that is broken off before an answer is tried again at once. Redirects are not
 * followed: they would carry a key to another host.
 *
 * @throws ServiceFault; NetworkFault
 */
export async function ask(question: Question): Promise<Answer> {
	for (let attempt = 1; ; attempt += 1) {
		try {
			return await askOnce(question);
		} catch (thrown) {
			const isReset = /^(ECONNRESET|EPIPE|UND_ERR_SOCKET)$/.test(systemCode(causeOf(thrown)) ?? '');
			if (isReset && attempt < attempts && !question.signal.aborted) continue;
			throw faultOf(thrown, question);
		}
	}
}

/** A key as a header. @throws ServiceFault `config`, which does not repeat it */
export function keyHeader(header: string, key: string, kind: string): Record<string, string> {
	if (isN8nKey(key)) return { [header]: key };
	throw misconfigured(`The key of the ${kind} credential holds characters that no key has. Copy it anew.`);
}

async function askOnce({ url, headers, signal, unread }: Question): Promise<Answer> {
	const startedAt = performance.now();
	const response = await fetch(url, {
		headers: { accept: 'application/json', connection: 'close', ...headers },
		redirect: 'manual',
		signal,
	});
	const latencyMs = performance.now() - startedAt;
	const { status } = response;
	const isJson = /\bjson\b/i.test(response.headers.get('content-type') ?? '');
	const date = Date.parse(response.headers.get('date') ?? '');
	if (unread?.(status) === true) {
		await response.body?.cancel();
		return { status, date, isJson, body: undefined, latencyMs };
	}
	return { status, date, isJson, body: parsed(await textOf(response)), latencyMs };
}

async function textOf(response: Response): Promise<string> {
	const parts: Buffer[] = [];
	let sizeBytes = 0;
	for await (const part of response.body ?? []) {
		sizeBytes += part.length;
		// The reader is ended by leaving the loop.
		if (sizeBytes > mostBytes) return '';
		parts.push(Buffer.from(part));
	}
	return Buffer.concat(parts).toString('utf8');
}

function parsed(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}

/** `fetch` wraps what has happened. */
function causeOf(thrown: unknown): unknown {
	const { cause } = (thrown ?? {}) as { cause?: unknown };
	return cause ?? thrown;
}

function faultOf(thrown: unknown, { url, name }: Question): Error {
	const cause = causeOf(thrown);
	const code = systemCode(cause) ?? '';
	const { hostname, host } = new URL(url);
	if (code === 'UND_ERR_SOCKET' || code.startsWith('HPE_'))
		return new ServiceFault('protocol', `${name} does not answer as a web server does (${code}).`);
	if (code === 'UND_ERR_CONNECT_TIMEOUT')
		return new ServiceFault('connect_timeout', `${host} does not answer; no connection came about.`);
	if (errorMessage(cause) === 'bad port')
		return misconfigured(
			`Port ${new URL(url).port} is one to which no web request is ever sent (WHATWG fetch).`,
		);
	if (code === '')
		return new ServiceFault('unreachable', `${name} could not be asked: ${errorMessage(cause)}`);
	return transportFault(cause, hostname, host);
}
