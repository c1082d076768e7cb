import { IncomingMessage } from 'node:http';
import { finished, type Readable } from 'node:stream';

import type { BlockGatherer } from './blocks';
import { freeMemory } from './memory';

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

/** Frees what was read from a connection. */
class ReadMemories {
	/** Of the chunk that came last: one memory may carry several, one after the other. */
	private last: ArrayBufferLike | undefined;
	/** Whether a chunk has come since the last read of the connection. */
	private fresh = false;
	/** Whether the parser of HTTP copies what it hands on, as that of all Node versions since 16 does. */
	private parserCopies = false;

	constructor(stream: Readable) {
		if (!(stream instanceof IncomingMessage)) return;
		// The parser listens longer and has done its work before this is called.
		stream.socket.on('data', ({ buffer }: Buffer) => {
			if (this.fresh) this.parserCopies = this.last !== buffer;
			this.fresh = false;
			if (this.parserCopies) freeMemory(buffer);
		});
	}

	/** To be called when nothing of a chunk is needed any more. */
	copied({ buffer }: Buffer): void {
		this.fresh = true;
		if (buffer === this.last) return;
		if (this.last) freeMemory(this.last);
		this.last = buffer;
	}
}
