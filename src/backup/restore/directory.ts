import { constants, type Stats } from 'node:fs';
import { lstat, mkdir, open, readdir, rename, rm, statfs, type FileHandle } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, normalize } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';

import { formatBytes, systemMessage } from '../../shared';
import { isWithin, resolved } from '../containment';
import { BackupError, type BackupErrorCode } from '../errors';
import type { ManifestArtefact } from '../manifest';
import { Extractor } from './extract';
import { mountPointsWithin } from './mounts';
import type { TargetOptions } from './open';
import { endStaging, isAbandoned, newStagingToken } from './staging';
import type { RestoreTarget } from './target';

/** Unpacking is synchronous; pieces of this size keep n8n's event loop free. */
const pieceBytes = 1024 * 1024;
const openFolder = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/**
 * A directory that this process sees. The content is unpacked into a folder beside it, which then takes its name.
 *
 * The parent is held open and everything in it is reached through its descriptor, so a folder on the way that is
 * swapped for a link meanwhile leads nowhere. Between the two renames of a swap there is nothing under the name;
 * after a kill there the same restore can simply be run again, and what was there before stands beside.
 */
export class DirectoryTarget implements RestoreTarget {
	readonly label: string;
	private readonly path: string;
	private readonly name: string;
	private readonly token = newStagingToken();
	private readonly stagingName: string;
	private parent: FileHandle | undefined;
	private staging: FileHandle | undefined;

	constructor(
		path: string,
		private readonly artefact: ManifestArtefact,
		private readonly options: TargetOptions,
	) {
		this.path = normalize(path).replace(/(?<=.)\/+$/, '');
		this.label = `directory ${this.path}`;
		this.name = basename(this.path);
		this.stagingName = `${stagingPrefix(this.name)}${options.id}-${this.token}`;
	}

	async check(): Promise<void> {
		if (!isAbsolute(this.path) || this.path.includes('\0')) {
			throw this.refused('is not an absolute path', 'Give the target as a path that begins with "/".');
		}
		if (this.path === '/') throw this.refused('is the whole file system', 'Give a folder below it.');
		const parent = await this.openParent();
		const real = join((await resolved(below(parent, '.'))) ?? dirname(this.path), this.name);
		await this.refuseBackups(real);
		await this.refuseMounts(real);
		const found = await this.entry();
		if (found) await this.refuseContent(found);
		const { bavail, bsize } = await statfs(below(parent, '.'));
		if (bavail * bsize < this.artefact.plainBytes) {
			throw this.error(
				'target_full',
				`needs ${formatBytes(this.artefact.plainBytes)}, and ${formatBytes(bavail * bsize)} are free beside it`,
				'Free some space, or restore to another path.',
			);
		}
	}

	async fill(content: AsyncIterable<Buffer>): Promise<{ entries?: number }> {
		const parent = await this.openParent();
		const at = below(parent, this.stagingName);
		try {
			await this.sweep(parent);
			await mkdir(at, { mode: 0o700 });
			this.staging = await open(at, openFolder);
			const { entries } = await this.unpack(content, below(this.staging, '.'));
			await this.staging.sync();
			if (this.artefact.entries !== undefined && entries !== this.artefact.entries) {
				throw this.error(
					'verification_failed',
					`got ${entries} entries instead of ${this.artefact.entries}`,
					'Use another restore point.',
				);
			}
			return { entries };
		} catch (thrown) {
			throw this.explain(thrown);
		}
	}

	async swap(): Promise<{ previous?: string }> {
		const { staging } = this;
		if (!staging) throw new Error('A target is filled before it is swapped.');
		const parent = await this.openParent();
		const at = below(parent, this.name);
		const stagingAt = below(parent, this.stagingName);
		try {
			const [held, named] = [await staging.stat(), await lstat(stagingAt)];
			if (held.ino !== named.ino || held.dev !== named.dev) {
				throw this.refused('got another staging folder meanwhile', 'See who else works in that folder.');
			}
			const found = await this.entry();
			const hasContent = found !== undefined && (await this.refuseContent(found));
			const previousName = hasContent ? await this.freeName(parent) : undefined;
			if (previousName !== undefined) await rename(at, below(parent, previousName));
			try {
				// Over an empty folder this is one step.
				await rename(stagingAt, at);
			} catch (thrown) {
				if (previousName !== undefined) await this.putBack(below(parent, previousName), at, previousName);
				throw thrown;
			}
			await parent.sync().catch((thrown: unknown) => {
				throw this.halfWay('was replaced, but the disk did not confirm it', previousName, thrown);
			});
			endStaging(this.token);
			await this.close();
			return previousName === undefined ? {} : { previous: join(dirname(this.path), previousName) };
		} catch (thrown) {
			throw this.explain(thrown);
		}
	}

