import { parentPort } from 'node:worker_threads';
import { constants, zstdCompressSync } from 'node:zlib';

import { frameBytesAtMost, type CompressedBlock, type UncompressedBlock } from './compress-messages';
import { freeMemory } from './memory';
import { giveWay, Rest } from './threads/give-way';

if (!parentPort) throw new Error('The compressor runs as a worker thread.');
const port = parentPort;
giveWay();
const rest = new Rest();

port.on('message', ({ block, blockBytes, target, level }: UncompressedBlock) => {
	rest.begin();
	const frame = zstdCompressSync(Buffer.from(block, 0, blockBytes), {
		params: {
			[constants.ZSTD_c_compressionLevel]: level,
			[constants.ZSTD_c_checksumFlag]: 1,
		},
		// Room for the whole frame: with the default it is put together from pieces of 32 KiB.
		chunkSize: frameBytesAtMost(blockBytes),
	});
	const answer: CompressedBlock = { frameBytes: frame.copy(Buffer.from(target)) };
	// The program that made it has ended. Left to the garbage collector, dozens of these would wait for it.
	freeMemory(frame.buffer);
	port.postMessage(answer);
	rest.end();
});
