import { z } from 'zod';

import { Access } from '../access';
import type { EngineConnection } from '../connection';
import { Engine } from '../engine';
import { listContainers } from '../list';
import { nameAmong, type ListedContainer } from '../summary';
import { beingUpdated, listedForUpdates } from '../update/unfinished';
import type { Listed } from './memory';

/**
 * All containers there are: those that the rights cover, and the names of all.
 *
 * @throws DockerError
 */
export async function everythingThere(
	connection: EngineConnection,
	signal: AbortSignal | undefined,
): Promise<{ covered: ListedContainer[]; listed: Listed }> {
	const [engine, access] = [new Engine(connection), new Access(connection)];
	const query = { all: 'true' };
	const [covered, every] = await Promise.all([
		listContainers(engine, access, {}, signal),
		engine.call({ path: '/containers/json', query, signal }, z.array(listedForUpdates)),
	]);
	const names = new Set(every.flatMap(({ Names }) => nameAmong(Names) ?? []));
	const ids = new Set(every.map(({ Id }) => Id));
	const covers = (name: string): boolean => access.covers(name);
	return { covered, listed: { ids, names, covers, updating: beingUpdated(every) } };
}
