import { constants } from 'node:fs';
import {
	lutimes,
	lstat,
	mkdir,
	open,
	readdir,
	rename,
	rm,
	rmdir,
	stat,
	statfs,
	unlink,
	type FileHandle,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { systemCode, systemMessage } from '../../shared';
import { BackupError } from '../errors';
import { describeFree, spaceOf, unknownSpace, type Space } from '../space';
import { partialSuffix, type ArtefactWriter, type Destination } from './destination';

const readBytes = 1024 * 1024;
const createFlags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

/** A directory that this process sees. Files are made for their owner alone. */
export class DirectoryDestination implements Destination {
	readonly label: string;

	/** @param root absolute path; it must exist, so that an unmounted disk is not silently replaced by an empty folder */
	constructor(private readonly root: string) {
		this.label = root;
	}

	async create(path: string): Promise<ArtefactWriter> {
		await this.requireRoot();
		const final = join(this.root, path);
		try {
			await makeFolders(this.root, dirname(path));
			const partial = `${final}${partialSuffix}`;
			// An older partial belongs to a run that was killed; whoever holds the lock may replace it.
			await rm(partial, { force: true });
			return new FileWriter(await open(partial, createFlags, 0o600), partial, final, this);
		} catch (thrown) {
			throw await this.explain(thrown, path);
		}
	}

	async *read(path: string): AsyncGenerator<Buffer, void, undefined> {
		const file = await open(join(this.root, path), constants.O_RDONLY | constants.O_NOFOLLOW);
		const piece = Buffer.allocUnsafeSlow(readBytes);
		try {
			for (;;) {
				const { bytesRead } = await file.read(piece, 0, readBytes, null);
				if (bytesRead === 0) return;
				yield piece.subarray(0, bytesRead);
			}
		} finally {
			await file.close();
		}
	}

	async readSmall(path: string, maxBytes: number): Promise<Buffer | undefined> {
		// Non-blocking, because opening a FIFO that stands in its place would wait for ever.
		const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
		try {
			const file = await open(join(this.root, path), flags);
			try {
				const stats = await file.stat();
				if (!stats.isFile()) throw new Error('it is not a file');
				if (stats.size > maxBytes) throw new Error(`it is larger than ${maxBytes} bytes`);
				return await file.readFile();
			} finally {
				await file.close();
			}
		} catch (thrown) {
			if (systemCode(thrown) === 'ENOENT') return undefined;
			throw this.unreadable(thrown, path);
		}
	}

	async createNew(path: string, content: Buffer): Promise<boolean> {
		await this.requireRoot();
		const target = join(this.root, path);
		try {
			await makeFolders(this.root, dirname(path));
			const file = await open(target, createFlags, 0o600);
			try {
				await file.writeFile(content);
				await file.sync();
			} catch (thrown) {
				await rm(target, { force: true });
				throw thrown;
			} finally {
				await file.close();
			}
			await syncFolder(dirname(target));
			return true;
		} catch (thrown) {
			if (systemCode(thrown) === 'EEXIST') return false;
			throw await this.explain(thrown, path);
		}
	}

	async touch(path: string): Promise<void> {
		const now = new Date();
		await lutimes(join(this.root, path), now, now).catch(ignoreMissing);
	}

	async stamp(path: string): Promise<string | undefined> {
		const found = await lstat(join(this.root, path), { bigint: true }).catch(ignoreMissing);
		return found && `${found.ino}:${found.size}:${found.mtimeNs}:${found.ctimeNs}`;
	}

	async rename(path: string, name: string): Promise<boolean> {
		const from = join(this.root, path);
		const isThere = await rename(from, join(dirname(from), name)).then(() => true, ignoreMissing);
		if (isThere) await syncFolder(dirname(from));
		return isThere ?? false;
	}

	async list(folder: string): Promise<{ name: string; isFolder: boolean }[]> {
		await this.requireRoot();
		const entries = await readdir(join(this.root, folder), { withFileTypes: true }).catch(
			(thrown: unknown) => {
				if (systemCode(thrown) === 'ENOENT') return [];
				throw this.unreadable(thrown, folder);
			},
		);
		return entries
			.map((entry) => ({ name: entry.name, isFolder: entry.isDirectory() }))
			.sort((a, b) => (a.name < b.name ? -1 : 1));
	}

	async sizeBytes(path: string): Promise<number | undefined> {
		const found = await stat(join(this.root, path)).catch(() => undefined);
		return found?.isFile() ? found.size : undefined;
	}

	async remove(path: string): Promise<void> {
		const target = join(this.root, path);
		try {
			await unlink(target).catch(async (thrown: unknown) => {
				if (systemCode(thrown) !== 'EISDIR' && systemCode(thrown) !== 'EPERM') throw thrown;
				await rmdir(target);
			});
			await syncFolder(dirname(target));
		} catch (thrown) {
			if (systemCode(thrown) !== 'ENOENT') throw await this.explain(thrown, path);
		}
	}

	async space(): Promise<Space> {
		return spaceOf(await statfs(this.root));
	}

	async close(): Promise<void> {
		// Nothing is held between calls.
	}

	/** Turns an error of the file system into one that says how to get unstuck. */
	async explain(thrown: unknown, path: string, writtenBytes = 0): Promise<BackupError> {
		const code = systemCode(thrown);
		if (code === 'ENOSPC' || code === 'EDQUOT') {
			const free = await this.space().catch(() => unknownSpace);
			return new BackupError(
				'destination_full',
				`${this.label} is full: ${path} needs more than the ${writtenBytes} bytes that fitted, ${describeFree(free)}.`,
				'Free some space or choose a larger destination; older backups were not touched.',
				{ cause: thrown },
			);
		}
		if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
			return new BackupError(
				'destination_refused',
				`${this.label} cannot be written to by uid ${process.getuid?.() ?? 'unknown'} (${code}).`,
				'Give that user the right to write there, or mount the file system writable.',
				{ cause: thrown },
			);
		}
		if (thrown instanceof BackupError) return thrown;
		return new BackupError(
			'destination_refused',
			`${join(this.label, path)} cannot be written: ${systemMessage(thrown)}.`,
			'Check the disk and the mount of the destination, then run the backup again.',
			{ cause: thrown },
		);
	}

	private unreadable(thrown: unknown, path: string): BackupError {
		return new BackupError(
			'destination_refused',
			`${join(this.label, path)} cannot be read: ${systemMessage(thrown)}.`,
			`Give uid ${process.getuid?.() ?? 'unknown'} the right to read it, and check the disk and its mount.`,
			{ cause: thrown },
		);
	}

	private async requireRoot(): Promise<void> {
		const found = await stat(this.root).catch(() => undefined);
		if (found?.isDirectory()) return;
		throw new BackupError(
			'destination_missing',
			`The destination ${this.root} ${found ? 'is no directory' : 'does not exist'}.`,
			'Mount the disk or create the directory. It is not created by itself, because an unmounted disk would go unnoticed.',
		);
	}
}

