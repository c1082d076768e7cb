import { dirname, posix } from 'node:path';

import { Containers, type EngineConnection, type HelperMount } from '../../docker';
import { OpsdeskError, type Site } from '../../shared';
import { isWithin } from '../containment';
import { BackupError } from '../errors';

/** A file in a container. */
export interface ContainerPath {
	container: string;
	/** Absolute, as the container sees it. */
	path: string;
}

/** The mount of a container that holds a file, and where it is in that. */
export interface ContainerMount {
	mount: HelperMount;
	/** The folder of the file below the mount. */
	below: string;
	/** Of the container. */
	state: string;
}

/** States of a container in which nothing of it runs. */
export const statesAtRest = ['created', 'exited', 'dead'];

/** The file of a database and those that SQLite makes beside it. */
const ownPaths = (path: string): string[] => ['', '-wal', '-shm', '-journal'].map((end) => `${path}${end}`);

/** @throws BackupError `target_refused` when the file lies in the container itself or is a mount of its own; DockerError */
export async function mountOfDatabase(
	{ container, path }: ContainerPath,
	connection: EngineConnection,
	signal: AbortSignal | undefined,
): Promise<ContainerMount> {
	const { state, mounts } = await new Containers(connection).get(container, signal);
	const own = mounts.find(({ target }) => ownPaths(path).includes(target));
	if (own) {
		throw new BackupError(
			'target_refused',
			`${own.target} in the container ${container} is a mount of its own, so the database does not lie in the folder that is mounted around it.`,
			'Mount the folder of the database in place of the single file, or give a path that n8n sees as the target.',
		);
	}
	const [mount] = mounts
		.filter(({ target }) => isWithin(dirname(path), target))
		.sort((a, b) => b.target.length - a.target.length);
	if (!mount || !['volume', 'bind'].includes(mount.type)) {
		throw new BackupError(
			'target_refused',
			`The database ${path} in the container ${container} lies in the container itself, in no volume or folder of the host.`,
			'Give a path that n8n sees as the target, and bring the file into the container with "docker cp".',
		);
	}
	const below = dirname(path).slice(mount.target.length);
	if (mount.type === 'volume') {
		return { mount: { type: 'volume', volume: mount.source, readOnly: false }, below, state };
	}
	const folder = posix.join(mount.source, below);
	return { mount: { type: 'hostPath', path: folder, readOnly: false }, below: '', state };
}

/**
 * The folders of the engine's host in which SQLite databases of a site lie that are named by a path in a container.
 * One that cannot be found, or not asked for now, is left out: whoever restores it is told why, and other artefacts need
 * no engine.
 */
export async function hostFoldersOfDatabases(
	{ backup }: Pick<Site, 'backup'>,
	connection: EngineConnection,
	signal?: AbortSignal,
): Promise<string[]> {
	const folders: string[] = [];
	for (const database of backup.databases) {
		if (database.type !== 'sqlite' || database.container === undefined) continue;
		const { container, path } = database;
		try {
			const { mount } = await mountOfDatabase({ container, path }, connection, signal);
			if (mount.type === 'hostPath') folders.push(mount.path);
		} catch (thrown) {
			if (!(thrown instanceof OpsdeskError)) throw thrown;
		}
	}
	return folders;
}
