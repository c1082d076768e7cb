import { constants } from 'node:fs';
import { chmod, lstat, open, readdir, type FileHandle } from 'node:fs/promises';

import { OpsdeskError, runProcess } from '../../shared';
import { child } from './safe-tree';

const openEntry = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
/** The thread pool takes four at a time; more only wait there. */
const atOnce = 8;

/** What `sync` says of a disk that did not take it. Anything else means that this `sync` could not be asked. */
const notOnDisk = /input\/output|no space|quota exceeded|read-only/i;

/**
 * Puts everything below the folder $1 on disk, by the file system as a whole, or by all of them where this `sync`
 * knows no single one.
 */
export const toDiskScript = `said=$(LC_ALL=C sync -f "$1" 2>&1) && exit 0
case "$said" in
 *[Ii]nput/output*|*[Nn]o\\ space*|*[Qq]uota\\ exceeded*|*[Rr]ead-only*) echo "$said" >&2; exit 1;;
esac
sync`;

/**
 * Resolves when everything below a folder is on disk, so that no power cut after that leaves less of it. Asking the
 * file system once takes a fifth of the time of asking for each file (20,000 files: 0.4 s against 2.3 s), which Node cannot
 * do by itself; where there is no such program, each file is asked for.
 *
 * @param folder open
 * @throws NodeJS.ErrnoException, e.g. `ENOSPC` or `EIO`
 */
export async function putOnDisk(folder: FileHandle): Promise<void> {
	if (await syncFileSystem(folder)) return;
	await syncEach(folder);
}

/** False when nobody could be asked. */
async function syncFileSystem({ fd }: FileHandle): Promise<boolean> {
	try {
		const { exitCode, stderr } = await runProcess('sync', {
			args: ['-f', `/proc/${process.pid}/fd/${fd}/.`],
			env: { PATH: process.env['PATH'] ?? '', LC_ALL: 'C' },
		});
		if (exitCode === 0) return true;
		if (!notOnDisk.test(stderr)) return false;
		const code = /no space|quota/i.test(stderr) ? 'ENOSPC' : 'EIO';
		throw Object.assign(new Error(`${code}: the disk did not confirm what was written: ${stderr}`), { code });
	} catch (thrown) {
		if (thrown instanceof OpsdeskError && thrown.code === 'program_missing') return false;
		throw thrown;
	}
}

async function syncEach(folder: FileHandle): Promise<void> {
	const entries = await readdir(`/proc/self/fd/${folder.fd}/.`, { withFileTypes: true, encoding: 'buffer' });
	const files = entries.filter((entry) => entry.isFile());
	const worker = async (): Promise<void> => {
		for (let file = files.pop(); file; file = files.pop()) {
			await opened(folder, file.name, (handle) => handle.sync());
		}
	};
	await Promise.all(Array.from({ length: atOnce }, worker));
	// One after the other: each on the way stays open.
	for (const entry of entries) {
		if (entry.isDirectory()) await opened(folder, entry.name, syncEach);
	}
	await folder.sync();
}

async function opened(
	folder: FileHandle,
	name: Buffer,
	work: (handle: FileHandle) => Promise<void>,
): Promise<void> {
	const handle = await openAnyhow(child(folder.fd, name));
	try {
		await work(handle);
	} finally {
		await handle.close();
	}
}

/** Restored files may have rights that keep their own owner from opening them. */
async function openAnyhow(path: Buffer): Promise<FileHandle> {
	try {
		return await open(path, openEntry);
	} catch (thrown) {
		if ((thrown as NodeJS.ErrnoException).code !== 'EACCES') throw thrown;
		const { mode } = await lstat(path);
		await chmod(path, 0o700);
		try {
			return await open(path, openEntry);
		} finally {
			await chmod(path, mode & 0o7777);
		}
	}
}
