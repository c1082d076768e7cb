import { pipeline } from 'node:stream/promises';
import { createGunzip, createZstdDecompress, zstdDecompressSync } from 'node:zlib';

import { blockBytes } from './blocks';
import type { ManifestArtefact } from './manifest';
import { freeMemory } from './memory';
import { ZstdFrames, type FramePart } from './zstd-frames';

/** Of the unpacked content: each piece is a round trip through the thread pool. */
const chunkSize = 256 * 1024;
/** Somewhat more than what a backup puts into one. */
const usualFrameBytes = blockBytes + 64 * 1024;

/**
 * Unpacks on this thread.
 * @param stored each piece is done with when the next one is asked for
 * @throws what `stored` throws; Error when it is not whole
 */
export function unpackHere(
	stored: AsyncIterable<Buffer>,
	compression: ManifestArtefact['compression'],
): AsyncGenerator<Buffer, void, undefined> {
	return compression === 'zstd'
		? unpackFrames(stored)
		: throughStream(copies(stored), createGunzip({ chunkSize }));
}

/**
 * The same for frames of zstd on a thread that has nothing else to do: a frame of usual size is unpacked in one step, and
 * the memory that takes is freed at once. Larger ones are unpacked as they come.
 */
export function unpackWholeFrames(stored: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
	return unpackFrames(stored, atOnce);
}

/** All frames one after the other. */
async function* unpackFrames(
	stored: AsyncIterable<Buffer>,
	unpackFrame: (parts: AsyncIterable<Buffer>) => AsyncIterable<Buffer> = asItComes,
): AsyncGenerator<Buffer, void, undefined> {
	const frames = new ZstdFrames();
	async function* split(): AsyncGenerator<FramePart, void, undefined> {
		for await (const piece of stored) yield* frames.split(piece);
	}
	const parts = split();
	try {
		let emptyFrames = 0;
		for (let first = await parts.next(); !first.done; first = await parts.next()) {
			const begin = first.value;
			let frameBytes = 0;
			async function* oneFrame(): AsyncGenerator<Buffer, void, undefined> {
				for (let part = begin; ;) {
					// The decompressor takes one while the next is asked for.
					yield Buffer.from(part.bytes);
					if (part.isLast) return;
					const more = await parts.next();
					if (more.done) throw new Error(cut);
					part = more.value;
				}
			}
			for await (const piece of unpackFrame(oneFrame())) {
				frameBytes += piece.length;
				yield piece;
			}
			if (frameBytes === 0) emptyFrames += 1;
			// Each costs time and says nothing, so a small file could keep this busy for hours.
			if (emptyFrames > maxEmptyFrames)
				throw new Error(`it holds more than ${maxEmptyFrames} frames without content`);
		}
		if (!frames.isBetween) throw new Error(cut);
	} finally {
		// Not awaited: it ends when what is being read has come, which may take long.
		parts.return(undefined).catch(() => {});
	}
}

const cut = 'it ends in the middle';
/** A backup writes none. */
const maxEmptyFrames = 1000;

const asItComes = (parts: AsyncIterable<Buffer>): AsyncIterable<Buffer> =>
	throughStream(parts, createZstdDecompress({ chunkSize }));

async function* atOnce(parts: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
	const gathered: Buffer[] = [];
	let frameBytes = 0;
	const iterator = parts[Symbol.asyncIterator]();
	for (let part = await iterator.next(); !part.done; part = await iterator.next()) {
		gathered.push(part.value);
		frameBytes += part.value.length;
		if (frameBytes > usualFrameBytes) {
			yield* asItComes(inTurn(gathered, iterator));
			return;
		}
	}
	const frame = Buffer.concat(gathered, frameBytes);
	const content = wholeContent(frame);
	if (!content) {
		yield* asItComes(inTurn([frame]));
		return;
	}
	if (content.length > 0) yield content;
	freeMemory(content.buffer);
	freeMemory(frame.buffer);
	for (const { buffer } of gathered) freeMemory(buffer);
}

async function* inTurn(
	first: Buffer[],
	rest?: AsyncIterator<Buffer>,
): AsyncGenerator<Buffer, void, undefined> {
	yield* first;
	if (!rest) return;
	for (let part = await rest.next(); !part.done; part = await rest.next()) yield part.value;
}

/** Undefined when there is more of it than in a frame of usual size. */
function wholeContent(frame: Buffer): Buffer | undefined {
	try {
		return zstdDecompressSync(frame, { chunkSize: usualFrameBytes, maxOutputLength: usualFrameBytes });
	} catch (thrown) {
		if ((thrown as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') return undefined;
		throw thrown;
	}
}

async function* copies(stored: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
	for await (const piece of stored) yield Buffer.from(piece);
}

async function* throughStream(
	pieces: AsyncIterable<Buffer>,
	stream: NodeJS.ReadWriteStream,
): AsyncGenerator<Buffer, void, undefined> {
	const feeding = pipeline(pieces, stream);
	// Awaited below; whoever reads the stream meanwhile gets the same error.
	feeding.catch(() => {});
	for await (const chunk of stream) yield chunk as Buffer;
	await feeding;
}
