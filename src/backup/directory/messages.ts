import type { BackupErrorCode } from '../errors';

/** Where each counter of a reader stands; those are numbers of 32 bits. */
export const counterOf = { returnedBlocks: 0, signsOfLife: 1 } as const;
export const countersBytes = 8;

/** What the reader of a directory is told. */
export interface ReaderTask {
	root: string;
	blockBytes: number;
	/** Stay on the file system of the root. */
	oneFileSystem: boolean;
	/** Patterns of the site definition. */
	include: string[];
	exclude: string[];
	/** Of the blocks that came back, on which the reader sleeps, and of its signs of life; see `counterOf`. */
	counters: SharedArrayBuffer;
}

/** Something in the tree that was left out or did not hold still. */
export interface ReaderNotice {
	/** Path below the root, or the pattern that matches nothing; bytes that are no UTF-8 are shown as replacement characters. */
	path: string;
	kind:
		| 'unreadable'
		| 'vanished'
		| 'shrank'
		| 'grew'
		| 'changed'
		| 'special'
		| 'open_here'
		| 'other_file_system'
		| 'no_match';
	message: string;
}

export interface ReaderTotals {
	entries: number;
	contentBytes: number;
	/** Notices beyond those that were told one by one. */
	moreNotices: number;
}

export type ReaderMessage =
	| { type: 'block'; block: SharedArrayBuffer; sizeBytes: number; entriesSoFar: number }
	| { type: 'notice'; notice: ReaderNotice }
	| ({ type: 'end' } & ReaderTotals)
	| { type: 'failed'; message: string; known?: { code: BackupErrorCode; remedy: string } };
