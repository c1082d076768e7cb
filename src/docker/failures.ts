import { statSync } from 'node:fs';

import { errorMessage } from '../shared';
import { endpoint, type EngineConnection } from './connection';
import { DockerError } from './errors';
import { expiryOf, tlsFailure } from './tls-failures';

const tlsCodes =
	/^(ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|HOSTNAME_MISMATCH|EPROTO|ERR_OSSL|ERR_CRYPTO)/;

/** Turns a transport error into one message per cause, each with its own remedy. */
export function transportFailure(thrown: unknown, connection: EngineConnection): DockerError {
	if (thrown instanceof DockerError) return thrown;
	const code = codeOf(thrown);
	const at = endpoint(connection);
	const failure = (...args: ConstructorParameters<typeof DockerError>) =>
		new DockerError(args[0], args[1], args[2], { cause: thrown });

	if (connection.connectionType === 'socket') {
		const local = socketFailure(code, connection.socketPath);
		if (local) return failure(...local);
	}
	if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
		return failure(
			'host_unknown',
			`The host of ${at} is not known by name.`,
			'Check the host in the credential. In Docker Compose it is the service name, and n8n must share a network with it.',
		);
	}
	if (code === 'ECONNREFUSED') {
		return failure(
			'engine_stopped',
			`Nothing listens at ${at}.`,
			isLoopback(connection)
				? 'Where n8n runs in a container, that address is the container itself: give the service name of the proxy, such as "docker-proxy". Otherwise start the container engine, and check the port in the credential.'
				: 'Start the container engine or the proxy in front of it, and check the port in the credential.',
		);
	}
	if (connection.connectionType === 'tls' && (tlsCodes.test(code) || code === 'ECONNRESET')) {
		const expired = expiryOf(connection.clientCertificate);
		if (expired && !/^CERT_|SELF_SIGNED|ALTNAME/.test(code)) {
			return failure(
				'tls_failed',
				`The TLS connection to ${at} was refused: the client certificate has expired (${expired.toISOString()}).`,
				'Have a new client certificate made, and put it into the credential together with its key.',
			);
		}
	}
	if (tlsCodes.test(code)) {
		const { reason, remedy } = tlsFailure(code, hasEncryptedKey(connection)) ?? {
			reason: errorMessage(thrown),
			remedy:
				'Check the CA, the client certificate and its key, and that the host name stands in the server certificate. Certificate checks cannot be switched off.',
		};
		return failure('tls_failed', `The TLS connection to ${at} was refused: ${reason} (${code}).`, remedy);
	}
	if (code === 'ECONNRESET' || code === 'EPIPE' || code === 'HPE_INVALID_CONSTANT') {
		return connection.connectionType === 'tls' || !code.startsWith('HPE')
			? failure(
					'connection_lost',
					`The connection to ${at} was closed before an answer came.`,
					connection.connectionType === 'tls'
						? 'If it happens each time, the engine does not accept the client certificate: it must be valid and signed by the CA the engine trusts. Else see whether the engine has restarted, then run again.'
						: 'See whether the engine or the proxy has restarted, then run again. If it happens each time, check whether the port expects TLS.',
				)
			: notAnEngine(at, thrown);
	}
	if (code.startsWith('HPE_')) return notAnEngine(at, thrown);
	return failure(
		'unreachable',
		`${at} cannot be reached: ${errorMessage(thrown)}${code ? ` (${code})` : ''}.`,
		'Check the network between n8n and the engine, then run again.',
	);
}

function hasEncryptedKey(connection: EngineConnection): boolean {
	return connection.connectionType === 'tls' && (connection.clientPrivateKey?.includes('ENCRYPTED') ?? false);
}

function isLoopback(connection: EngineConnection): boolean {
	return connection.connectionType !== 'socket' && /^(localhost|127\.|::1$)/i.test(connection.host);
}

function notAnEngine(at: string, cause: unknown): DockerError {
	return new DockerError(
		'not_an_engine',
		`What answers at ${at} does not speak HTTP.`,
		'Check the port in the credential: 2375 is usual for a proxy, 2376 for TLS.',
		{ cause },
	);
}

function codeOf(thrown: unknown): string {
	const code = (thrown as { code?: unknown } | null)?.code;
	return typeof code === 'string' ? code : '';
}

type Failure = [code: DockerError['code'], message: string, remedy: string];

function socketFailure(code: string, path: string): Failure | undefined {
	const throughProxy =
		'Safer than the socket itself is a filtering proxy: see "Connect n8n to Docker" in the README.';
	if (code === 'ENOENT') {
		return [
			'socket_missing',
			`There is no Docker socket at ${path}.`,
			`Where n8n runs in a container, the socket must be mounted there or be reached through a proxy. ${throughProxy}`,
		];
	}
	if (code === 'EACCES' || code === 'EPERM') {
		return [
			'socket_forbidden',
			`n8n (uid ${process.getuid?.() ?? 'unknown'}) may not open the Docker socket ${path}.`,
			`Give n8n the socket's group (group_add in Docker Compose, usermod -aG docker on a host). ${throughProxy}`,
		];
	}
	if (code !== 'ECONNREFUSED' && code !== 'ENOTSOCK') return undefined;
	const kind = kindOf(path);
	if (kind !== 'socket') {
		return [
			'not_a_socket',
			`${path} is a ${kind}, not a socket.`,
			'Docker makes an empty directory of that name when a mounted socket is missing on the host: remove it, start the engine, and create the container anew.',
		];
	}
	return [
		'engine_stopped',
		`The socket ${path} exists, but no engine listens on it.`,
		'Start the container engine (on the host: systemctl start docker). If it runs, its socket was recreated: restart the n8n container so that the mount is renewed.',
	];
}

function kindOf(path: string): 'socket' | 'directory' | 'file' {
	const entry = statSync(path, { throwIfNoEntry: false });
	if (entry === undefined || entry.isSocket()) return 'socket';
	return entry.isDirectory() ? 'directory' : 'file';
}
