/** Where restore points are kept. Paths are relative to the destination, parts joined by `/`. */
export interface Destination {
	/** For messages, e.g. `/backups` or `host path /srv/backups`. */
	readonly label: string;

	/** Begins a file. Nothing stands under its final name before `commit`. */
	create(path: string): Promise<ArtefactWriter>;

	/** The content of a file in pieces, optionally only its first bytes. */
	read(path: string): AsyncIterable<Buffer>;

	/** Names of what a folder holds, sorted; empty when there is no such folder. */
	list(folder: string): Promise<{ name: string; isFolder: boolean }[]>;

	/** Size of a file in bytes, undefined when there is none. */
	sizeBytes(path: string): Promise<number | undefined>;

	/** Removes a file or an empty folder; does nothing when it is not there. */
	remove(path: string): Promise<void>;

	/** Free space in bytes, undefined where it cannot be told. */
	freeBytes(): Promise<number | undefined>;
}

/** A file in the making: `<name>.partial` until it is complete and on disk. */
export interface ArtefactWriter {
	write(bytes: Buffer): Promise<void>;
	/** Forces the content to disk, gives the file its final name and forces that to disk as well. */
	commit(): Promise<void>;
	/** Removes what was written. */
	abort(): Promise<void>;
}

export const partialSuffix = '.partial';
