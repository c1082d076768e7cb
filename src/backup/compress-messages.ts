/** Memories are shared with the thread that asks. */
export interface UncompressedBlock {
	block: SharedArrayBuffer;
	/** How much of it is filled. */
	blockBytes: number;
	/** Where the frame goes; it holds a frame of any content. */
	target: SharedArrayBuffer;
	level: number;
}

export interface CompressedBlock {
	frameBytes: number;
}

/** The most that a frame of so many bytes may take. */
export const frameBytesAtMost = (blockBytes: number): number => blockBytes + (blockBytes >> 7) + 1024;
