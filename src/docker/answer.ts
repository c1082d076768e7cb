import type { IncomingMessage } from 'node:http';
import type { ZodType } from 'zod';

import { shorten } from '../shared';
import { plainText } from './log-lines';
import { DockerError } from './errors';

/** An answer beyond this is refused before it fills the memory n8n shares with every other workflow. */
const maxAnswerBytes = 8 * 1024 * 1024;

export interface Answer {
	status: number;
	body: Buffer;
}

/**
 * Reads a whole answer, at most `maxAnswerBytes` of it.
 *
 * @throws DockerError `answer_too_large` or `answer_cut`
 */
export async function readAnswer(response: IncomingMessage, request: string): Promise<Answer> {
	const chunks: Buffer[] = [];
	let sizeBytes = 0;
	try {
		for await (const chunk of response as AsyncIterable<Buffer>) {
			sizeBytes += chunk.length;
			if (sizeBytes > maxAnswerBytes) throw tooLarge(request);
			chunks.push(chunk);
		}
	} catch (thrown) {
		response.destroy();
		throw thrown instanceof DockerError ? thrown : answerCut(request, thrown);
	}
	if (!response.complete) throw answerCut(request);
	return { status: response.statusCode ?? 0, body: Buffer.concat(chunks) };
}

function tooLarge(request: string): DockerError {
	return new DockerError(
		'answer_too_large',
		`The answer to ${request} is larger than ${maxAnswerBytes / 1024 / 1024} MiB and was not read further.`,
		'Narrow the request down, for example to one label or Compose project.',
	);
}

function answerCut(request: string, cause?: unknown): DockerError {
	return new DockerError(
		'answer_cut',
		`The answer to ${request} ended in the middle.`,
		'The engine or the proxy was probably stopped meanwhile. Run again; if it happens each time, look at the time-outs of the proxy.',
		{ cause },
	);
}

/** @throws DockerError `not_an_engine` when the body is not the JSON that a container engine sends. */
export function parseAnswer<T>(answer: Answer, request: string, schema: ZodType<T>): T {
	const parsed = schema.safeParse(parseJson(answer.body));
	if (parsed.success) return parsed.data;
	const where = parsed.error.issues[0]?.path.join('.');
	throw new DockerError(
		'not_an_engine',
		`The answer to ${request} is not what a container engine sends${where ? ` (at "${where}")` : ''}.`,
		'Check host and port of the credential: something other than the Docker Engine API answers there.',
	);
}

function parseJson(body: Buffer): unknown {
	try {
		return JSON.parse(body.toString('utf8'));
	} catch {
		return undefined;
	}
}

/** Maps an answer that is not a success to one error per cause. */
export function refusal(answer: Answer, request: string, at: string): DockerError {
	const { status } = answer;
	const engineText = messageOf(answer.body);
	if (engineText === undefined) return proxyRefusal(status, request, at);
	const said = `The engine answered ${request} with ${status}: ${engineText}`;
	if (
		status === 400 &&
		/client version .* is too (old|new)|HTTP request to an HTTPS server/i.test(engineText)
	) {
		return /HTTPS server/i.test(engineText)
			? new DockerError('tls_failed', said, 'Set the connection type of the credential to "TCP with TLS".')
			: new DockerError(
					'api_version',
					said,
					'Update the engine, or this package, so that both know a common API version.',
				);
	}
	if (status === 400) {
		return new DockerError('engine_error', said, 'Correct the value that the engine names, then run again.');
	}
	if (status === 401 || status === 403) {
		return new DockerError(
			'proxy_refused',
			said,
			'Permit this request in the proxy, or use another credential.',
		);
	}
	if (status === 404) {
		return new DockerError(
			'not_found',
			said,
			'It may have been removed or recreated meanwhile. Look at the list of containers and run again.',
		);
	}
	if (status === 409) {
		return new DockerError(
			'conflict',
			said,
			'Wait until the other operation on it has ended, then run again.',
		);
	}
	return new DockerError(
		'engine_error',
		said,
		"The engine's own log says more (on its host: journalctl -u docker).",
	);
}

function proxyRefusal(status: number, request: string, at: string): DockerError {
	if (status === 401 || status === 403 || status === 405) {
		return new DockerError(
			'proxy_refused',
			`The proxy at ${at} does not permit ${request} (HTTP ${status}).`,
			"Permit it in the proxy's rules; the README lists what each operation needs.",
		);
	}
	if (status === 504) {
		return new DockerError(
			'timeout',
			`The proxy at ${at} did not wait any longer for the engine's answer to ${request} (HTTP 504).`,
			'The engine may hang or be overloaded: look at its log. Where it is only slow, give the proxy more time (in haproxy "timeout server").',
		);
	}
	if (status === 502 || status === 503) {
		return new DockerError(
			'engine_stopped',
			`The proxy at ${at} cannot reach the engine (HTTP ${status} to ${request}).`,
			'Start the container engine, and check that its socket is mounted into the proxy.',
		);
	}
	return new DockerError(
		'not_an_engine',
		`${at} answered ${request} with HTTP ${status}, not in the way of a container engine.`,
		'Check host and port of the credential.',
	);
}

/** The engine's own words, `{"message": "…"}`, or undefined when something else has answered. */
function messageOf(body: Buffer): string | undefined {
	// Daemons answer plain HTTP on a TLS port with this sentence and no JSON.
	const text = body.toString('utf8');
	if (/^Client sent an HTTP request to an HTTPS server/.test(text)) return text.trim();
	const json = parseJson(body);
	if (typeof json !== 'object' || json === null) return undefined;
	const { message, cause } = json as { message?: unknown; cause?: unknown };
	const said = typeof message === 'string' ? message : cause;
	if (typeof said !== 'string') return undefined;
	return shorten(plainText(said).trim(), 500) || 'it gave no reason';
}
