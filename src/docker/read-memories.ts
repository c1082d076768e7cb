import { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { isMarkedAsUntransferable } from 'node:worker_threads';

/**
 * Frees what was read from a connection. It delivers a gigabyte as tens of thousands of chunks, each with a memory of its
 * own, and left to the garbage collector they let it go through the whole heap every few megabytes.
 */
export class ReadMemories {
	/** Of the chunk that came last: one memory may carry several, one after the other. */
	private last: ArrayBufferLike | undefined;
	/** Whether a chunk has come since the last read of the connection. */
	private fresh = false;
	/** Whether the parser of HTTP copies what it hands on, as that of all Node versions since 16 does. */
	private parserCopies = false;

	/** @param stream of buffers that nobody else keeps */
	constructor(stream: Readable) {
		if (!(stream instanceof IncomingMessage)) return;
		// The parser listens longer and has done its work before this is called.
		stream.socket.on('data', ({ buffer }: Buffer) => {
			if (this.fresh) this.parserCopies = this.last !== buffer;
			this.fresh = false;
			if (this.parserCopies) free(buffer);
		});
	}

	/** To be called when nothing of a chunk is needed any more. */
	copied({ buffer }: Buffer): void {
		this.fresh = true;
		if (buffer === this.last) return;
		if (this.last) free(this.last);
		this.last = buffer;
	}
}

/** Node's own pool and memory that threads share are left alone. */
function free(memory: ArrayBufferLike & { transfer?: (sizeBytes: number) => unknown }): void {
	if (memory instanceof ArrayBuffer && !isMarkedAsUntransferable(memory)) memory.transfer?.(0);
}
