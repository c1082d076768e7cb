/** Labels may be long; what is longer than this is no event of an engine that works. */
export const maxLineBytes = 2 * 1024 * 1024;

/** What is known of a line that was too long to keep. */
export interface TooLong {
	sizeBytes: number;
	/** Its first bytes, as text. */
	start: string;
}

const startBytes = 4096;
const smallBytes = 64 * 1024;
const newline = 0x0a;

/**
 * Cuts a stream of bytes into lines, wherever its chunks begin and end. Of a line that is too long only the beginning
 * is kept. Bytes that are no UTF-8 become the replacement character.
 */
export class LineCutter {
	private line = Buffer.alloc(smallBytes);
	/** Of the present line, kept or not. */
	private sizeBytes = 0;

	constructor(private readonly emit: (line: string | TooLong) => void) {}

	push(chunk: Buffer): void {
		let start = 0;
		for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, start)) {
			this.append(chunk.subarray(start, end));
			this.finish();
			start = end + 1;
		}
		this.append(chunk.subarray(start));
	}

	/** Whether the stream stands in the middle of a line. */
	get midway(): boolean {
		return this.sizeBytes > 0;
	}

	private append(piece: Buffer): void {
		const kept = Math.min(this.sizeBytes, maxLineBytes);
		const taken = piece.subarray(0, Math.max(0, maxLineBytes - kept));
		if (kept + taken.length > this.line.length) {
			const larger = Buffer.alloc(
				Math.min(maxLineBytes, Math.max(this.line.length * 2, kept + taken.length)),
			);
			this.line.copy(larger, 0, 0, kept);
			this.line = larger;
		}
		taken.copy(this.line, kept);
		this.sizeBytes += piece.length;
	}

	private finish(): void {
		const { sizeBytes } = this;
		const tooLong = sizeBytes > maxLineBytes;
		const text = this.line.toString('utf8', 0, tooLong ? startBytes : sizeBytes);
		this.sizeBytes = 0;
		// One long line shall not cost its size for ever.
		if (this.line.length > smallBytes) this.line = Buffer.alloc(smallBytes);
		if (tooLong) this.emit({ sizeBytes, start: text });
		else if (text.trim() !== '') this.emit(text);
	}
}
