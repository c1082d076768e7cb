import type { ManifestArtefact } from './manifest';

export interface UnpackTask {
	compression: ManifestArtefact['compression'];
	/** Where content goes; each comes back when it has been read. */
	blocks: SharedArrayBuffer[];
}

export type UnpackRequest =
	| { type: 'piece'; piece: ArrayBuffer }
	/** There are no more pieces. */
	| { type: 'end' }
	/** Its content has been read. */
	| { type: 'block'; block: SharedArrayBuffer };

export type UnpackAnswer =
	/** A piece is done with. */
	| { type: 'taken' }
	| { type: 'block'; block: SharedArrayBuffer; sizeBytes: number }
	| { type: 'end' }
	| { type: 'failed'; message: string };
