import { readSync } from 'node:fs';
import { receiveMessageOnPort, type MessagePort } from 'node:worker_threads';

import type { ReaderMessage } from './messages';

/** Blocks in circulation between the reader and the compressor. */
export const circulatingBlocks = 6;

/** Fills blocks of fixed size and hands them over without copying; waits when all of them are under way. */
export class BlockWriter {
	private block: Buffer;
	private used = 0;
	private created = 1;
	private readonly counter: Int32Array;

	constructor(
		private readonly port: MessagePort,
		private readonly blockBytes: number,
		returned: SharedArrayBuffer,
	) {
		this.block = Buffer.alloc(blockBytes);
		this.counter = new Int32Array(returned);
	}

	write(bytes: Buffer): void {
		for (let offset = 0; offset < bytes.length;) {
			const copied = bytes.copy(this.block, this.used, offset);
			offset += copied;
			this.advance(copied);
		}
	}

	zeros(count: number): void {
		for (let left = count; left > 0;) {
			const step = Math.min(left, this.blockBytes - this.used);
			this.block.fill(0, this.used, this.used + step);
			left -= step;
			this.advance(step);
		}
	}

	/** Reads up to `sizeBytes` of an open file straight into the blocks; returns how much there was. */
	file(descriptor: number, sizeBytes: number): number {
		let done = 0;
		while (done < sizeBytes) {
			const step = Math.min(sizeBytes - done, this.blockBytes - this.used);
			const count = readSync(descriptor, this.block, this.used, step, null);
			if (count === 0) break;
			done += count;
			this.advance(count);
		}
		return done;
	}

	flush(): void {
		if (this.used > 0) this.handOver(false);
	}

	private advance(count: number): void {
		this.used += count;
		if (this.used === this.blockBytes) this.handOver(true);
	}

	private handOver(more: boolean): void {
		const block = this.block.buffer as ArrayBuffer;
		const message: ReaderMessage = { type: 'block', block, sizeBytes: this.used };
		this.port.postMessage(message, [block]);
		this.used = 0;
		if (more) this.block = this.nextBlock();
	}

	private nextBlock(): Buffer {
		for (;;) {
			const seen = Atomics.load(this.counter, 0);
			const received = receiveMessageOnPort(this.port) as { message: ArrayBuffer } | undefined;
			if (received) return Buffer.from(received.message);
			if (this.created < circulatingBlocks) {
				this.created += 1;
				return Buffer.alloc(this.blockBytes);
			}
			Atomics.wait(this.counter, 0, seen);
		}
	}
}
