import { parentPort } from 'node:worker_threads';
import { constants, zstdCompressSync } from 'node:zlib';

import { frameBytesAtMost, type CompressedBlock, type UncompressedBlock } from './compress-messages';
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
	frame.copy(Buffer.from(target));
	const answer: CompressedBlock = { frameBytes: frame.length };
	port.postMessage(answer);
	rest.end();
});
