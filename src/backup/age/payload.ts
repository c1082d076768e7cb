import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto';

import { freeMemory } from '../memory';

/** Of the content in each chunk but the last (C2SP age.md, "Payload"). */
export const chunkBytes = 64 * 1024;
/** Authentication tag behind each chunk. */
export const tagBytes = 16;
/** Random bytes in front of the payload, which make its key another one than that of the header. */
export const payloadNonceBytes = 16;

const algorithm = 'chacha20-poly1305';
const counterAt = 5;
const counterBytes = 6;
const lastFlagAt = 11;

/**
 * The payload of an age file: chunks of 64 KiB, each with ChaCha20-Poly1305 under a nonce that counts them and marks the
 * last (STREAM). Chunks that were changed, exchanged or left out at any place do not open.
 *
 * Specified in C2SP age.md, "Payload": the nonce is a big-endian counter of 11 bytes and a byte that is 1 for the last
 * chunk. Six bytes of the counter are used: they last for 2^48 chunks, more than a file can have.
 */
export class Payload {
	private readonly key: Buffer;
	private readonly nonce = Buffer.alloc(12);
	private chunks = 0;

	constructor(fileKey: Buffer, payloadNonce: Buffer) {
		this.key = Buffer.from(hkdfSync('sha256', fileKey, payloadNonce, 'payload', 32));
	}

	/** How many chunks were sealed or opened. */
	get count(): number {
		return this.chunks;
	}

	/** Encrypts the next chunk into `target`. @returns where in it the chunk ends */
	seal(chunk: Buffer, isLast: boolean, target: Buffer, at: number): number {
		const cipher = createCipheriv(algorithm, this.key, this.nextNonce(isLast), { authTagLength: tagBytes });
		const sealed = cipher.update(chunk);
		cipher.final();
		sealed.copy(target, at);
		const end = at + sealed.length;
		freeMemory(sealed.buffer);
		cipher.getAuthTag().copy(target, end);
		this.chunks += 1;
		return end + tagBytes;
	}

	/** Decrypts the next chunk, undefined when it is not what was sealed in this place. */
	open(sealed: Buffer, isLast: boolean): Buffer | undefined {
		if (sealed.length < tagBytes) return undefined;
		const decipher = createDecipheriv(algorithm, this.key, this.nextNonce(isLast), {
			authTagLength: tagBytes,
		});
		decipher.setAuthTag(sealed.subarray(sealed.length - tagBytes));
		const chunk = decipher.update(sealed.subarray(0, sealed.length - tagBytes));
		try {
			decipher.final();
		} catch {
			return undefined;
		}
		this.chunks += 1;
		return chunk;
	}

	private nextNonce(isLast: boolean): Buffer {
		this.nonce.writeUIntBE(this.chunks, counterAt, counterBytes);
		this.nonce[lastFlagAt] = isLast ? 1 : 0;
		return this.nonce;
	}
}
