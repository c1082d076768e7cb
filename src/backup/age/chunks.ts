/**
 * Divides a stream into chunks of one size. The last chunk is kept back until the end of the stream is known, because it is
 * encrypted in another way than those before it. It is empty only when the whole stream is.
 */
export class ChunkSplitter {
	private readonly kept: Buffer;
	private keptBytes = 0;

	/** @param chunkBytes of every chunk but the last, which may have fewer */
	constructor(private readonly chunkBytes: number) {
		this.kept = Buffer.allocUnsafeSlow(chunkBytes);
	}

	/** How many chunks {@link push} would yield for a part of this size. */
	chunksOf(partBytes: number): number {
		return Math.max(0, Math.ceil((this.keptBytes + partBytes) / this.chunkBytes) - 1);
	}

	/** The chunks that are complete and not the last; each is valid until the next one is asked for. */
	*push(part: Buffer): Generator<Buffer, void, undefined> {
		let at = 0;
		if (this.keptBytes > 0) {
			at = this.keep(part, 0);
			if (at === part.length) return;
			this.keptBytes = 0;
			yield this.kept;
		}
		for (; part.length - at > this.chunkBytes; at += this.chunkBytes) {
			yield part.subarray(at, at + this.chunkBytes);
		}
		this.keep(part, at);
	}

	/** What is left at the end of the stream. */
	last(): Buffer {
		return this.kept.subarray(0, this.keptBytes);
	}

	/** @returns up to where the part was kept */
	private keep(part: Buffer, from: number): number {
		const copied = part.copy(this.kept, this.keptBytes, from);
		this.keptBytes += copied;
		return from + copied;
	}
}
