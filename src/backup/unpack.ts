import { Worker } from 'node:worker_threads';

import type { ManifestArtefact } from './manifest';
import { freeMemory } from './memory';
import { Change } from './threads/change';
import { workerFile } from './threads/worker-file';
import { unpackHere } from './unpack-here';
import type { UnpackAnswer, UnpackRequest, UnpackTask } from './unpack-messages';

/** What is smaller is unpacked before a thread has started. */
const worthThreadBytes = 8 * 1024 * 1024;
/** Of content, 1 MiB each, that may wait to be read. */
const maxBlocks = 6;
/** Pieces that may be under way to the thread. */
const maxPieces = 4;

/**
 * Unpacks the stored content of an artefact, a large one in a thread of its own: beside the processor that it takes, it
 * leaves as much memory behind as it unpacks, for which the garbage collector here would go through all of the heap.
 *
 * @param stored after decryption; each piece is done with when the next one is asked for
 * @returns pieces that the reader may keep; one that does not gives them to `releaseUnpacked`
 * @throws what `stored` throws; the error of the decompressor
 */
export function unpack(
	stored: AsyncIterable<Buffer>,
	{ compression, storedBytes }: Pick<ManifestArtefact, 'compression' | 'storedBytes'>,
): AsyncGenerator<Buffer, void, undefined> {
	return storedBytes < worthThreadBytes
		? unpackHere(stored, compression)
		: unpackInThread(stored, compression);
}

export async function* unpackInThread(
	stored: AsyncIterable<Buffer>,
	compression: ManifestArtefact['compression'],
): AsyncGenerator<Buffer, void, undefined> {
	const thread = new UnpackThread({ compression, maxBlocks });
	const feeding = thread.feed(stored);
	// Told by `next`, too.
	feeding.catch(() => {});
	try {
		for (let answer = await thread.next(); answer.type !== 'end'; answer = await thread.next()) {
			releasable.add(answer.block);
			yield Buffer.from(answer.block, 0, answer.sizeBytes);
			thread.send({ type: 'read' });
		}
		await feeding;
	} finally {
		await thread.end();
	}
}

/** Those that nothing else is in. */
const releasable = new WeakSet<ArrayBufferLike>();

/** Frees a piece that was unpacked, and of which nothing is needed any more, where it has a memory of its own. */
export function releaseUnpacked({ buffer }: Buffer): void {
	if (releasable.delete(buffer)) freeMemory(buffer);
}

class UnpackThread {
	private readonly worker: Worker;
	private readonly answers: Exclude<UnpackAnswer, { type: 'taken' }>[] = [];
	private failure: { thrown: unknown } | undefined;
	private pieces = 0;
	private isUnpacked = false;
	private ended = false;
	private readonly change = new Change();

	constructor(workerData: UnpackTask) {
		this.worker = new Worker(workerFile(__dirname, 'unpack.worker'), { workerData });
		this.worker.on('message', (answer: UnpackAnswer) => {
			if (answer.type === 'taken') this.pieces -= 1;
			else this.answers.push(answer);
			if (answer.type === 'end') this.isUnpacked = true;
			this.change.happened();
		});
		this.worker.on('error', (error) => this.fail(error));
		this.worker.on('exit', () => this.fail(new Error('The thread that unpacks has ended early.')));
	}

	/** Resolves when the thread has got everything; what the pieces end with is thrown here and by `next`. */
	async feed(stored: AsyncIterable<Buffer>): Promise<void> {
		try {
			for await (const piece of stored) {
				// What stands behind the end is still read, so that its hash is known.
				if (this.isUnpacked) continue;
				const copy = new Uint8Array(piece).buffer;
				this.pieces += 1;
				this.send({ type: 'piece', piece: copy }, [copy]);
				while (this.pieces >= maxPieces && !this.isUnpacked && !this.failure && !this.ended)
					await this.change.next();
				if (this.failure || this.ended) return;
			}
			this.send({ type: 'end' });
		} catch (thrown) {
			this.fail(thrown);
			throw thrown;
		}
	}

	/** The next content, or that there is no more. */
	async next(): Promise<Extract<UnpackAnswer, { type: 'block' | 'end' }>> {
		for (;;) {
			const answer = this.answers.shift();
			if (answer?.type === 'failed') throw new Error(answer.message);
			if (answer) return answer;
			if (this.failure) throw this.failure.thrown;
			await this.change.next();
		}
	}

	send(request: UnpackRequest, transferred: ArrayBuffer[] = []): void {
		this.worker.postMessage(request, transferred);
	}

	async end(): Promise<void> {
		this.ended = true;
		this.change.happened();
		await this.worker.terminate();
	}

	private fail(thrown: unknown): void {
		this.failure ??= { thrown };
		this.change.happened();
	}
}
