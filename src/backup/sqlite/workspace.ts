import { mkdir, readdir, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { formatBytes } from '../../shared';
import { BackupError } from '../errors';
import { endStaging, isAbandoned, newStagingToken } from '../restore/staging';

const prefix = 'opsdesk-snapshot-';
/** What else is written there meanwhile, and what SQLite itself needs. */
const reserveBytes = 16 * 1024 * 1024;

/** A private folder (0700) for the snapshot of one database. Those that killed runs have left are removed. */
export class Workspace {
	private constructor(
		private readonly token: string,
		/** Absolute path. */
		readonly folder: string,
	) {}

	/**
	 * In the state folder, else in the folder for temporary files: the first that has room.
	 * @param neededBytes size of what will be put there
	 * @throws BackupError `source_unreadable` when there is no room
	 */
	static async open(neededBytes: number, stateFolder: string | undefined): Promise<Workspace> {
		const parents = [...(stateFolder === undefined ? [] : [stateFolder]), tmpdir()];
		const rooms: string[] = [];
		for (const parent of parents) {
			await mkdir(parent, { recursive: true, mode: 0o700 });
			await sweep(parent);
			const { bavail, bsize } = await statfs(parent);
			const freeBytes = bavail * bsize;
			if (freeBytes < neededBytes + reserveBytes) {
				rooms.push(`${parent} has ${formatBytes(freeBytes)} free`);
				continue;
			}
			const token = newStagingToken();
			const folder = join(parent, `${prefix}${token}`);
			await mkdir(folder, { mode: 0o700 });
			return new Workspace(token, folder);
		}
		throw new BackupError(
			'source_unreadable',
			`The snapshot of the database needs ${formatBytes(neededBytes)} for a while, and ${rooms.join(', ')}.`,
			'Free some space there, or set the environment variable TMPDIR of n8n (or of the command) to a folder with more.',
		);
	}

	async remove(): Promise<void> {
		await rm(this.folder, { recursive: true, force: true });
		endStaging(this.token);
	}
}

async function sweep(parent: string): Promise<void> {
	for (const name of await readdir(parent)) {
		if (!name.startsWith(prefix) || !isAbandoned(name)) continue;
		await rm(join(parent, name), { recursive: true, force: true }).catch(() => {
			// Another user's; whoever made it removes it.
		});
	}
}
