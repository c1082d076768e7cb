import { constants } from 'node:fs';
import {
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

import { errorMessage } from '../../shared';
import { BackupError } from '../errors';
import { partialSuffix, type ArtefactWriter, type Destination } from './destination';

const readBytes = 1024 * 1024;

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
			const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
			return new FileWriter(await open(partial, flags, 0o600), partial, final, this);
		} catch (thrown) {
			throw await this.explain(thrown, path);
		}
	}

	async *read(path: string): AsyncGenerator<Buffer, void, undefined> {
		const file = await open(join(this.root, path), constants.O_RDONLY | constants.O_NOFOLLOW);
		try {
			for (;;) {
				const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(readBytes), 0, readBytes, null);
				if (bytesRead === 0) return;
				yield buffer.subarray(0, bytesRead);
			}
		} finally {
			await file.close();
		}
	}

	async list(folder: string): Promise<{ name: string; isFolder: boolean }[]> {
		await this.requireRoot();
		const entries = await readdir(join(this.root, folder), { withFileTypes: true }).catch(
			(thrown: unknown) => {
				if (codeOf(thrown) === 'ENOENT') return [];
				throw thrown;
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
		await unlink(target).catch(async (thrown: unknown) => {
			if (codeOf(thrown) === 'ENOENT') return;
			if (codeOf(thrown) !== 'EISDIR' && codeOf(thrown) !== 'EPERM') throw thrown;
			await rmdir(target);
		});
		await syncFolder(dirname(target));
	}

	async freeBytes(): Promise<number | undefined> {
		const { bavail, bsize } = await statfs(this.root);
		return bavail * bsize;
	}

	/** Turns an error of the file system into one that says how to get unstuck. */
	async explain(thrown: unknown, path: string, writtenBytes = 0): Promise<BackupError> {
		const code = codeOf(thrown);
		if (code === 'ENOSPC' || code === 'EDQUOT') {
			const free = await this.freeBytes().catch(() => undefined);
			return new BackupError(
				'destination_full',
				`${this.label} is full: ${path} needs more than the ${writtenBytes} bytes that fitted, ${free ?? 'an unknown number of'} bytes are free.`,
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
			`${join(this.label, path)} cannot be written: ${errorMessage(thrown)}`,
			'Check the disk and the mount of the destination, then run the backup again.',
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

class FileWriter implements ArtefactWriter {
	private writtenBytes = 0;

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
		}
	}

	async commit(): Promise<void> {
		await this.guarded(() => this.file.sync());
		await this.file.close();
		await this.guarded(() => rename(this.partial, this.final));
		await syncFolder(dirname(this.final));
	}

	async abort(): Promise<void> {
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
				if (codeOf(thrown) !== 'EEXIST') throw thrown;
			},
		);
	}
}

async function syncFolder(folder: string): Promise<void> {
	const handle = await open(folder, constants.O_RDONLY | constants.O_DIRECTORY);
	await handle.sync().finally(() => handle.close());
}

function codeOf(thrown: unknown): string | undefined {
	return (thrown as NodeJS.ErrnoException | undefined)?.code;
}
