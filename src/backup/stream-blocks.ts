import { finished, type Readable } from 'node:stream';

import { ReadMemories } from '../docker';
import type { BlockGatherer } from './blocks';

/** Full blocks that may wait for their reader before the stream is paused. */
const maxWaiting = 2;

/**
 * Reads a stream into blocks. A connection delivers a gigabyte as tens of thousands of chunks, each with a memory of its
 * own; left to the garbage collector, they let it go through the whole heap every few megabytes. So each is copied
 * when it comes, and its memory is freed at once.
 *
 * @param stream of buffers that nobody else keeps
 * @param gatherer may get the blocks back through `release`
 * @throws what the stream fails with, also when it is closed before its end
 */
export async function* streamBlocks(
	stream: Readable,
	gatherer: BlockGatherer,
): AsyncGenerator<Buffer, void, undefined> {
	const filling = gatherer.fill();
	const memories = new ReadMemories(stream);
	let end: { error?: Error } | undefined;
	let wake = (): void => {};
	finished(stream, { writable: false }, (error) => {
		end = error ? { error } : {};
		wake();
	});
	stream.on('data', (chunk: Buffer) => {
		filling.add(chunk);
		memories.copied(chunk);
		if (filling.full.length >= maxWaiting) stream.pause();
		if (filling.full.length > 0) wake();
	});
	try {
		for (;;) {
			const block = filling.full.shift();
			if (block) {
				yield block;
				continue;
			}
			if (end?.error) throw end.error;
			if (end) break;
			const more = new Promise<void>((resolve) => (wake = resolve));
			stream.resume();
			await more;
		}
		const last = filling.rest();
		if (last) yield last;
	} finally {
		stream.destroy();
	}
}
