import type { Space } from '../space';

/** Where restore points are kept. Paths are relative to the destination, parts joined by `/`. */
export interface Destination {
	/** For messages, e.g. `/backups` or `host path /srv/backups`. */
	readonly label: string;

	/** Begins a file. Nothing stands under its final name before `commit`. */
	create(path: string): Promise<ArtefactWriter>;

	/** The content of a file in pieces, each valid until the next one is asked for. */
	read(path: string): AsyncIterable<Buffer>;

	/** The content of a small file, undefined when there is none. @throws when it is larger than `maxBytes` */
	readSmall(path: string, maxBytes: number): Promise<Buffer | undefined>;

	/** Makes a small file in one step unless it is there; false when it is. Its folder is made when it is missing. */
	createNew(path: string, content: Buffer): Promise<boolean>;

	/** Sets the time of change of a file to now; does nothing when it is not there. */
	touch(path: string): Promise<void>;

	/** A value that changes with every `touch` and every write; undefined when there is no such file. */
	stamp(path: string): Promise<string | undefined>;

	/** Gives a file another name in the same folder; false when it is not there. */
	rename(path: string, name: string): Promise<boolean>;

	/** Names of what a folder holds, sorted; empty when there is no such folder. */
	list(folder: string): Promise<{ name: string; isFolder: boolean }[]>;

	/** Size of a file in bytes, undefined when there is none. */
	sizeBytes(path: string): Promise<number | undefined>;

	/** Removes a file or an empty folder; does nothing when it is not there. */
	remove(path: string): Promise<void>;

	/**
	 * Where parts of a file that was never completed are kept unseen: removes those in a folder that killed runs have
	 * left. To be called by the holder of the site's lock, before it writes.
	 * @param isOurs by the path relative to the destination; others are left alone
	 * @returns how many files were begun and never completed
	 */
	endUploads?(folder: string, isOurs: (path: string) => boolean): Promise<number>;

	/** The room that is left. */
	space(): Promise<Space>;

	/** Releases what it holds; to be called in any case. */
	close(): Promise<void>;
}

/** A file in the making: `<name>.partial`, or nothing that can be seen, until it is complete and on disk. */
export interface ArtefactWriter {
	/** Resolves when the bytes are not needed any more: their memory is used again then. */
	write(bytes: Buffer): Promise<void>;
	/** Forces the content to disk, gives the file its final name and forces that to disk as well. */
	commit(): Promise<void>;
	/** Removes what was written. */
	abort(): Promise<void>;
}

export const partialSuffix = '.partial';
