import { constants, type Stats } from 'node:fs';
import { lstat, open, readdir, rm, statfs, type FileHandle } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, normalize } from 'node:path';

import { systemCode, systemMessage } from '../../shared';
import { isWithin, resolved } from '../containment';
import { BackupError, type BackupErrorCode } from '../errors';
import { spaceOf, type Space } from '../space';
import { mountPointsWithin } from './mounts';
import { isAbandoned } from './staging';

/**
 * The place of a directory, or of the file of a database, that this process sees. The folder it lies in is held open and everything in that is
 * reached through its descriptor, so a folder on the way that is swapped for a link meanwhile leads nowhere.
 */
export class DirectoryPlace {
	readonly path: string;
	readonly name: string;
	readonly label: string;
	private parent: FileHandle | undefined;

	constructor(
		path: string,
		private readonly kind: 'directory' | 'database' = 'directory',
	) {
		this.path = normalize(path).replace(/(?<=.)\/+$/, '');
		this.name = basename(this.path);
		this.label = `${kind} ${this.path}`;
	}

	/**
	 * @param keepOut folders in which backups are kept
	 * @throws BackupError `target_refused`, `target_missing`
	 */
	async check(keepOut: readonly string[]): Promise<void> {
		if (!isAbsolute(this.path) || this.path.includes('\0')) {
			throw this.refused('is not an absolute path', 'Give the target as a path that begins with "/".');
		}
		if (this.path === '/') throw this.refused('is the whole file system', 'Give a folder below it.');
		const parent = await this.open();
		const real = join((await resolved(below(parent, '.'))) ?? dirname(this.path), this.name);
		await this.refuseBackups(real, keepOut);
		await this.refuseMounts(real);
	}

	/** The folder it lies in. @throws BackupError `target_missing` */
	async open(): Promise<FileHandle> {
		if (this.parent) return this.parent;
		const folder = dirname(this.path);
		try {
			this.parent = await open(folder, constants.O_RDONLY | constants.O_DIRECTORY);
			return this.parent;
		} catch (thrown) {
			throw this.error(
				'target_missing',
				`cannot be made: the folder ${folder} cannot be opened: ${systemMessage(thrown)}`,
				'Make that folder first, or restore to another path. It is not made by itself, because an unmounted disk would go unnoticed.',
				thrown,
			);
		}
	}

	/** What stands under its name, undefined when nothing does. @throws BackupError for a link or another kind */
	async entry(): Promise<Stats | undefined> {
		const parent = await this.open();
		const found = await lstat(below(parent, this.name)).catch((thrown: NodeJS.ErrnoException) => {
			if (thrown.code !== 'ENOENT') throw this.explain(thrown);
			return undefined;
		});
		if (found?.isSymbolicLink()) {
			throw this.refused(
				'is a symbolic link, which is not followed',
				'Give the path it leads to as the target, or remove the link.',
			);
		}
		const isOfKind = this.kind === 'directory' ? found?.isDirectory() : found?.isFile();
		if (found && !isOfKind) {
			const fault = this.kind === 'directory' ? 'is no directory' : 'is no file';
			throw this.refused(fault, 'Move it away, or restore to another path.');
		}
		return found;
	}

	/** On its file system. */
	async free(): Promise<Space> {
		return spaceOf(await statfs(below(await this.open(), '.')));
	}

	/** A name for what is there; that of an earlier restore of the same restore point is not reused. */
	async freeName(id: string): Promise<string> {
		const taken = new Set(await readdir(below(await this.open(), '.')));
		const name = `${this.name}.before-${id}`;
		let free = name;
		for (let number = 2; taken.has(free); number += 1) free = `${name}-${number}`;
		return free;
	}

	/** Where a folder beside it is. */
	beside(name: string): string {
		return join(dirname(this.path), name);
	}

	/** Names of staging folders for this place begin so. Long names are cut: a name has room for 255 bytes. */
	get stagingPrefix(): string {
		let cut = this.name;
		while (Buffer.byteLength(cut) > 150) cut = [...cut].slice(0, -1).join('');
		return `.${cut}.opsdesk-restore-`;
	}

	/** Removes what restores to the same target have left when they were killed. Links are removed, not followed. */
	async sweep(): Promise<void> {
		const parent = await this.open();
		for (const name of await readdir(below(parent, '.'))) {
			if (!name.startsWith(this.stagingPrefix) || !isAbandoned(name)) continue;
			await rm(below(parent, name), { recursive: true, force: true });
		}
	}

	async close(): Promise<void> {
		await this.parent?.close();
		this.parent = undefined;
	}

	private async refuseMounts(real: string): Promise<void> {
		const points = await mountPointsWithin(real);
		if (points.length === 0) return;
		const [first = ''] = points;
		throw this.refused(
			first === real ? 'is a mount point, which cannot be renamed' : `holds the mount point ${first}`,
			'Restore to another path and move the content from there, or unmount it first.',
		);
	}

	private async refuseBackups(real: string, keepOut: readonly string[]): Promise<void> {
		for (const folder of keepOut) {
			const kept = (await resolved(folder)) ?? folder;
			if (!isWithin(real, kept) && !isWithin(kept, real)) continue;
			throw this.refused(
				`${isWithin(real, kept) ? 'lies in' : 'holds'} ${folder}, where backups are kept`,
				'Restore to another path.',
			);
		}
	}

	/** Whatever was thrown by the work on it. */
	explain(thrown: unknown): BackupError {
		// The extractor names the entry and has the error of the file system as its cause.
		const cause = thrown instanceof BackupError ? thrown.cause : thrown;
		const code = systemCode(cause);
		if (code === 'ENOSPC' || code === 'EDQUOT') {
			const remedy = 'Free some space, or restore to another path.';
			return this.error('target_full', 'got no more space while it was restored', remedy, thrown);
		}
		const isOurs = ['EACCES', 'EPERM', 'EROFS', 'EIO'].includes(code ?? '');
		if (thrown instanceof BackupError && !isOurs) return thrown;
		return this.refused(
			`cannot be restored by uid ${process.getuid?.() ?? 'unknown'}: ${systemMessage(thrown)}`,
			'Check the rights on the folder it lies in and the disk, or restore to another path.',
			thrown,
		);
	}

	refused(fault: string, remedy: string, cause?: unknown): BackupError {
		return this.error('target_refused', fault, remedy, cause);
	}

	error(code: BackupErrorCode, fault: string, remedy: string, cause?: unknown): BackupError {
		return new BackupError(code, `The ${this.label} ${fault}.`, remedy, { cause });
	}
}

/** A path that leads through an open folder, whatever its name is by now. */
export function below(folder: FileHandle, name: string): string {
	return `/proc/self/fd/${folder.fd}/${name}`;
}
