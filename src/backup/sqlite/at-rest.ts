import { createReadStream, createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** The time of a change may be that much older than the change itself. */
const clockTickMs = 50;
const endings = ['', '-wal', '-journal', '-shm'] as const;

/**
 * Copies the files of a database that nobody uses: the database and the log a killed program has left, which SQLite
 * then works into the copy. So nothing is made beside the original, and a folder that cannot be written will do.
 *
 * @returns false when anything changed meanwhile, and the copy is worth nothing
 */
export async function copyAtRest(from: string, file: string, signal?: AbortSignal): Promise<boolean> {
	const before = await stateOf(from);
	const youngestMs = Math.max(...before.map((state) => state?.changedMs ?? 0));
	if (Math.abs(Date.now() - youngestMs) < clockTickMs) {
		await sleep(clockTickMs);
		return false;
	}
	for (const [index, ending] of endings.entries()) {
		// The index of the log in memory is made anew.
		if (before[index] === undefined || ending === '-shm') continue;
		await pipeline(
			createReadStream(`${from}${ending}`),
			createWriteStream(`${file}${ending}`, { mode: 0o600 }),
			signal ? { signal } : {},
		);
	}
	return JSON.stringify(await stateOf(from)) === JSON.stringify(before);
}

interface FileState {
	identity: string;
	changedMs: number;
}

async function stateOf(from: string): Promise<(FileState | undefined)[]> {
	return await Promise.all(
		endings.map(async (ending) => {
			const found = await stat(`${from}${ending}`, { bigint: true }).catch(
				(thrown: NodeJS.ErrnoException) => {
					if (thrown.code === 'ENOENT') return undefined;
					throw thrown;
				},
			);
			if (!found) return undefined;
			const { dev, ino, size, mtimeNs, ctimeNs } = found;
			return {
				identity: [dev, ino, size, mtimeNs, ctimeNs].join(' '),
				// Of the two times the one nobody can set.
				changedMs: Number(ctimeNs / 1_000_000n),
			};
		}),
	);
}
