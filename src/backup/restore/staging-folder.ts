import { constants } from 'node:fs';
import { lstat, mkdir, open, rm, type FileHandle } from 'node:fs/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';

import type { ManifestArtefact } from '../manifest';
import { below, type DirectoryPlace } from './directory-place';
import { releaseUnpacked } from '../unpack';
import { Extractor } from './extract';
import type { PathSelection } from './selection';
import { endStaging, newStagingToken } from './staging';
import { putOnDisk } from './to-disk';

/** Unpacking is synchronous; pieces of this size keep n8n's event loop free. */
const pieceBytes = 1024 * 1024;
export const openFolder = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/** A folder beside a directory that becomes it, or parts of it. It is held open. */
export class StagingFolder {
	readonly name: string;
	private readonly token = newStagingToken();
	private handle: FileHandle | undefined;

	/** @param id of the restore point */
	constructor(
		private readonly place: DirectoryPlace,
		id: string,
	) {
		this.name = `${place.stagingPrefix}${id}-${this.token}`;
	}

	/** Unpacks an archive, or what is selected of it, proves that all of it has arrived and puts it on disk. @throws BackupError */
	async fill(
		content: AsyncIterable<Buffer>,
		artefact: ManifestArtefact,
		selection?: PathSelection,
	): Promise<{ entries: number }> {
		const { place } = this;
		const at = below(await place.open(), this.name);
		try {
			await place.sweep();
			await mkdir(at, { mode: 0o700 });
			this.handle = await open(at, openFolder);
			const { entries } = await unpack(content, below(this.handle, '.'), artefact.plainBytes, selection);
			const expected = selection?.entries ?? artefact.entries;
			if (expected !== undefined && entries !== expected) {
				const remedy = 'Use another restore point.';
				throw place.error('verification_failed', `got ${entries} entries instead of ${expected}`, remedy);
			}
			await putOnDisk(this.handle);
			return { entries };
		} catch (thrown) {
			throw place.explain(thrown);
		}
	}

	/** The folder, once it is sure that it still has its name. @throws BackupError `target_refused` */
	async confirm(): Promise<FileHandle> {
		const { handle, place } = this;
		if (!handle) throw new Error('A target is filled before it is swapped.');
		const [held, named] = [await handle.stat(), await lstat(below(await place.open(), this.name))];
		if (held.ino === named.ino && held.dev === named.dev) return handle;
		throw place.refused('got another staging folder meanwhile', 'See who else works in that folder.');
	}

	/** To be called when it has become the target. */
	async end(): Promise<void> {
		endStaging(this.token);
		await this.handle?.close();
		this.handle = undefined;
	}

	async discard(): Promise<void> {
		try {
			if (this.handle) await rm(below(await this.place.open(), this.name), { recursive: true, force: true });
		} finally {
			await this.end();
		}
	}
}

async function unpack(
	content: AsyncIterable<Buffer>,
	folder: string,
	plainBytes: number,
	selection: PathSelection | undefined,
): Promise<{ entries: number }> {
	const extractor = new Extractor(folder, plainBytes, (entry) => selection?.unpacks(entry) !== false);
	try {
		for await (const chunk of content) {
			for (let at = 0; at < chunk.length; at += pieceBytes) {
				extractor.push(chunk.subarray(at, at + pieceBytes));
				await nextTurn();
			}
			releaseUnpacked(chunk);
		}
		return extractor.end();
	} finally {
		extractor.close();
	}
}
