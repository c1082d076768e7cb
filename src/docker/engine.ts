import type { IncomingMessage } from 'node:http';
import type { ZodType } from 'zod';

import { parseAnswer, readAnswer, refusal, type Answer } from './answer';
import { endpoint, type EngineConnection } from './connection';
import { dialler } from './dial';
import { DockerError } from './errors';
import { transportFailure } from './failures';

export interface EngineRequest {
	method?: 'GET' | 'POST' | 'DELETE';
	/** Path without API version, e.g. `/containers/json`. */
	path: string;
	query?: Record<string, string>;
	/** Status codes that count as success beside 2xx. */
	alsoAccept?: number[];
	/** Limit of the whole exchange; the connection's time-out unless given. */
	timeoutMs?: number;
	signal?: AbortSignal | undefined;
}

/** Newest API version whose answers this package has been tested to understand, and the oldest it can use. */
const newestApi = '1.47';
const oldestApi = '1.40';

/**
 * The one way to a container engine. Every call has a time limit, a size limit and a mapped error; the API
 * version is negotiated once per instance.
 */
export class Engine {
	readonly endpoint: string;
	private dialled: ReturnType<typeof dialler> | undefined;
	private version: Promise<string> | undefined;

	constructor(readonly connection: EngineConnection) {
		this.endpoint = endpoint(connection);
	}

	/** Sends a request and parses its JSON answer. */
	async call<T>(request: EngineRequest, schema: ZodType<T>): Promise<T> {
		const answer = await this.send(request);
		return parseAnswer(answer, describe(request), schema);
	}

	/** Sends a request; resolves with its status and body once it has succeeded. */
	async send(request: EngineRequest): Promise<Answer> {
		return await this.exchange(request, await this.versionPrefix(request.signal));
	}

	/**
	 * Opens a long answer as a stream. The time limit holds until the first byte; after that it is an idle limit,
	 * which the reader sees as an error of the stream.
	 */
	async open(request: EngineRequest): Promise<IncomingMessage> {
		const limitMs = this.limit(request);
		const prefix = await this.versionPrefix(request.signal);
		const abort = new AbortController();
		const timer = setTimeout(() => abort.abort(), limitMs);
		try {
			const response = await this.dial(request, prefix, anySignal(abort.signal, request.signal));
			if (!isSuccess(response.statusCode, request)) {
				throw refusal(await readAnswer(response, describe(request)), describe(request), this.endpoint);
			}
			response.socket.setTimeout(limitMs, () => response.destroy(this.timedOut(request, limitMs)));
			return response;
		} catch (thrown) {
			throw this.failure(thrown, request, abort.signal, limitMs);
		} finally {
			clearTimeout(timer);
		}
	}

	/** `1.41`: the API version in use, or undefined where a proxy hides `/_ping`. */
	async apiVersion(signal?: AbortSignal): Promise<string | undefined> {
		return (await this.versionPrefix(signal)).slice(2) || undefined;
	}

	private async exchange(
		request: EngineRequest,
		prefix: string,
	): Promise<Answer & { headers: IncomingMessage['headers'] }> {
		const limitMs = this.limit(request);
		const timeout = AbortSignal.timeout(limitMs);
		const signal = anySignal(timeout, request.signal);
		try {
			const response = await this.dial(request, prefix, signal);
			const stopReading = () => response.destroy(new Error('aborted'));
			signal.addEventListener('abort', stopReading, { once: true });
			const answer = await readAnswer(response, describe(request)).finally(() =>
				signal.removeEventListener('abort', stopReading),
			);
			if (!isSuccess(answer.status, request)) throw refusal(answer, describe(request), this.endpoint);
			return { ...answer, headers: response.headers };
		} catch (thrown) {
			throw this.failure(thrown, request, timeout, limitMs);
		}
	}

	private failure(
		thrown: unknown,
		request: EngineRequest,
		timeout: AbortSignal,
		limitMs: number,
	): DockerError {
		if (request.signal?.aborted) {
			return new DockerError(
				'cancelled',
				`${describe(request)} was cancelled.`,
				'Run it again when you want to.',
			);
		}
		if (timeout.aborted) return this.timedOut(request, limitMs);
		return transportFailure(thrown, this.connection);
	}

	private timedOut(request: EngineRequest, limitMs: number): DockerError {
		return new DockerError(
			'timeout',
			`${this.endpoint} did not answer ${describe(request)} within ${limitMs / 1000} seconds.`,
			'Check the host, and that no firewall swallows the connection. The engine may also hang or be overloaded: look at its log. Where it is only slow, raise "Timeout" in the credential.',
		);
	}

	private limit(request: EngineRequest): number {
		return Math.ceil(request.timeoutMs ?? this.connection.timeoutSeconds * 1000);
	}

	private async dial(request: EngineRequest, prefix: string, signal: AbortSignal): Promise<IncomingMessage> {
		this.dialled ??= dialler(this.connection);
		const query = new URLSearchParams(request.query).toString();
		const path = `${prefix}${request.path}${query && `?${query}`}`;
		return await this.dialled({ method: request.method ?? 'GET', path, signal });
	}

	private versionPrefix(signal: AbortSignal | undefined): Promise<string> {
		this.version ??= this.negotiate(signal).catch((thrown: unknown) => {
			this.version = undefined;
			throw thrown;
		});
		return this.version;
	}

	/** Docker's rule: the older of the newest versions both sides know; `/_ping` needs no version itself. */
	private async negotiate(signal: AbortSignal | undefined): Promise<string> {
		let offered: string | undefined;
		try {
			const { headers } = await this.exchange({ path: '/_ping', signal }, '');
			offered = headerText(headers['api-version']);
		} catch (thrown) {
			// A proxy that hides the ping still passes requests without a version, which the engine reads as its own newest.
			if (thrown instanceof DockerError && thrown.code === 'proxy_refused') return '';
			throw thrown;
		}
		if (offered === undefined) return '';
		if (compareVersions(offered, oldestApi) < 0) {
			throw new DockerError(
				'api_version',
				`The engine at ${this.endpoint} offers API version ${offered}; at least ${oldestApi} is needed.`,
				'Update the engine to Docker 19.03 or newer.',
			);
		}
		return `/v${compareVersions(offered, newestApi) < 0 ? offered : newestApi}`;
	}
}

/** `GET /containers/json`, for messages. */
function describe(request: EngineRequest): string {
	return `${request.method ?? 'GET'} ${request.path}`;
}

function isSuccess(status: number | undefined, request: EngineRequest): boolean {
	if (status === undefined) return false;
	return (status >= 200 && status < 300) || (request.alsoAccept?.includes(status) ?? false);
}

function anySignal(first: AbortSignal, second: AbortSignal | undefined): AbortSignal {
	return second === undefined ? first : AbortSignal.any([first, second]);
}

function headerText(value: string | string[] | undefined): string | undefined {
	const text = Array.isArray(value) ? value[0] : value;
	return text !== undefined && /^\d+\.\d+$/.test(text) ? text : undefined;
}

function compareVersions(left: string, right: string): number {
	const [leftMajor = 0, leftMinor = 0] = left.split('.').map(Number);
	const [rightMajor = 0, rightMinor = 0] = right.split('.').map(Number);
	return leftMajor - rightMajor || leftMinor - rightMinor;
}
