/**
 * Gathers pieces of any size into blocks of one size, the last one shorter. Blocks that come back are used again,
 * so that no more memory is taken than blocks are under way.
 */
export class BlockGatherer {
	private readonly idle: Buffer[] = [];

	/** @param blockBytes size of a block */
	constructor(private readonly blockBytes: number) {}

	async *gather(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
		let block = this.next();
		let used = 0;
		for await (const piece of pieces) {
			for (let at = 0; at < piece.length;) {
				const copied = piece.copy(block, used, at);
				at += copied;
				used += copied;
				if (used < this.blockBytes) continue;
				yield block;
				block = this.next();
				used = 0;
			}
		}
		if (used > 0) yield block.subarray(0, used);
	}

	/** Takes a block back. */
	release(block: Buffer): void {
		const { buffer } = block;
		if (buffer.byteLength === this.blockBytes) this.idle.push(Buffer.from(buffer));
	}

	private next(): Buffer {
		return this.idle.pop() ?? Buffer.from(new ArrayBuffer(this.blockBytes));
	}
}
