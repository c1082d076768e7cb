import { lstat, readdir, rename, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';

import { resolved } from '../containment';
import { BackupError } from '../errors';
import { below, DirectoryPlace } from '../restore/directory-place';
import { mountPointsWithin } from '../restore/mounts';
import { endStaging, isAbandoned } from '../restore/staging';
import { cheapSize } from './cheap-size';
import {
	obstacles,
	removedName,
	removedPart,
	restorePointOf,
	type FoundCopy,
	type KeptPlace,
} from './kept-place';

/** What SQLite keeps beside a database. */
const companions = ['-wal', '-shm', '-journal'];

/** What restores have kept beside a directory, or beside the file of a database, that this process sees. */
export class KeptBeside implements KeptPlace {
	readonly label: string;
	private readonly place: DirectoryPlace;
	/** Of the files that belong to one copy. */
	private readonly endings: string[];

	constructor(
		path: string,
		private readonly kind: 'directory' | 'database',
	) {
		this.place = new DirectoryPlace(path, kind);
		this.label = this.place.label;
		this.endings = kind === 'database' ? ['', ...companions] : [''];
	}

	async find(): Promise<FoundCopy[]> {
		const { place } = this;
		const parent = await place.open().catch((thrown: unknown) => {
			// Where there is no folder, nothing is kept in it.
			if (thrown instanceof BackupError && isMissing(thrown.cause)) return undefined;
			throw thrown;
		});
		if (!parent) return [];
		const names = await readdir(below(parent, '.'));
		const obstacle = await this.obstacle(names);
		const copies: FoundCopy[] = [];
		for (const name of names) {
			const restorePoint = restorePointOf(name, `${place.name}.before-`);
			const found = restorePoint === undefined ? undefined : await lstat(below(parent, name));
			if (!found || !(this.kind === 'directory' ? found.isDirectory() : found.isFile())) continue;
			const [mountPoint] = await mountPointsWithin(join((await resolved(below(parent, '.'))) ?? '', name));
			const own = mountPoint === undefined ? undefined : obstacles.mountPoint(mountPoint);
			const reason = own ?? obstacle;
			const sizeBytes = await this.size(parent, name);
			copies.push({
				name: place.beside(name),
				...(restorePoint !== undefined && { restorePoint }),
				since: found.ctime,
				...(sizeBytes !== undefined && { sizeBytes }),
				...(reason !== undefined && { obstacle: reason }),
			});
		}
		return copies;
	}

	async remove({ name: path }: FoundCopy): Promise<void> {
		const { place } = this;
		const parent = await place.open();
		const name = path.slice(place.beside('').replace(/\/?$/, '/').length);
		const away = removedName(place.stagingPrefix);
		try {
			await this.sweep(parent);
			const present = new Set(await readdir(below(parent, '.')));
			const endings = this.endings.filter((ending) => present.has(`${name}${ending}`));
			for (const ending of endings) {
				await rename(below(parent, `${name}${ending}`), below(parent, `${away}${ending}`));
			}
			for (const ending of endings) {
				await rm(below(parent, `${away}${ending}`), { recursive: true, force: true });
			}
		} catch (thrown) {
			throw place.error(
				'remove_failed',
				`lets ${path} not be removed as a whole: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
				'Check the rights on the folder it lies in and the disk; what is left of it goes with the next one.',
				thrown,
			);
		} finally {
			endStaging(away);
		}
	}

	async close(): Promise<void> {
		await this.place.close();
	}

	/** Removes what removals that were killed have left. */
	private async sweep(parent: FileHandle): Promise<void> {
		const beginning = `${this.place.stagingPrefix}${removedPart}`;
		for (const name of await readdir(below(parent, '.'))) {
			if (!name.startsWith(beginning) || !isAbandoned(this.base(name))) continue;
			await rm(below(parent, name), { recursive: true, force: true });
		}
	}

	private async obstacle(names: string[]): Promise<string | undefined> {
		const { place } = this;
		const found = await place.entry().catch(() => undefined);
		const isThere =
			this.kind === 'database'
				? found !== undefined && found.size > 0
				: found !== undefined && (await readdir(below(await place.open(), place.name))).length > 0;
		if (!isThere) return obstacles.nothingThere(this.label);
		const staging = names.find(
			(name) =>
				name.startsWith(place.stagingPrefix) && !name.startsWith(`${place.stagingPrefix}${removedPart}`),
		);
		return staging === undefined ? undefined : obstacles.interrupted(place.beside(staging));
	}

	private async size(parent: FileHandle, name: string): Promise<number | undefined> {
		if (this.kind === 'directory') return await cheapSize(below(parent, name));
		const sizes = this.endings.map((ending) =>
			lstat(below(parent, `${name}${ending}`)).then(
				({ size }) => size,
				() => 0,
			),
		);
		return (await Promise.all(sizes)).reduce((total, size) => total + size, 0);
	}

	private base(name: string): string {
		const ending = companions.find((found) => name.endsWith(found)) ?? '';
		return name.slice(0, name.length - ending.length);
	}
}

function isMissing(thrown: unknown): boolean {
	return (thrown as NodeJS.ErrnoException | undefined)?.code === 'ENOENT';
}
