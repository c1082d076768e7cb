import { availableParallelism } from 'node:os';
import { isMarkedAsUntransferable, Worker } from 'node:worker_threads';

import type { CompressedBlock, UncompressedBlock } from './compress.worker';
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
 * @param blocks each with a memory of its own, which travels to a thread and back
 * @param release gets every block back as soon as it has been read
 * @returns frames, each valid until the next one is asked for
 */
export async function* compressBlocks(
	blocks: AsyncIterable<Buffer>,
	{ level, threads = Math.min(availableParallelism(), maxThreads) }: CompressOptions,
	release: (block: Buffer) => void = () => {},
): AsyncGenerator<Buffer, void, undefined> {
	const compressors = Array.from({ length: threads }, () => new Compressor());
	const pending: Promise<Frame>[] = [];
	let turn = 0;
	try {
		for await (const block of blocks) {
			const compressor = compressors[turn % threads];
			turn += 1;
			if (!compressor) throw new Error('There is no thread to compress in.');
			const frame = compressor.compress(block, level, release);
			// Awaited in order below; without this a later failure would be called unhandled meanwhile.
			frame.catch(() => {});
			pending.push(frame);
			// One more than there are threads, so that none waits for the next block.
			if (pending.length > threads) yield* inTurn(pending);
		}
		while (pending.length > 0) yield* inTurn(pending);
	} finally {
		await Promise.all(compressors.map((compressor) => compressor.close()));
	}
}

interface Frame {
	bytes: Buffer;
	memory: ArrayBuffer;
}

async function* inTurn(pending: Promise<Frame>[]): AsyncGenerator<Buffer, void, undefined> {
	const frame = await pending.shift();
	if (!frame) return;
	yield frame.bytes;
	free(frame.memory);
}

/** A thread that compresses blocks in the order in which it gets them. */
class Compressor {
	private readonly worker = new Worker(workerFile(__dirname, 'compress.worker'));
	private readonly waiting: {
		release: (block: Buffer) => void;
		resolve: (frame: Frame) => void;
		reject: (reason: unknown) => void;
	}[] = [];
	private failure: Error | undefined;

	constructor() {
		this.worker.on('message', ({ block, blockBytes, memory, frameBytes }: CompressedBlock) => {
			const next = this.waiting.shift();
			next?.release(Buffer.from(block, 0, blockBytes));
			next?.resolve({ bytes: Buffer.from(memory, 0, frameBytes), memory });
		});
		this.worker.on('error', (error) => this.fail(error));
		this.worker.on('exit', () => this.fail(new Error('A thread that compresses has ended early.')));
	}

	compress(block: Buffer, level: number, release: (block: Buffer) => void): Promise<Frame> {
		return new Promise((resolve, reject) => {
			if (this.failure) return reject(this.failure);
			this.waiting.push({ release, resolve, reject });
			const memory = ownMemory(block);
			const message: UncompressedBlock = { block: memory, blockBytes: block.length, level };
			this.worker.postMessage(message, [memory]);
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

/** A block in a memory that it shares would take that along. */
function ownMemory(block: Buffer): ArrayBuffer {
	const memory = block.buffer as ArrayBuffer;
	const isShared = block.byteOffset !== 0 || isMarkedAsUntransferable(memory);
	return isShared ? new Uint8Array(block).buffer : memory;
}

/** Frees a memory at once instead of leaving it to the garbage collector. */
function free(memory: ArrayBuffer & { transfer?: (sizeBytes: number) => ArrayBuffer }): void {
	memory.transfer?.(0);
}
