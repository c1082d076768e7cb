import { z } from 'zod';

import { Access } from './access';
import type { EngineConnection } from './connection';
import { Engine } from './engine';
import { helperLabel } from './own-labels';
import { nameAmong } from './summary';

const users = z.array(
	z.object({
		Names: z.array(z.string()).nullish(),
		Labels: z.record(z.string(), z.string()).nullish(),
		Mounts: z.array(z.object({ Type: z.string().nullish(), Source: z.string().nullish() })).nullish(),
	}),
);

/**
 * Names of the running containers that have mounted a path of the host, something in it, or a folder it lies in. Those
 * that have mounted the whole file system watch the host and are none, nor are helpers of this package.
 *
 * @param path absolute
 * @throws DockerError
 */
export async function usersOfHostPath(
	connection: EngineConnection,
	path: string,
	signal?: AbortSignal,
): Promise<string[]> {
	const [engine, access] = [new Engine(connection), new Access(connection)];
	const filters = JSON.stringify({ status: ['running', 'paused', 'restarting'] });
	const found = await engine.call({ path: '/containers/json', query: { filters }, signal }, users);
	return found
		.filter(({ Labels }) => Labels?.[helperLabel] === undefined)
		.filter(({ Mounts }) =>
			Mounts?.some(
				({ Type, Source }) => Type === 'bind' && Source && Source !== '/' && overlap(Source, path),
			),
		)
		.flatMap(({ Names }) => nameAmong(Names) ?? [])
		.filter((name) => access.covers(name))
		.sort();
}

function overlap(a: string, b: string): boolean {
	const [one, other] = [a, b].map((path) => `${path.replace(/\/+$/, '')}/`);
	return one !== undefined && other !== undefined && (one.startsWith(other) || other.startsWith(one));
}
