import {
	Agent as HttpAgent,
	request as requestHttp,
	type IncomingMessage,
	type RequestOptions,
} from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { createSecureContext } from 'node:tls';

import { endpoint, type EngineConnection } from './connection';
import { DockerError } from './errors';

export interface Call {
	method: string;
	/** With version and query. */
	path: string;
	signal: AbortSignal;
}

/**
 * Makes the function that opens an exchange and resolves with the head of its answer. It is Node's own client,
 * because that follows no redirects, obeys no DOCKER_* variables of n8n's environment and goes nowhere but to the
 * given host. Without keep-alive no request can meet a connection that the other side is just closing.
 *
 * @throws the error of OpenSSL when a certificate or key cannot be read
 */
export function dialler(connection: EngineConnection): (call: Call) => Promise<IncomingMessage> {
	const { send, target } = doorTo(connection);
	return ({ method, path, signal }) =>
		new Promise((resolve, reject) => {
			const abort = () => reject(new Error('aborted'));
			if (signal.aborted) return abort();
			// Not every end of a connection is told as an error: the signal must end the wait by itself.
			signal.addEventListener('abort', abort, { once: true });
			const outgoing = send({ ...target, method, path, signal });
			outgoing.on('response', resolve);
			outgoing.on('upgrade', (_response, socket) => {
				socket.destroy();
				reject(switchedProtocols(connection));
			});
			outgoing.on('error', reject);
			outgoing.end();
		});
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
