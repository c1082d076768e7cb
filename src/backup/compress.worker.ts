import { isMarkedAsUntransferable, parentPort } from 'node:worker_threads';
import { constants, zstdCompressSync } from 'node:zlib';

import { giveWay, Rest } from './threads/give-way';

export interface UncompressedBlock {
	block: ArrayBuffer;
	/** How much of it is filled. */
	blockBytes: number;
	level: number;
}

export interface CompressedBlock {
	/** Given back. */
	block: ArrayBuffer;
	blockBytes: number;
	/** Begins with the frame. */
	memory: ArrayBuffer;
	frameBytes: number;
}

if (!parentPort) throw new Error('The compressor runs as a worker thread.');
const port = parentPort;
giveWay();
const rest = new Rest();

port.on('message', ({ block, blockBytes, level }: UncompressedBlock) => {
	rest.begin();
	const frame = zstdCompressSync(Buffer.from(block, 0, blockBytes), {
		params: {
			[constants.ZSTD_c_compressionLevel]: level,
			[constants.ZSTD_c_checksumFlag]: 1,
		},
		// Room for the whole frame: with the default it is put together from pieces of 32 KiB.
		chunkSize: blockBytes + (blockBytes >> 7) + 1024,
	});
	const isShared = frame.byteOffset !== 0 || isMarkedAsUntransferable(frame.buffer);
	const memory = isShared ? new Uint8Array(frame).buffer : frame.buffer;
	const answer: CompressedBlock = { block, blockBytes, memory, frameBytes: frame.length };
	port.postMessage(answer, [block, memory]);
	rest.end();
});
