import {
	closeSync,
	constants,
	fstatSync,
	lstatSync,
	openSync,
	readdirSync,
	readlinkSync,
	type BigIntStats,
} from 'node:fs';

import { systemMessage } from '../../shared';
import { OpenFiles, openHere } from '../open-files';
import { endOfArchive, padding, tarHeader, type TarEntry } from '../../shared';
import type { BlockWriter } from './block-writer';
import type { ReaderNotice } from './messages';

export interface WalkOptions {
	root: string;
	oneFileSystem: boolean;
	/** Whether an entry is part of the backup; a directory that is not is not entered. */
	wanted: (path: string, isDirectory: boolean) => boolean;
	notice: (notice: ReaderNotice) => void;
}

const noFollow = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * Writes a directory as a tar archive, entries sorted by the bytes of their names, so that the same tree gives
 * the same archive. Every directory is held open and its entries are reached through its descriptor
 * (`/proc/self/fd`): swapping a directory for a link meanwhile leads nowhere, and no path gets too long. Links are
 * stored, never followed; FIFOs, sockets, devices and databases that this process has open are never opened.
 */
export class DirectoryWalk {
	private entries = 0;
	private contentBytes = 0;
	private readonly linked = new Map<string, Buffer>();
	private readonly openFiles = new OpenFiles();
	private device = 0n;

	constructor(
		private readonly options: WalkOptions,
		private readonly out: BlockWriter,
	) {}

	run(): { entries: number; contentBytes: number } {
		const root = openSync(this.options.root, constants.O_RDONLY | constants.O_DIRECTORY);
		try {
			const stats = fstatSync(root, { bigint: true });
			this.device = stats.dev;
			this.header(stats, { path: Buffer.from('./'), type: 'directory', sizeBytes: 0 });
			this.directory(root, Buffer.alloc(0));
		} finally {
			closeSync(root);
		}
		this.out.write(endOfArchive);
		this.out.flush();
		return { entries: this.entries, contentBytes: this.contentBytes };
	}

	private directory(descriptor: number, prefix: Buffer): void {
		const here = Buffer.from(`/proc/self/fd/${descriptor}/`);
		// A character for each byte: sorted so, they are sorted by their bytes, and a million of them takes a small part of
		// the memory of as many buffers.
		for (const each of readdirSync(here, { encoding: 'latin1' }).sort()) {
			const name = Buffer.from(each, 'latin1');
			const path = Buffer.concat([prefix, name]);
			this.out.showLife();
			try {
				this.entry(Buffer.concat([here, name]), path);
			} catch (thrown) {
				this.trouble(path, thrown);
			}
		}
	}

	private entry(at: Buffer, path: Buffer): void {
		const stats = lstatSync(at, { bigint: true });
		if (!this.options.wanted(path.toString('utf8'), stats.isDirectory())) return;
		if (stats.isDirectory()) return this.subdirectory(at, path, stats);
		if (stats.isFile()) return this.file(at, path, stats);
		if (stats.isSymbolicLink()) {
			const linkTarget = readlinkSync(at, { encoding: 'buffer' });
			return this.header(stats, { path, type: 'symlink', sizeBytes: 0, linkTarget });
		}
		this.tell(path, 'special', `a ${specialKind(stats)} is not backed up`);
	}

	private subdirectory(at: Buffer, path: Buffer, seen: BigIntStats): void {
		if (this.options.oneFileSystem && seen.dev !== this.device) {
			return this.tell(path, 'other_file_system', 'lies on another file system and is not entered');
		}
		const descriptor = openSync(at, noFollow | constants.O_DIRECTORY);
		try {
			const stats = fstatSync(descriptor, { bigint: true });
			const asDirectory = Buffer.concat([path, Buffer.from('/')]);
			this.header(stats, { path: asDirectory, type: 'directory', sizeBytes: 0 });
			this.directory(descriptor, asDirectory);
		} finally {
			closeSync(descriptor);
		}
	}

	private file(at: Buffer, path: Buffer, seen: BigIntStats): void {
		const identity = `${seen.dev}:${seen.ino}`;
		const earlier = seen.nlink > 1n ? this.linked.get(identity) : undefined;
		if (earlier) {
			return this.header(seen, { path, type: 'hardlink', sizeBytes: 0, linkTarget: earlier });
		}
		if (this.openFiles.has(seen)) return this.tell(path, 'open_here', openHere);
		const descriptor = openSync(at, noFollow);
		try {
			const stats = fstatSync(descriptor, { bigint: true });
			if (!stats.isFile()) return this.tell(path, 'changed', `turned into a ${specialKind(stats)} meanwhile`);
			this.content(descriptor, path, stats);
			if (stats.nlink > 1n) this.linked.set(identity, path);
		} finally {
			closeSync(descriptor);
		}
	}

	/** The header promises a size, and exactly that follows, whatever happens to the file. */
	private content(descriptor: number, path: Buffer, stats: BigIntStats): void {
		const sizeBytes = Number(stats.size);
		this.header(stats, { path, type: 'file', sizeBytes });
		const { readBytes, error } = this.out.file(descriptor, sizeBytes);
		this.contentBytes += readBytes;
		this.out.zeros(sizeBytes - readBytes + padding(sizeBytes));
		if (error !== undefined) {
			return this.tell(
				path,
				'unreadable',
				`could be read only up to byte ${readBytes} of ${sizeBytes}, the rest is zeros: ${systemMessage(error)}`,
			);
		}
		if (readBytes < sizeBytes) {
			return this.tell(
				path,
				'shrank',
				`shrank from ${sizeBytes} to ${readBytes} bytes while it was read; the rest is zeros`,
			);
		}
		const after = fstatSync(descriptor, { bigint: true });
		if (after.size > stats.size)
			this.tell(path, 'grew', `grew while it was read; its first ${sizeBytes} bytes are kept`);
		else if (after.mtimeNs !== stats.mtimeNs) this.tell(path, 'changed', 'was written to while it was read');
	}

	private header(
		stats: BigIntStats,
		entry: Pick<TarEntry, 'path' | 'type' | 'sizeBytes'> & { linkTarget?: Buffer },
	): void {
		this.entries += 1;
		this.out.write(
			tarHeader({
				...entry,
				mode: Number(stats.mode),
				uid: Number(stats.uid),
				gid: Number(stats.gid),
				mtimeNs: stats.mtimeNs,
			}),
		);
	}

	private trouble(path: Buffer, thrown: unknown): void {
		const code = (thrown as NodeJS.ErrnoException).code;
		if (code === 'ENOENT') return this.tell(path, 'vanished', 'was removed meanwhile');
		if (code === 'ELOOP' || code === 'ENOTDIR')
			return this.tell(path, 'changed', 'was replaced by a link or file meanwhile');
		this.tell(path, 'unreadable', `cannot be read: ${systemMessage(thrown)}`);
	}

	private tell(path: Buffer, kind: ReaderNotice['kind'], message: string): void {
		this.options.notice({ path: path.toString('utf8'), kind, message });
	}
}

function specialKind(stats: BigIntStats): string {
	if (stats.isFIFO()) return 'FIFO';
	if (stats.isSocket()) return 'socket';
	if (stats.isDirectory()) return 'directory';
	return 'device';
}
