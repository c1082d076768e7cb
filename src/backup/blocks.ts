/** Blocks of this size are compressed each to a frame of its own. */
export const blockBytes = 4 * 1024 * 1024;

/**
 * Memory that threads share. It is not moved between them: each move counts as new memory of the thread that gets it,
 * and a few megabytes on their way back and forth make its garbage collector run all the time.
 */
export function newBlock(sizeBytes: number): Buffer {
	return Buffer.from(new SharedArrayBuffer(sizeBytes));
}

/**
 * Gathers pieces of any size into blocks of one size, the last one shorter. Blocks that come back are used again,
 * so that no more memory is taken than blocks are under way.
 */
export class BlockGatherer {
	private readonly idle: Buffer[] = [];

	/** @param blockBytes size of a block */
	constructor(private readonly blockBytes: number) {}

	async *gather(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
		const filling = this.fill();
		for await (const piece of pieces) {
			filling.add(piece);
			for (let block = filling.full.shift(); block; block = filling.full.shift()) yield block;
		}
		const last = filling.rest();
		if (last) yield last;
	}

	/** Blocks that are filled piece by piece. */
	fill(): Filling {
		return new Filling(() => this.next());
	}

	/** Takes a block back. */
	release({ buffer }: Buffer): void {
		if (buffer.byteLength === this.blockBytes) this.idle.push(Buffer.from(buffer));
	}

	private next(): Buffer {
		return this.idle.pop() ?? newBlock(this.blockBytes);
	}
}

/** Copies pieces into blocks. */
export class Filling {
	/** Blocks that are full and wait to be taken. */
	readonly full: Buffer[] = [];
	private block: Buffer | undefined;
	private used = 0;

	constructor(private readonly next: () => Buffer) {}

	/** Copies a piece, which is not needed any more then. */
	add(piece: Buffer): void {
		for (let at = 0; at < piece.length;) {
			this.block ??= this.next();
			const copied = piece.copy(this.block, this.used, at);
			at += copied;
			this.used += copied;
			if (this.used < this.block.length) continue;
			this.full.push(this.block);
			this.block = undefined;
			this.used = 0;
		}
	}

	/** What the last block holds; undefined when it is empty. */
	rest(): Buffer | undefined {
		return this.used > 0 ? this.block?.subarray(0, this.used) : undefined;
	}
}
