import { readFile } from 'node:fs/promises';

import { parseConnection, type EngineConnection } from '../docker';
import { errorMessage } from '../shared';
import { UsageError, type Surroundings } from './output';

export interface DockerOptions {
	docker?: string;
	dockerTlsCa?: string;
	dockerTlsCert?: string;
	dockerTlsKey?: string;
}

/** Name of the environment variable that stands for --docker. */
export const dockerVariable = 'OPSDESK_DOCKER';
/** Name of the environment variable with the image that helpers are made from. */
const helperImageVariable = 'OPSDESK_HELPER_IMAGE';
export const defaultDocker = 'unix:///var/run/docker.sock';

/**
 * The engine that options and environment name, with all rights but to paths of its host, which the sites name: who may
 * run this command with that address has them anyway.
 * @throws UsageError, DockerError `invalid_connection`
 */
export async function dockerConnection(
	options: DockerOptions,
	{ env }: Pick<Surroundings, 'env'>,
): Promise<EngineConnection> {
	return parseConnection({
		...(await transportOf(options.docker ?? (env[dockerVariable] || defaultDocker), options)),
		accessLevel: 'full',
		allowedContainers: '*',
		allowedVolumes: '*',
		...(env[helperImageVariable] && { helperImage: env[helperImageVariable] }),
	});
}

async function transportOf(address: string, options: DockerOptions): Promise<Record<string, unknown>> {
	const { dockerTlsCa, dockerTlsCert, dockerTlsKey } = options;
	const tls = [dockerTlsCa, dockerTlsCert, dockerTlsKey].some((file) => file !== undefined);
	const socketPath = /^unix:\/\/(\/.+)$/.exec(address)?.[1];
	if (socketPath !== undefined) {
		if (tls)
			throw new UsageError('A socket has no TLS.', 'Leave out --docker-tls-…, or give tcp://host:port.');
		return { connectionType: 'socket', socketPath };
	}
	const found = /^tcp:\/\/(\[[^\]]+\]|[^:/@]+):(\d+)\/?$/.exec(address);
	if (!found) {
		// Not repeated: an address of another form may hold a password.
		throw new UsageError(
			'The address of the engine is neither unix:///path nor tcp://host:port.',
			`Correct --docker or ${dockerVariable}, e.g. ${defaultDocker} or tcp://docker-proxy:2375.`,
		);
	}
	const place = { host: found[1], port: found[2] };
	if (!tls) return { connectionType: 'tcp', ...place };
	if ((dockerTlsCert === undefined) !== (dockerTlsKey === undefined)) {
		throw new UsageError('A certificate and its key are given together.', 'Give --docker-tls-cert and -key.');
	}
	return {
		connectionType: 'tls',
		...place,
		ca: await readPem(dockerTlsCa),
		clientCertificate: await readPem(dockerTlsCert),
		clientPrivateKey: await readPem(dockerTlsKey),
	};
}

async function readPem(file: string | undefined): Promise<string | undefined> {
	if (file === undefined) return undefined;
	try {
		return await readFile(file, 'utf8');
	} catch (thrown) {
		throw new UsageError(
			`A file for TLS cannot be read: ${errorMessage(thrown)}`,
			'Correct the path and the rights of the file.',
		);
	}
}
