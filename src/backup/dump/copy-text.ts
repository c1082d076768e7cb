import { crc32 } from 'node:zlib';

/** `pg_dump` writes this behind the rows of a table; no row can hold it, since COPY escapes every backslash. */
const terminator = Buffer.from('\\.\n\n\n', 'latin1');
const terminatorLines = 3;
const heldBytes = terminator.length;

const capacityBytes = 64 * 1024;
const lineFeed = 0x0a;
/** From this length on a call of native code for each piece costs less than a look at its words. */
const longPieceBytes = 256;

/**
 * Counts the rows of a table in the text format of COPY and sums up their bytes, while they go by in pieces of any
 * length. Every row ends with a line feed and holds no other, whatever the values are.
 *
 * Millions of rows of some ten bytes are the rule, and a call of native code for each would cost more than all the
 * rest of the work on a dump. So short ones are gathered word by word, and the checksum is computed over the whole.
 */
export class CopyText {
	private readonly gathered = Buffer.from(new ArrayBuffer(capacityBytes));
	private readonly gatheredWords = new DataView(this.gathered.buffer);
	private words: DataView = this.gatheredWords;
	private used = 0;
	private lines = 0;
	private checksum = 0;

	/** Forgets the table before. */
	begin(): void {
		this.used = 0;
		this.lines = 0;
		this.checksum = 0;
	}

	/** To be called with each chunk before pieces of it are taken. */
	enter(chunk: Buffer): void {
		this.words = new DataView(chunk.buffer, chunk.byteOffset, chunk.length);
	}

	/** Takes a piece of the chunk. */
	take(chunk: Buffer, from: number, to: number): void {
		if (to - from < longPieceBytes) {
			this.makeRoom(to - from);
			this.gatherWords(from, to);
			return;
		}
		const firstLine = chunk.indexOf(lineFeed, from);
		const severalLines = firstLine !== -1 && firstLine < to - 1;
		if (!severalLines && firstLine === to - 1) this.lines += 1;
		for (let at = from; at < to;) {
			const end = Math.min(to, at + capacityBytes / 2);
			this.makeRoom(end - at);
			if (severalLines) this.gatherWords(at, end);
			else this.used += chunk.copy(this.gathered, this.used, at, end);
			at = end;
		}
	}

	/** @returns `undefined` when what went by was no text of COPY */
	end(): { rows: number; crc32: string } | undefined {
		this.flush();
		const last = this.gathered.subarray(0, this.used);
		if (!last.equals(terminator)) return undefined;
		return { rows: this.lines - terminatorLines, crc32: this.checksum.toString(16).padStart(8, '0') };
	}

	private gatherWords(from: number, to: number): void {
		const { words, gatheredWords } = this;
		let { used, lines } = this;
		let at = from;
		for (const end = to - 3; at < end; at += 4, used += 4) {
			const word = words.getUint32(at, true);
			gatheredWords.setUint32(used, word, true);
			// Bytes that are line feeds become 0, and only a 0 takes its highest bit from the subtraction.
			const zeros = word ^ 0x0a0a0a0a;
			if (((zeros - 0x01010101) & ~zeros & 0x80808080) !== 0) lines += lineFeedsIn(word);
		}
		for (; at < to; at += 1, used += 1) {
			const byte = words.getUint8(at);
			gatheredWords.setUint8(used, byte);
			if (byte === lineFeed) lines += 1;
		}
		this.used = used;
		this.lines = lines;
	}

	private makeRoom(sizeBytes: number): void {
		if (this.used + sizeBytes > capacityBytes) this.flush();
	}

	/** Adds what was gathered to the checksum, but for the last bytes: they may be the beginning of the terminator. */
	private flush(): void {
		const summed = this.used - heldBytes;
		if (summed <= 0) return;
		this.checksum = crc32(this.gathered.subarray(0, summed), this.checksum);
		this.gathered.copyWithin(0, summed, this.used);
		this.used = heldBytes;
	}
}

function lineFeedsIn(word: number): number {
	return (
		Number((word & 0xff) === lineFeed) +
		Number(((word >>> 8) & 0xff) === lineFeed) +
		Number(((word >>> 16) & 0xff) === lineFeed) +
		Number(word >>> 24 === lineFeed)
	);
}
