import { constants } from 'node:fs';
import { lstat, open, readdir, readlink } from 'node:fs/promises';

import { systemMessage } from '../../shared';
import { OpenFiles, openHere } from '../open-files';

/** Larger files are no configuration. */
export const maxFileBytes = 4 * 1024 * 1024;

interface Rights {
	mode: number;
	uid: number;
	gid: number;
	mtimeNs: bigint;
}

/** What stands at a path. */
export type FoundPath = Rights &
	(
		| { type: 'file'; content: Buffer }
		| { type: 'link'; target: string }
		| { type: 'directory'; names: string[] }
		/** Anything that is not kept, and why. */
		| { type: 'unkept'; reason: string }
	);

/** Looks at paths, links not followed. */
export interface PathReader {
	/** Undefined when there is nothing. */
	read(path: string): Promise<FoundPath | undefined>;
	close(): Promise<void>;
}

/** Of this process. */
export class LocalPathReader implements PathReader {
	private readonly openFiles = new OpenFiles();

	async read(path: string): Promise<FoundPath | undefined> {
		const none = { mode: 0, uid: 0, gid: 0, mtimeNs: 0n };
		try {
			const stats = await lstat(path, { bigint: true });
			const rights: Rights = {
				mode: Number(stats.mode),
				uid: Number(stats.uid),
				gid: Number(stats.gid),
				mtimeNs: stats.mtimeNs,
			};
			if (stats.isSymbolicLink()) return { ...rights, type: 'link', target: await readlink(path) };
			if (stats.isDirectory()) return { ...rights, type: 'directory', names: (await readdir(path)).sort() };
			if (!stats.isFile()) return { ...rights, type: 'unkept', reason: 'is no file, folder or link' };
			if (stats.size > maxFileBytes) return { ...rights, type: 'unkept', reason: tooLarge };
			if (this.openFiles.has(stats)) return { ...rights, type: 'unkept', reason: openHere };
			return { ...rights, type: 'file', content: await contentOf(path) };
		} catch (thrown) {
			const code = (thrown as NodeJS.ErrnoException).code ?? '';
			if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
			return { ...none, type: 'unkept', reason: `cannot be read: ${systemMessage(thrown)}` };
		}
	}

	async close(): Promise<void> {}
}

export const tooLarge = `is larger than ${maxFileBytes / 1024 / 1024} MiB and no configuration`;

/** One that is swapped for a link or a FIFO meanwhile is neither followed nor waited for. */
async function contentOf(path: string): Promise<Buffer> {
	const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
	try {
		const buffer = Buffer.alloc(maxFileBytes);
		let sizeBytes = 0;
		while (sizeBytes < buffer.length) {
			const { bytesRead } = await file.read(buffer, sizeBytes, buffer.length - sizeBytes, null);
			if (bytesRead === 0) break;
			sizeBytes += bytesRead;
		}
		return Buffer.from(buffer.subarray(0, sizeBytes));
	} finally {
		await file.close();
	}
}
