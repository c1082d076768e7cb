import type { Access } from '../access';
import type { Engine } from '../engine';
import { DockerError } from '../errors';
import { inspectMany } from '../inspect-many';
import { listContainers } from '../list';

/** In these states a proxy sends requests to a container. */
const served = ['running', 'paused', 'restarting'];

/**
 * The labels of the containers that run, and with them some variables of their environment, under their names: proxies
 * read what they need from either. No other variable is read. One that ends meanwhile comes with its labels alone.
 *
 * @param names of the variables
 * @throws DockerError
 */
export async function labelsAndVariables(
	engine: Engine,
	access: Access,
	names: readonly string[],
	signal?: AbortSignal,
): Promise<Record<string, string>[]> {
	const listed = await listContainers(engine, access, { states: served }, signal);
	const ids = listed.map(({ Id }) => Id);
	const inspected = await inspectMany(engine, ids, { signal });
	return listed.map(({ Id, Labels }) => {
		const container = inspected.get(Id);
		const known = container === undefined || container instanceof DockerError ? [] : container.Config.Env;
		return { ...Labels, ...variables(known ?? [], names) };
	});
}

function variables(environment: readonly string[], names: readonly string[]): Record<string, string> {
	const found = environment.flatMap((entry) => {
		const name = entry.split('=', 1)[0] ?? '';
		return names.includes(name) ? [[name, entry.slice(name.length + 1)] as const] : [];
	});
	return Object.fromEntries(found);
}
