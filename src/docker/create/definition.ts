import { z } from 'zod';

import { describeFaults, parseInput } from '../../shared';
import { containerName } from '../container/rename';
import { restartPolicies } from '../container/limits';
import { containerPath } from '../copy/path';
import { leadsToEngine } from '../engine-sockets';
import { DockerError } from '../errors';

const noZero = (text: string): boolean => !text.includes('\0');
const argument = z.string().refine(noZero, 'holds a zero byte');
const command = z.array(argument).min(1, 'needs a program');
const port = z.number().int().min(1).max(65535);
const name = z.string().regex(/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/, 'cannot be a name');
const path = z.string().transform((value, context) => {
	try {
		const wanted = containerPath(value);
		if (wanted !== '/') return wanted;
	} catch {
		// Told below, as every fault of the definition.
	}
	context.addIssue('must be an absolute path below "/", without ".."');
	return z.NEVER;
});
const seconds = z.number().min(0.001).max(86_400);

const mount = z.discriminatedUnion('type', [
	z.strictObject({
		type: z.literal('volume'),
		/** A new one without a name unless given. */
		source: name.optional(),
		target: path,
		readOnly: z.boolean().default(false),
	}),
	z.strictObject({
		type: z.literal('hostPath'),
		source: path,
		target: path,
		readOnly: z.boolean().default(false),
	}),
	z.strictObject({ type: z.literal('tmpfs'), target: path }),
]);

/** What can be asked of a new container. What is not here is not to be had: no privileges, devices or spaces of the host. */
const definition = z.strictObject({
	name: z.string(),
	image: z.string(),
	command: command.optional(),
	entrypoint: command.optional(),
	environment: z
		.record(z.string().regex(/^[^=\0\s]+$/, 'cannot be the name of a variable'), argument)
		.default({}),
	labels: z.record(z.string().min(1), argument).default({}),
	ports: z
		.array(
			z.strictObject({
				containerPort: port,
				protocol: z.enum(['tcp', 'udp']).default('tcp'),
				/** Any free one unless given. */
				hostPort: port.optional(),
				hostAddress: z.union([z.ipv4(), z.ipv6()]).default('127.0.0.1'),
			}),
		)
		.default([]),
	mounts: z.array(mount).default([]),
	networks: z.array(z.strictObject({ name, aliases: z.array(name).default([]) })).default([]),
	restartPolicy: z.enum(restartPolicies).optional(),
	maxRetries: z.number().optional(),
	memoryBytes: z.number().optional(),
	memorySwapBytes: z.number().optional(),
	cpus: z.number().optional(),
	pids: z.number().optional(),
	healthCheck: z
		.strictObject({
			command,
			intervalSeconds: seconds.optional(),
			timeoutSeconds: seconds.optional(),
			retries: z.number().int().min(1).max(100).optional(),
			startPeriodSeconds: seconds.optional(),
		})
		.optional(),
	user: z
		.string()
		.regex(/^[^\0]*$/)
		.optional(),
	workingDirectory: path.optional(),
	hostname: z
		.string()
		.regex(/^[a-zA-Z0-9.-]{1,63}$/, 'cannot be a host name')
		.optional(),
	stopTimeoutSeconds: z.number().int().min(0).max(3600).optional(),
});

export type NewContainerInput = z.input<typeof definition>;
export type NewContainer = z.output<typeof definition>;

/** By these the package knows its own work again, so nobody else may set them. */
const ownLabels = /^opsdesk\.(?:helper|throwaway|definition|update)(?:\.|$)/;

/**
 * Reads the definition of a new container.
 * @throws DockerError `invalid_input` naming every faulty field; values are not repeated
 */
export function parseNewContainer(input: unknown): NewContainer {
	const parsed = parseInput(definition, input);
	if (!parsed.ok) throw invalid(describeFaults(parsed.faults));
	const wanted = { ...parsed.value, name: containerName(parsed.value.name) };
	const own = Object.keys(wanted.labels).find((label) => ownLabels.test(label));
	if (own !== undefined) throw invalid(`labels: ${own} is one of this package's own`);
	const socket = wanted.mounts.find((one) => one.type === 'hostPath' && leadsToEngine(one.source));
	if (socket)
		throw invalid('mounts: the socket of the engine, and folders it lies in, are not given to containers');
	return wanted;
}

function invalid(faults: string): DockerError {
	return new DockerError(
		'invalid_input',
		`The definition of the container cannot be used: ${faults}.`,
		'Correct the named fields. Privileges, devices, further capabilities and name spaces of the host are not offered.',
	);
}
