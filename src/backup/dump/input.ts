/** Says what is wrong with a dump; the checker knows where it is and makes the error of it. */
export class InvalidDump extends Error {}

/** A piece of parsing: it pauses when the chunk is used up, and goes on with the next one. */
export type Step<Result> = Generator<void, Result, void>;

/** Gets the data that is passed by, in pieces of no meaning. */
export interface PieceReader {
	/** Called with each chunk before pieces of it are taken. */
	enter(chunk: Buffer): void;
	take(chunk: Buffer, from: number, to: number): void;
}

/** `pg_dump` writes a sign and the four bytes of an `int`, on every platform it runs on. */
const intBytes = 5;
/** No value of PostgreSQL is longer. */
const maxTextBytes = 2 ** 30;

/**
 * The bytes of a dump, fed in chunks of any size and read in the units of the format. What is passed by is never
 * copied; what is kept is no larger than asked for.
 */
export class DumpInput {
	private chunk: Buffer = Buffer.alloc(0);
	private at = 0;
	private bytesBefore = 0;

	/** Gives the next bytes; the ones before must have been read. */
	feed(chunk: Buffer): void {
		this.bytesBefore += this.chunk.length;
		this.chunk = chunk;
		this.at = 0;
	}

	/** How many bytes of the dump have been read. */
	get position(): number {
		return this.bytesBefore + this.at;
	}

	*byte(): Step<number> {
		while (this.at === this.chunk.length) yield;
		return this.chunk.readUInt8(this.at++);
	}

	*bytes(sizeBytes: number): Step<Buffer> {
		const bytes = Buffer.alloc(sizeBytes);
		for (let filled = 0; ;) {
			const copied = this.chunk.copy(bytes, filled, this.at);
			this.at += copied;
			filled += copied;
			if (filled === sizeBytes) return bytes;
			yield;
		}
	}

	*skip(sizeBytes: number): Step<void> {
		for (let left = sizeBytes; ;) {
			const skipped = Math.min(left, this.chunk.length - this.at);
			this.at += skipped;
			left -= skipped;
			if (left === 0) return;
			yield;
		}
	}

	*int(): Step<number> {
		const bytes = yield* this.bytes(intBytes);
		return signed(bytes.readUInt8(0), bytes.readUInt32LE(1));
	}

	/** An integer within bounds; `what` names it in the fault. */
	*intWithin(min: number, max: number, what: string): Step<number> {
		const value = yield* this.int();
		if (value < min || value > max) throw new InvalidDump(`${what} is ${value}`);
		return value;
	}

	/** A text, `undefined` for a missing one. Only its first `keptBytes` are kept. */
	*text(keptBytes: number, maxBytes = maxTextBytes): Step<string | undefined> {
		const sizeBytes = yield* this.intWithin(-1, maxBytes, 'the length of a text');
		if (sizeBytes === -1) return undefined;
		const kept = yield* this.bytes(Math.min(sizeBytes, keptBytes));
		yield* this.skip(sizeBytes - kept.length);
		return kept.toString('utf8');
	}

	/**
	 * Passes by pieces of data, each with its length in front, until one of no length. Without compression every
	 * row of a table is such a piece, so those that lie in the chunk as a whole are passed without a pause.
	 * @param reader gets what is passed by
	 */
	*passPieces(reader?: PieceReader): Step<void> {
		reader?.enter(this.chunk);
		for (;;) {
			this.passWholePieces(reader);
			const before = this.chunk;
			const sizeBytes = yield* this.intWithin(0, maxTextBytes * 2, 'the length of a piece of data');
			if (this.chunk !== before) reader?.enter(this.chunk);
			if (sizeBytes === 0) return;
			yield* this.passPiece(sizeBytes, reader);
		}
	}

	private *passPiece(sizeBytes: number, reader: PieceReader | undefined): Step<void> {
		for (let left = sizeBytes; ;) {
			const end = Math.min(this.at + left, this.chunk.length);
			if (end > this.at) reader?.take(this.chunk, this.at, end);
			left -= end - this.at;
			this.at = end;
			if (left === 0) return;
			yield;
			reader?.enter(this.chunk);
		}
	}

	private passWholePieces(reader: PieceReader | undefined): void {
		const { chunk } = this;
		let at = this.at;
		while (at + intBytes <= chunk.length) {
			// Anything special, such as the last piece, is left to the caller.
			const sizeBytes = chunk[at] === 0 ? chunk.readInt32LE(at + 1) : 0;
			const end = at + intBytes + sizeBytes;
			if (sizeBytes <= 0 || end > chunk.length) break;
			reader?.take(chunk, at + intBytes, end);
			at = end;
		}
		this.at = at;
	}
}

function signed(sign: number, magnitude: number): number {
	// The smallest `int` has a magnitude of its own; identifiers of large objects make use of it.
	const fits = sign === 0 ? magnitude < 2 ** 31 : sign === 1 && magnitude > 0 && magnitude <= 2 ** 31;
	if (!fits) throw new InvalidDump('an integer is malformed');
	return sign === 0 ? magnitude : -magnitude;
}
