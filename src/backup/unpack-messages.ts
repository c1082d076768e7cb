import type { ManifestArtefact } from './manifest';

export interface UnpackTask {
	compression: ManifestArtefact['compression'];
	/** Of content that may be sent before some of it was read. */
	maxBlocks: number;
}

export type UnpackRequest =
	| { type: 'piece'; piece: ArrayBuffer }
	/** There are no more pieces. */
	| { type: 'end' }
	/** A block has been read. */
	| { type: 'read' };

export type UnpackAnswer =
	/** A piece is done with. */
	| { type: 'taken' }
	| { type: 'block'; block: ArrayBuffer; sizeBytes: number }
	| { type: 'end' }
	| { type: 'failed'; message: string };