/**
 * So much is forced to disk at a time while the rest is written. Left to the end, it would be hundreds of megabytes, and
 * every small write to the same disk, such as those of n8n's database, would wait behind them.
 */
const forcedBytes = 16 * 1024 * 1024;

class FileWriter implements ArtefactWriter {
	private writtenBytes = 0;
	private unforcedBytes = 0;
	private forcing: Promise<void> = Promise.resolve();

	constructor(
		private readonly file: FileHandle,
		private readonly partial: string,
		private readonly final: string,
		private readonly destination: DirectoryDestination,
	) {}

	async write(bytes: Buffer): Promise<void> {
		for (let at = 0; at < bytes.length;) {
			const { bytesWritten } = await this.guarded(() => this.file.write(bytes, at));
			at += bytesWritten;
			this.writtenBytes += bytesWritten;
			this.unforcedBytes += bytesWritten;
		}
		if (this.unforcedBytes < forcedBytes) return;
		this.unforcedBytes = 0;
		await this.guarded(() => this.forcing);
		this.forcing = this.file.datasync();
		// Looked at before the next one; without this a failure would be called unhandled meanwhile.
		this.forcing.catch(() => {});
	}

	async commit(): Promise<void> {
		await this.guarded(() => this.forcing);
		await this.guarded(() => this.file.sync());
		await this.file.close();
		await this.guarded(() => rename(this.partial, this.final));
		await syncFolder(dirname(this.final));
	}

	async abort(): Promise<void> {
		await this.forcing.catch(() => {});
		await this.file.close().catch(() => {});
		await rm(this.partial, { force: true });
	}

	private async guarded<T>(work: () => Promise<T>): Promise<T> {
		try {
			return await work();
		} catch (thrown) {
			throw await this.destination.explain(thrown, this.final, this.writtenBytes);
		}
	}
}

/** Makes folders below the root and forces each new name to disk, so that a power cut cannot lose them. */
async function makeFolders(root: string, folder: string): Promise<void> {
	let at = root;
	for (const part of folder.split('/').filter((name) => name !== '' && name !== '.')) {
		const parent = at;
		at = join(at, part);
		await mkdir(at, { mode: 0o700 }).then(
			() => syncFolder(parent),
			(thrown: unknown) => {
				if (systemCode(thrown) !== 'EEXIST') throw thrown;
			},
		);
	}
}

async function syncFolder(folder: string): Promise<void> {
	const handle = await open(folder, constants.O_RDONLY | constants.O_DIRECTORY);
	await handle.sync().finally(() => handle.close());
}

function ignoreMissing(thrown: unknown): undefined {
	if (systemCode(thrown) !== 'ENOENT') throw thrown;
	return undefined;
}
