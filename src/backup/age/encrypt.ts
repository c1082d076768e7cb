import { randomBytes } from 'node:crypto';

import { ChunkSplitter } from './chunks';
import type { AgeHeader } from './header';
import { chunkBytes, Payload, payloadNonceBytes, tagBytes } from './payload';

/**
 * Encrypts a stream as an age v1 file.
 * @param content in pieces of any size; each is done with when the next one is asked for
 * @returns pieces of about the same size, each valid until the next one is asked for: their memory is used again
 */
export async function* encryptAge(
	content: AsyncIterable<Buffer>,
	{ bytes, fileKey }: AgeHeader,
): AsyncGenerator<Buffer, void, undefined> {
	const payloadNonce = randomBytes(payloadNonceBytes);
	const payload = new Payload(fileKey, payloadNonce);
	const splitter = new ChunkSplitter(chunkBytes);
	let target = Buffer.allocUnsafeSlow(0);
	yield Buffer.concat([bytes, payloadNonce]);
	for await (const piece of content) {
		const needed = splitter.chunksOf(piece.length) * (chunkBytes + tagBytes);
		if (needed > target.length) target = Buffer.allocUnsafeSlow(needed);
		let end = 0;
		for (const chunk of splitter.push(piece)) end = payload.seal(chunk, false, target, end);
		if (end > 0) yield target.subarray(0, end);
	}
	const last = Buffer.allocUnsafeSlow(chunkBytes + tagBytes);
	yield last.subarray(0, payload.seal(splitter.last(), true, last, 0));
}
