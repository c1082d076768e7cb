/** The end of what a program writes, at most so many bytes of it. */
export class KeptOutput {
	/** All that was written. */
	sizeBytes = 0;
	private pieces: Buffer[] = [];
	private keptBytes = 0;

	constructor(private readonly limitBytes: number) {}

	push(piece: Buffer): void {
		this.sizeBytes += piece.length;
		// A copy: a piece that is kept would keep the whole chunk it was cut from alive.
		this.pieces.push(Buffer.from(piece));
		this.keptBytes += piece.length;
		if (this.keptBytes > 2 * this.limitBytes) this.shrink();
	}

	/** Whether the beginning was left out. */
	get isCut(): boolean {
		return this.sizeBytes > this.limitBytes;
	}

	bytes(): Buffer {
		this.shrink();
		return this.pieces[0] ?? Buffer.alloc(0);
	}

	/** As UTF-8; a character that the cut went through is left out. */
	text(): string {
		const bytes = this.bytes();
		let start = 0;
		while (this.isCut && start < 4 && ((bytes[start] ?? 0) & 0xc0) === 0x80) start += 1;
		return bytes.toString('utf8', start);
	}

	private shrink(): void {
		const all = Buffer.concat(this.pieces);
		const kept = Buffer.from(all.subarray(Math.max(0, all.length - this.limitBytes)));
		this.pieces = [kept];
		this.keptBytes = kept.length;
	}
}
