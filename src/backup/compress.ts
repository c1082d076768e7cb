import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';

import { newBlock } from './blocks';
import { frameBytesAtMost, type CompressedBlock, type UncompressedBlock } from './compress-messages';
import { workerFile } from './threads/worker-file';

export interface CompressOptions {
	/** zstd level; 3 is the program's own default. */
	level: number;
	/** Threads; by default one for each core, at most four. */
	threads?: number;
}

const maxThreads = 4;

/**
 * Compresses each block to a zstd frame of its own, several at once, and yields the frames in order. Frames one
 * after the other are a valid zstd file (RFC 8878, section 3), so `zstd -d` reads the result. Each frame carries a
 * checksum of its content.
 *
 * It has threads of its own: on Node's pool, which has four, n8n's database and files would wait behind blocks that
 * take 30 ms each. And it leaves no memory behind on this thread: the garbage collector would go through all of n8n's
 * heap every few blocks.
 *
 * @param blocks as `newBlock` makes them; others are copied
 * @param release gets every block back as soon as it has been read
 * @returns frames, each valid until the next one is asked for
 */
export async function* compressBlocks(
	blocks: AsyncIterable<Buffer>,
	{ level, threads = Math.min(availableParallelism(), maxThreads) }: CompressOptions,
	release: (block: Buffer) => void = () => {},
): AsyncGenerator<Buffer, void, undefined> {
	const compressors = Array.from({ length: threads }, () => new Compressor());
	const pending: Promise<Buffer>[] = [];
	const targets = new Targets();
	let turn = 0;

	async function* first(): AsyncGenerator<Buffer, void, undefined> {
		const frame = await pending.shift();
		if (!frame) return;
		yield frame;
		targets.release(frame);
	}

	try {
		for await (const block of blocks) {
			const compressor = compressors[turn % threads];
			turn += 1;
			if (!compressor) throw new Error('There is no thread to compress in.');
			const frame = compressor.compress(block, targets.take(block.length), level, release);
			// Awaited in order below; without this a later failure would be called unhandled meanwhile.
			frame.catch(() => {});
			pending.push(frame);
			// One more than there are threads, so that none waits for the next block.
			if (pending.length > threads) yield* first();
		}
		while (pending.length > 0) yield* first();
	} finally {
		await Promise.all(compressors.map((compressor) => compressor.close()));
	}
}

/** Memory for frames, used again and again. */
class Targets {
	private readonly idle: Buffer[] = [];

	take(blockBytes: number): Buffer {
		const target = this.idle.pop();
		const neededBytes = frameBytesAtMost(blockBytes);
		return target && target.length >= neededBytes ? target : newBlock(neededBytes);
	}

	release({ buffer }: Buffer): void {
		this.idle.push(Buffer.from(buffer));
	}
}

/** A thread that compresses blocks in the order in which it gets them. */
class Compressor {
	private readonly worker = new Worker(workerFile(__dirname, 'compress.worker'));
	private readonly waiting: {
		block: Buffer;
		target: Buffer;
		release: (block: Buffer) => void;
		resolve: (frame: Buffer) => void;
		reject: (reason: unknown) => void;
	}[] = [];
	private failure: Error | undefined;

	constructor() {
		this.worker.on('message', ({ frameBytes }: CompressedBlock) => {
			const next = this.waiting.shift();
			if (!next) return;
			next.release(next.block);
			next.resolve(next.target.subarray(0, frameBytes));
		});
		this.worker.on('error', (error) => this.fail(error));
		this.worker.on('exit', () => this.fail(new Error('A thread that compresses has ended early.')));
	}

	compress(block: Buffer, target: Buffer, level: number, release: (block: Buffer) => void): Promise<Buffer> {
		return new Promise((resolve, reject) => {
			if (this.failure) return reject(this.failure);
			this.waiting.push({ block, target, release, resolve, reject });
			const message: UncompressedBlock = {
				block: sharedMemory(block),
				blockBytes: block.length,
				target: sharedMemory(target),
				level,
			};
			this.worker.postMessage(message);
		});
	}

	async close(): Promise<void> {
		await this.worker.terminate();
	}

	private fail(error: Error): void {
		this.failure ??= error;
		for (const { reject } of this.waiting.splice(0)) reject(this.failure);
	}
}

function sharedMemory(block: Buffer): SharedArrayBuffer {
	const { buffer, byteOffset } = block;
	if (buffer instanceof SharedArrayBuffer && byteOffset === 0) return buffer;
	const copy = newBlock(block.length);
	block.copy(copy);
	return copy.buffer as SharedArrayBuffer;
}
