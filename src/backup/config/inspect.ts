import {
	Containers,
	DockerError,
	maskedValues,
	Networks,
	Volumes,
	type EngineConnection,
} from '../../docker';
import type { Site } from '../../shared';
import { BackupError } from '../errors';
import type { ContentEntry } from '../tar/write';
import type { WarningList } from '../warnings';

/** Networks that every engine has by itself. */
const builtIn = ['bridge', 'host', 'none', 'default'];

export interface InspectRequest {
	/** Names, or `true` for all of the site. */
	inspect: readonly string[] | true;
	containers: Site['containers'];
	/** Environment variables and options that may hold passwords are left out. */
	masked: boolean;
	signal: AbortSignal | undefined;
}

/**
 * The definitions of containers, their networks and volumes, as entries below `inspect/`: what is needed to make them
 * anew. What changes by itself (state, times, addresses) is left out, so that the same definition gives the same bytes.
 *
 * @throws BackupError `source_missing` when there is no such container; DockerError
 */
export async function inspectAll(
	connection: EngineConnection,
	{ inspect, containers, masked, signal }: InspectRequest,
	warnings: WarningList,
): Promise<ContentEntry[]> {
	const client = new Containers(connection);
	const entries = new Map<string, unknown>();
	const networks = new Set<string>();
	const volumes = new Set<string>();
	for (const name of await namesOf(client, inspect === true ? containers : inspect, signal)) {
		const definition = await client.definition(name, masked, signal).catch((thrown: unknown) => {
			if (!(thrown instanceof DockerError) || thrown.code !== 'not_found') throw thrown;
			throw new BackupError(
				'source_missing',
				`There is no container "${name}", whose definition is to be kept.`,
				'Correct the name under "inspect" or "containers" of the site definition.',
				{ cause: thrown },
			);
		});
		entries.set(`inspect/${name}.json`, definition.content);
		for (const network of definition.networks) if (!builtIn.includes(network)) networks.add(network);
		for (const volume of definition.volumes) volumes.add(volume);
	}
	const lookUp = async (
		kind: 'networks' | 'volumes',
		name: string,
		find: () => Promise<unknown>,
	): Promise<void> => {
		try {
			entries.set(`inspect/${kind}/${name}.json`, await find());
		} catch (thrown) {
			if (
				!(thrown instanceof DockerError) ||
				!['proxy_refused', 'not_permitted', 'not_found'].includes(thrown.code)
			) {
				throw thrown;
			}
			warnings.add(`${kind}/${name}`, `its definition is not kept: ${thrown.message}`);
		}
	};
	for (const name of networks) {
		await lookUp(
			'networks',
			name,
			async () => await new Networks(connection).definition(name, masked, signal),
		);
	}
	for (const name of volumes) {
		await lookUp('volumes', name, async () => {
			const found = await new Volumes(connection).find(name, signal);
			if (!found) throw new DockerError('not_found', 'it does not exist any more', '');
			return masked ? { ...found, options: maskedValues(found.options) } : found;
		});
	}
	return [...entries].map(([path, value]) => ({
		path,
		content: Buffer.from(`${JSON.stringify(sorted(value), null, '\t')}\n`),
		...{ mode: 0o600, uid: 0, gid: 0, mtimeNs: 0n },
	}));
}

async function namesOf(
	client: Containers,
	containers: Site['containers'] | readonly string[],
	signal: AbortSignal | undefined,
): Promise<readonly string[]> {
	if (containers === undefined) return [];
	if (!('project' in containers)) return containers;
	const { project } = containers;
	const found = await client.list({ project }, signal);
	if (found.length > 0) return found.map(({ name }) => name);
	throw new BackupError(
		'source_missing',
		`The Compose project "${project}" has no container that the credential covers.`,
		'Correct the name under "containers" of the site definition, or "Allowed Containers" of the credential.',
	);
}

function sorted(value: unknown): unknown {
	if (Array.isArray(value)) return value.map(sorted);
	if (typeof value !== 'object' || value === null) return value;
	return Object.fromEntries(
		Object.entries(value)
			.sort(([a], [b]) => (a < b ? -1 : 1))
			.map(([key, entry]) => [key, sorted(entry)]),
	);
}