	private async putBack(kept: string, at: string, previousName: string): Promise<void> {
		await rename(kept, at).catch((thrown: unknown) => {
			throw this.halfWay('could neither be replaced nor put back', previousName, thrown);
		});
	}

	/** Without a cause, which would make it a fault of rights or of space. */
	private halfWay(fault: string, previousName: string | undefined, thrown: unknown): BackupError {
		const before =
			previousName === undefined
				? ''
				: `; what was there before is in ${join(dirname(this.path), previousName)}`;
		return this.error(
			'target_swap_failed',
			`${fault} (${systemMessage(thrown)})${before}`,
			'Check the disk and what else works in that folder, then look at the target before anything else.',
		);
	}

	async discard(): Promise<void> {
		try {
			if (this.staging && this.parent) {
				await rm(below(this.parent, this.stagingName), { recursive: true, force: true });
			}
		} finally {
			endStaging(this.token);
			await this.close();
		}
	}

	/** Removes what restores to the same target have left when they were killed. Links are removed, not followed. */
	private async sweep(parent: FileHandle): Promise<void> {
		const prefix = stagingPrefix(this.name);
		for (const name of await readdir(below(parent, '.'))) {
			if (!name.startsWith(prefix) || !isAbandoned(name)) continue;
			await rm(below(parent, name), { recursive: true, force: true });
		}
	}

	private async unpack(content: AsyncIterable<Buffer>, folder: string): Promise<{ entries: number }> {
		const extractor = new Extractor(folder, this.artefact.plainBytes);
		try {
			for await (const chunk of content) {
				for (let at = 0; at < chunk.length; at += pieceBytes) {
					extractor.push(chunk.subarray(at, at + pieceBytes));
					await nextTurn();
				}
			}
			return extractor.end();
		} finally {
			extractor.close();
		}
	}

	private async openParent(): Promise<FileHandle> {
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

	private async entry(): Promise<Stats | undefined> {
		const parent = await this.openParent();
		return await lstat(below(parent, this.name)).catch((thrown: NodeJS.ErrnoException) => {
			if (thrown.code !== 'ENOENT') throw this.explain(thrown);
			return undefined;
		});
	}

	/** Resolves with whether there is anything in the target, which then may be replaced. */
	private async refuseContent(found: Stats): Promise<boolean> {
		if (found.isSymbolicLink()) {
			throw this.refused(
				'is a symbolic link, which is not followed',
				'Give the path it leads to as the target, or remove the link.',
			);
		}
		if (!found.isDirectory()) {
			throw this.refused('is no directory', 'Move it away, or restore to another path.');
		}
		const parent = await this.openParent();
		if ((await readdir(below(parent, this.name))).length === 0) return false;
		if (this.options.overwrite) return true;
		throw this.error(
			'target_not_empty',
			'is not empty',
			'Allow it to be overwritten (what is there is kept beside it), or restore to another path.',
		);
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

	private async refuseBackups(real: string): Promise<void> {
		for (const folder of this.options.keepOut ?? []) {
			const kept = (await resolved(folder)) ?? folder;
			if (!isWithin(real, kept) && !isWithin(kept, real)) continue;
			throw this.refused(
				`${isWithin(real, kept) ? 'lies in' : 'holds'} ${folder}, where backups are kept`,
				'Restore to another path.',
			);
		}
	}

	/** A name for what is there; that of an earlier restore of the same restore point is not reused. */
	private async freeName(parent: FileHandle): Promise<string> {
		const taken = new Set(await readdir(below(parent, '.')));
		const name = `${this.name}.before-${this.options.id}`;
		let free = name;
		for (let number = 2; taken.has(free); number += 1) free = `${name}-${number}`;
		return free;
	}

	private async close(): Promise<void> {
		await this.staging?.close();
		await this.parent?.close();
		this.staging = this.parent = undefined;
	}

	private explain(thrown: unknown): BackupError {
		// The extractor names the entry and has the error of the file system as its cause.
		const cause = thrown instanceof BackupError ? thrown.cause : thrown;
		const code = (cause as NodeJS.ErrnoException | undefined)?.code;
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

	private refused(fault: string, remedy: string, cause?: unknown): BackupError {
		return this.error('target_refused', fault, remedy, cause);
	}

	private error(code: BackupErrorCode, fault: string, remedy: string, cause?: unknown): BackupError {
		return new BackupError(code, `The ${this.label} ${fault}.`, remedy, { cause });
	}
}

/** Long names are cut, since a name has room for 255 bytes and more is put behind it. */
function stagingPrefix(name: string): string {
	let cut = name;
	while (Buffer.byteLength(cut) > 150) cut = [...cut].slice(0, -1).join('');
	return `.${cut}.opsdesk-restore-`;
}

/** A path that leads through an open folder, whatever its name is by now. */
function below(folder: FileHandle, name: string): string {
	return `/proc/self/fd/${folder.fd}/${name}`;
}
