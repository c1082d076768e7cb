import type { operations } from './wire';

export type Operation = Lowercase<keyof typeof operations>;

/** What the disk does from now on to requests of a kind. */
export interface Fault {
	/** All when none is given. */
	operation?: Operation | Operation[];
	/** Only for what has this in its path. */
	path?: string;
	/** Only reads and writes that reach beyond so many bytes. */
	beyondBytes?: number;
	/** Lets so many requests pass first. */
	after?: number;
	/** Answered so, e.g. `EIO`; without it, it is not answered before the faults change. */
	error?: string;
}

/** Something that changes what the disk holds, or puts it there for good. */
export type Change =
	| { kind: 'create' | 'mkdir'; node: number; folder: number; name: string }
	| { kind: 'write'; node: number; offset: number; data: string }
	| { kind: 'truncate'; node: number; sizeBytes: number }
	| { kind: 'rename'; folder: number; name: string; toFolder: number; toName: string }
	| { kind: 'remove'; folder: number; name: string }
	/** Of a file its content, of a folder its names. */
	| { kind: 'sync'; node: number };

export const rootNode = 1;
/** Files in the root of the disk by which it is told what to do and asked what was done. */
export const controls = { faults: '.faults', changes: '.changes' } as const;
