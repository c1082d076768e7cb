import { isIPv6 } from 'node:net';
import { z } from 'zod';

import { describeFaults, parseInput } from '../shared';
import { DockerError } from './errors';
import { isImageReference } from './image-reference';
import { restorePem } from './pem';

const hostName = z
	.string()
	.trim()
	.min(1, 'must not be empty')
	.transform((text) => text.replace(/^\[(.*)\]$/, '$1'))
	.refine(
		(text) => isIPv6(text) || /^[A-Za-z0-9._-]{1,253}$/.test(text),
		'must be a host name or address only, without "tcp://", port or path',
	);
const port = z.coerce.number().int().min(1, 'must be at least 1').max(65535, 'must be at most 65535');
const pem = (label: string, begin: RegExp) =>
	z
		.string()
		.transform(restorePem)
		.refine((text) => text === '' || begin.test(text), `must be a ${label} in PEM format`)
		.optional();
const certificate = pem('certificate', /^-----BEGIN (TRUSTED |X509 )?CERTIFICATE-----/);
const privateKey = pem('private key', /^-----BEGIN ([A-Z]+ )*PRIVATE KEY-----/);

const transport = z.discriminatedUnion('connectionType', [
	z.object({
		connectionType: z.literal('socket'),
		socketPath: z.string().trim().startsWith('/', 'must be an absolute path'),
	}),
	z.object({ connectionType: z.literal('tcp'), host: hostName, port }),
	z.object({
		connectionType: z.literal('tls'),
		host: hostName,
		port,
		ca: certificate,
		clientCertificate: certificate,
		clientPrivateKey: privateKey,
		clientPrivateKeyPassphrase: z.string().optional(),
	}),
]);

const names = (what: string, pattern: RegExp) =>
	z
		.string()
		.default('*')
		.transform((text) => text.split(/[\s,]+/).filter(Boolean))
		.refine(
			(patterns) => patterns.every((name) => pattern.test(name)),
			`may hold ${what} names with * and ?, separated by commas or line breaks`,
		);

const rights = z.object({
	accessLevel: z.enum(['read', 'control', 'full']),
	allowedContainers: z
		.string()
		.transform((text) => text.split(/[\s,]+/).filter(Boolean))
		.refine((patterns) => patterns.length > 0, 'must name at least one container, or * for all')
		.refine(
			(patterns) => patterns.every((pattern) => /^[A-Za-z0-9_.*?-]+$/.test(pattern)),
			'may hold container names with * and ?, separated by commas or line breaks',
		),
	allowedVolumes: names('volume', /^[A-Za-z0-9_.*?-]+$/),
	allowedNetworks: names('network', /^[A-Za-z0-9_.*?-]+$/),
	allowedImages: names('image', /^[A-Za-z0-9_.*?:/@-]+$/),
	allowedHostPaths: z
		.string()
		.default('')
		.transform((text) => text.split(/[\n,]+/).map((path) => path.trim().replace(/(?<=.)\/+$/, '')))
		.transform((paths) => paths.filter(Boolean))
		.refine(
			(paths) => paths.every((path) => path.startsWith('/') && !path.split('/').includes('..')),
			'may hold absolute paths without "..", separated by commas or line breaks',
		),
	/** Name, digest or id of the image that helper containers are made from; empty for known ones. */
	helperImage: z
		.string()
		.trim()
		.default('')
		.refine((text) => text === '' || isImageReference(text), 'must be the name, digest or id of an image'),
	timeoutSeconds: z.coerce.number().min(1, 'must be at least 1').max(600, 'must be at most 600').default(15),
});

const connection = z.intersection(transport, rights);

/** How to reach an engine and what may be done there; made from the fields of the `dockerApi` credential. */
export type EngineConnection = z.infer<typeof connection>;
export type AccessLevel = EngineConnection['accessLevel'];

/**
 * Reads the fields of a `dockerApi` credential.
 *
 * @throws DockerError `invalid_connection` naming every faulty field; values are not repeated.
 */
export function parseConnection(fields: unknown): EngineConnection {
	const parsed = parseInput(connection, fields);
	if (parsed.ok) return parsed.value;
	throw new DockerError(
		'invalid_connection',
		`The Docker credential is not complete: ${describeFaults(parsed.faults)}.`,
		'Open the credential, correct the named fields and press Retry to test it.',
	);
}

/** Where the engine is, for messages: `unix:///var/run/docker.sock`, `tcp://docker-proxy:2375`. */
export function endpoint(target: EngineConnection): string {
	return target.connectionType === 'socket'
		? `unix://${target.socketPath}`
		: `${target.connectionType === 'tls' ? 'https' : 'tcp'}://${isIPv6(target.host) ? `[${target.host}]` : target.host}:${target.port}`;
}
