import { promisify } from 'node:util';
import { constants, zstdCompress } from 'node:zlib';

const compressBlock = promisify(zstdCompress);

export interface CompressOptions {
	/** zstd level; 3 is the program's own default. */
	level: number;
	/** Blocks compressed at once; more than the cores there are only costs memory. */
	concurrency: number;
}

/**
 * Compresses each block to a zstd frame of its own, several at once on the thread pool, and yields the frames in
 * order. Frames one after the other are a valid zstd file (RFC 8878, section 3), so `zstd -d` reads the result.
 * Each frame carries a checksum of its content. `release` gets every block back as soon as it has been read.
 */
export async function* compressBlocks(
	blocks: AsyncIterable<Buffer>,
	options: CompressOptions,
	release: (block: Buffer) => void = () => {},
): AsyncGenerator<Buffer, void, undefined> {
	const pending: Promise<Buffer>[] = [];
	const params = {
		[constants.ZSTD_c_compressionLevel]: options.level,
		[constants.ZSTD_c_checksumFlag]: 1,
	};
	try {
		for await (const block of blocks) {
			// Room for the whole frame: with the default each 32 KiB of output is a round trip through the event loop.
			const chunkSize = block.length + (block.length >> 7) + 1024;
			const frame = compressBlock(block, { params, chunkSize }).finally(() => release(block));
			// Awaited in order below; without this a later failure would be called unhandled meanwhile.
			frame.catch(() => {});
			pending.push(frame);
			const oldest = pending.length >= options.concurrency ? pending.shift() : undefined;
			if (oldest) yield await oldest;
		}
		for (let oldest = pending.shift(); oldest; oldest = pending.shift()) yield await oldest;
	} finally {
		await Promise.allSettled(pending);
	}
}
