import { z } from 'zod';

import type { Access } from '../access';
import type { Engine } from '../engine';
import { findContainer } from '../find';
import { nameOf } from '../summary';

const kinds = ['modified', 'added', 'deleted'] as const;
/** Null where nothing has changed. */
const answer = z
	.array(z.object({ Path: z.string(), Kind: z.number() }))
	.nullish()
	.transform((value) => value ?? []);

/** One path that differs from the image of the container. */
export interface FileChange {
	path: string;
	kind: (typeof kinds)[number] | 'unknown';
}

/**
 * What differs in the file system of a container from its image; volumes and mounts are no part of it. Sorted by path.
 * @throws DockerError `not_permitted`, `not_found`, `answer_too_large`
 */
export async function fileChanges(
	engine: Engine,
	access: Access,
	reference: string,
	signal?: AbortSignal,
): Promise<{ id: string; name: string; changes: FileChange[] }> {
	const container = await findContainer(engine, access, 'changes', reference, signal);
	const found = await engine.call({ path: `/containers/${container.Id}/changes`, signal }, answer);
	const changes = found
		.map(({ Path, Kind }) => ({ path: Path, kind: kinds[Kind] ?? ('unknown' as const) }))
		.sort((a, b) => (a.path < b.path ? -1 : 1));
	return { id: container.Id, name: nameOf(container.Name), changes };
}
