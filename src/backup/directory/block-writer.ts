import { readSync } from 'node:fs';
import { receiveMessageOnPort, type MessagePort } from 'node:worker_threads';

import { newBlock } from '../blocks';
import { counterOf, type ReaderMessage } from './messages';

/** Blocks in circulation between the reader and the compressor. */
const circulatingBlocks = 6;

/** Fills blocks of fixed size and hands them over without copying; waits when all of them are under way. */
export class BlockWriter {
	private block: Buffer;
	private used = 0;
	private created = 1;
	private readonly counters: Int32Array;

	/** @param watch sees every block before it is handed over, must not keep it, and answers how many entries there were so far */
	constructor(
		private readonly port: MessagePort,
		private readonly blockBytes: number,
		counters: SharedArrayBuffer,
		private readonly watch: (block: Buffer) => number,
	) {
		this.block = newBlock(blockBytes);
		this.counters = new Int32Array(counters);
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

	/**
	 * Reads up to `sizeBytes` of an open file straight into the blocks.
	 * @returns how many bytes there were, also when reading went wrong before the end
	 */
	file(descriptor: number, sizeBytes: number): { readBytes: number; error?: unknown } {
		let readBytes = 0;
		while (readBytes < sizeBytes) {
			const step = Math.min(sizeBytes - readBytes, this.blockBytes - this.used);
			let count: number;
			try {
				count = readSync(descriptor, this.block, this.used, step, null);
			} catch (error) {
				return { readBytes, error };
			}
			this.showLife();
			if (count === 0) break;
			readBytes += count;
			this.advance(count);
		}
		return { readBytes };
	}

	/** Tells whoever watches that the disk still answers. */
	showLife(): void {
		Atomics.add(this.counters, counterOf.signsOfLife, 1);
	}

	flush(): void {
		if (this.used > 0) this.handOver(false);
	}

	private advance(count: number): void {
		this.used += count;
		if (this.used === this.blockBytes) this.handOver(true);
	}

	private handOver(more: boolean): void {
		const entriesSoFar = this.watch(this.block.subarray(0, this.used));
		const block = this.block.buffer as SharedArrayBuffer;
		const message: ReaderMessage = { type: 'block', block, sizeBytes: this.used, entriesSoFar };
		this.port.postMessage(message);
		this.used = 0;
		if (more) this.block = this.nextBlock();
	}

	private nextBlock(): Buffer {
		for (;;) {
			const seen = Atomics.load(this.counters, counterOf.returnedBlocks);
			const received = receiveMessageOnPort(this.port) as { message: SharedArrayBuffer } | undefined;
			if (received) return Buffer.from(received.message);
			if (this.created < circulatingBlocks) {
				this.created += 1;
				return newBlock(this.blockBytes);
			}
			Atomics.wait(this.counters, counterOf.returnedBlocks, seen);
		}
	}
}
