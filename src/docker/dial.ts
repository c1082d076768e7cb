import {
	Agent as HttpAgent,
	request as requestHttp,
	type ClientRequest,
	type IncomingMessage,
	type OutgoingHttpHeaders,
	type RequestOptions,
} from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import type { Socket } from 'node:net';
import { pipeline, type Readable } from 'node:stream';
import { createSecureContext } from 'node:tls';

import { endpoint, type EngineConnection } from './connection';
import { DockerError } from './errors';

export interface Call {
	method: string;
	/** With version and query. */
	path: string;
	/** Ends the exchange. It must live no longer than that: nothing lets go of it. */
	signal: AbortSignal;
	/** A stream is sent in chunks, as fast as the other side takes it. */
	body?: CallBody | undefined;
}

export interface CallBody {
	type: string;
	content: Buffer | Readable;
}

export interface Dialler {
	/** Opens an exchange and resolves with the head of its answer. */
	exchange(call: Call): Promise<IncomingMessage>;
	/** Opens an exchange and resolves with the bare connection once the engine has handed it over (`101`). */
	takeOver(call: Call): Promise<Socket>;
}

/**
 * The way to one engine. It is Node's own client, because that follows no redirects, obeys no DOCKER_* variables of
 * n8n's environment and goes nowhere but to the given host. Without keep-alive no request can meet a connection that
 * the other side is just closing.
 *
 * @throws the error of OpenSSL when a certificate or key cannot be read
 */
export function dialler(connection: EngineConnection): Dialler {
	const { send, target } = doorTo(connection);
	const open = <T>(
		{ method, path, signal, body }: Call,
		headers: OutgoingHttpHeaders,
		settle: (outgoing: ClientRequest, resolve: (value: T) => void, reject: (reason: unknown) => void) => void,
	): Promise<T> =>
		new Promise<T>((resolve, reject) => {
			if (signal.aborted) return reject(new Error('aborted'));
			const outgoing = send({ ...target, method, path, headers: { ...headers, ...bodyHeaders(body) } });
			// Not every end of a connection is told as an error: the signal must end the wait by itself.
			const abort = (): void => {
				reject(new Error('aborted'));
				outgoing.destroy();
			};
			signal.addEventListener('abort', abort, { once: true });
			outgoing.on('error', reject);
			settle(outgoing, resolve, reject);
			if (body === undefined || Buffer.isBuffer(body.content)) outgoing.end(body?.content);
			// An engine that refuses answers before it has read everything; what then breaks is the sending alone.
			else pipeline(body.content, outgoing, (error) => error && reject(error));
		});
	return {
		exchange: (call) =>
			open(call, {}, (outgoing, resolve, reject) => {
				outgoing.on('response', resolve);
				outgoing.on('upgrade', (_response, socket) => {
					socket.destroy();
					reject(switchedProtocols(connection));
				});
			}),
		takeOver: (call) =>
			open(call, { connection: 'Upgrade', upgrade: 'tcp' }, (outgoing, resolve, reject) => {
				outgoing.on('response', (response) => reject(new NotHandedOver(response)));
				outgoing.on('upgrade', (_response, socket, head) => {
					if (head.length > 0) socket.unshift(head);
					resolve(socket);
				});
			}),
	};
}

/** The engine or a proxy has answered instead of handing the connection over. */
export class NotHandedOver extends Error {
	constructor(readonly response: IncomingMessage) {
		super('not handed over');
	}
}

function bodyHeaders(body: CallBody | undefined): OutgoingHttpHeaders {
	if (body === undefined) return {};
	const { type, content } = body;
	return { 'content-type': type, ...(Buffer.isBuffer(content) && { 'content-length': content.length }) };
}

function doorTo(connection: EngineConnection): { send: typeof requestHttp; target: RequestOptions } {
	if (connection.connectionType === 'socket') {
		const agent = new HttpAgent({ keepAlive: false });
		return { send: requestHttp, target: { socketPath: connection.socketPath, agent } };
	}
	const { host, port } = connection;
	if (connection.connectionType === 'tcp') {
		return { send: requestHttp, target: { host, port, agent: new HttpAgent({ keepAlive: false }) } };
	}
	// A context instead of the key itself: NODE_DEBUG prints the options of a request.
	const secureContext = createSecureContext({
		ca: connection.ca || undefined,
		cert: connection.clientCertificate || undefined,
		key: connection.clientPrivateKey || undefined,
		passphrase: connection.clientPrivateKeyPassphrase || undefined,
	});
	const agent = new HttpsAgent({ keepAlive: false, rejectUnauthorized: true, secureContext });
	return { send: requestHttps, target: { host, port, agent } };
}

function switchedProtocols(connection: EngineConnection): DockerError {
	return new DockerError(
		'not_an_engine',
		`${endpoint(connection)} answered in another protocol than HTTP.`,
		'Check host and port of the credential: something other than the Docker Engine API answers there.',
	);
}
