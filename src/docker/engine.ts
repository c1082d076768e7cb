import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import type { ZodType } from 'zod';

import { OpsdeskError } from '../shared';
import { parseAnswer, readAnswer, refusal, type Answer } from './answer';
import { endpoint, type EngineConnection } from './connection';
import { Deadline, endWith } from './deadline';
import { dialler, NotHandedOver, type Call, type Dialler } from './dial';
import { DockerError } from './errors';
import { transportFailure } from './failures';

export interface EngineRequest {
	method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
	/** Path without API version, e.g. `/containers/json`. */
	path: string;
	query?: Record<string, string>;
	/** Sent as JSON. */
	body?: unknown;
	/** Status codes that count as success beside 2xx. */
	alsoAccept?: number[];
	/** Limit of the whole exchange; the connection's time-out unless given. */
	timeoutMs?: number;
	/** For `open`: nothing may come for hours. Only the connection itself is watched, by probes of the system. */
	mayBeSilent?: boolean;
	signal?: AbortSignal | undefined;
}

export type AnswerWithHeaders = Answer & { headers: IncomingMessage['headers'] };

/** Newest API version whose answers this package has been tested to understand, and the oldest it can use. */
const newestApi = '1.47';
const oldestApi = '1.40';
/** A connection that is gone is known after this and ten probes, one a second. */
const keepAliveMs = 30_000;

/**
 * The one way to a container engine. Every call has a time limit, a size limit and a mapped error; the API
 * version is negotiated once per instance.
 */
export class Engine {
	readonly endpoint: string;
	private dialled: Dialler | undefined;
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
	async send(request: EngineRequest): Promise<AnswerWithHeaders> {
		return await this.exchange(request, await this.versionPrefix(request.signal));
	}

	/**
	 * Opens a long answer as a stream. The time limit holds until the first byte; after that it is an idle limit,
	 * which the reader sees as an error of the stream, unless the answer may be silent.
	 */
	async open(request: EngineRequest): Promise<IncomingMessage> {
		const limitMs = this.limit(request);
		const prefix = await this.versionPrefix(request.signal);
		const deadline = new Deadline(limitMs, request.signal);
		try {
			const response = await this.dial().exchange(outgoing(request, prefix, deadline.signal));
			if (!isSuccess(response.statusCode, request)) {
				const answer = await this.read(response, request, deadline);
				throw refusal(answer, describe(request), this.endpoint);
			}
			if (request.mayBeSilent) response.socket.setKeepAlive(true, keepAliveMs);
			else response.socket.setTimeout(limitMs, () => response.destroy(this.timedOut(request, limitMs)));
			endWith(response, request.signal, () => cancelled(request));
			return response;
		} catch (thrown) {
			throw this.failure(thrown, request, deadline, limitMs);
		} finally {
			deadline.release();
		}
	}

	/**
	 * Sends a stream, e.g. an archive. There is no limit to the whole; the time limit counts while nothing moves.
	 */
	async upload(request: EngineRequest, content: Readable, type: string): Promise<void> {
		const limitMs = this.limit(request);
		const prefix = await this.versionPrefix(request.signal);
		const deadline = new Deadline(limitMs, request.signal);
		content.on('data', () => deadline.refresh());
		// Listening for data starts the flow; the request takes it up in its own time.
		content.pause();
		try {
			const call = outgoing(request, prefix, deadline.signal);
			const response = await this.dial().exchange({ ...call, body: { type, content } });
			const answer = await this.read(response, request, deadline);
			if (!isSuccess(answer.status, request)) throw refusal(answer, describe(request), this.endpoint);
		} catch (thrown) {
			throw this.failure(thrown, request, deadline, limitMs);
		} finally {
			deadline.release();
			content.destroy();
		}
	}

	/** Asks for the bare connection behind a request, e.g. to the input and output of a container. */
	async takeOver(request: EngineRequest): Promise<Socket> {
		const limitMs = this.limit(request);
		const prefix = await this.versionPrefix(request.signal);
		const deadline = new Deadline(limitMs, request.signal);
		try {
			return await this.dial().takeOver(outgoing(request, prefix, deadline.signal));
		} catch (thrown) {
			if (thrown instanceof NotHandedOver) {
				const answer = await this.read(thrown.response, request, deadline);
				throw isSuccess(answer.status, request)
					? this.notHandedOver(request)
					: refusal(answer, describe(request), this.endpoint);
			}
			throw this.failure(thrown, request, deadline, limitMs);
		} finally {
			deadline.release();
		}
	}

	/** `1.41`: the API version in use, or undefined where a proxy hides `/_ping`. */
	async apiVersion(signal?: AbortSignal): Promise<string | undefined> {
		return (await this.versionPrefix(signal)).slice(2) || undefined;
	}

	private async exchange(request: EngineRequest, prefix: string): Promise<AnswerWithHeaders> {
		const limitMs = this.limit(request);
		const deadline = new Deadline(limitMs, request.signal);
		try {
			const response = await this.dial().exchange(outgoing(request, prefix, deadline.signal));
			const answer = await this.read(response, request, deadline);
			if (!isSuccess(answer.status, request)) throw refusal(answer, describe(request), this.endpoint);
			return { ...answer, headers: response.headers };
		} catch (thrown) {
			throw this.failure(thrown, request, deadline, limitMs);
		} finally {
			deadline.release();
		}
	}

	private async read(response: IncomingMessage, request: EngineRequest, deadline: Deadline): Promise<Answer> {
		endWith(response, deadline.signal, () => new Error('aborted'));
		return await readAnswer(response, describe(request));
	}

	private failure(
		thrown: unknown,
		request: EngineRequest,
		deadline: Deadline,
		limitMs: number,
	): OpsdeskError {
		if (request.signal?.aborted) return cancelled(request);
		// What a stream that was sent has ended with is no fault of the way to the engine.
		if (thrown instanceof OpsdeskError && !(thrown instanceof DockerError)) return thrown;
		if (deadline.passed) return this.timedOut(request, limitMs);
		return transportFailure(thrown, this.connection);
	}

	private notHandedOver(request: EngineRequest): DockerError {
		return new DockerError(
			'proxy_refused',
			`The proxy at ${this.endpoint} does not pass the connection of ${describe(request)} on.`,
			'Let the proxy pass "Connection: Upgrade"; the README has rules that work.',
		);
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

	private dial(): Dialler {
		this.dialled ??= dialler(this.connection);
		return this.dialled;
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

function outgoing(request: EngineRequest, prefix: string, signal: AbortSignal): Call {
	const query = new URLSearchParams(request.query).toString();
	return {
		method: request.method ?? 'GET',
		path: `${prefix}${request.path}${query && `?${query}`}`,
		signal,
		...(request.body !== undefined && {
			body: { type: 'application/json', content: Buffer.from(JSON.stringify(request.body)) },
		}),
	};
}

/** `GET /containers/json`, for messages. */
function describe(request: EngineRequest): string {
	return `${request.method ?? 'GET'} ${request.path}`;
}

function isSuccess(status: number | undefined, request: EngineRequest): boolean {
	if (status === undefined) return false;
	return (status >= 200 && status < 300) || (request.alsoAccept?.includes(status) ?? false);
}

function cancelled(request: EngineRequest): DockerError {
	return new DockerError(
		'cancelled',
		`${describe(request)} was cancelled.`,
		'Run it again when you want to.',
	);
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
