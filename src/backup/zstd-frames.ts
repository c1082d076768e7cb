const magic = 0xfd2fb528;
/** The four lower bits are free (RFC 8878, section 3.1.2). */
const skippableMagic = 0x184d2a50;

type State =
	| { kind: 'start' }
	| { kind: 'skippableSize' }
	| { kind: 'descriptor' }
	| { kind: 'blockHeader'; hasChecksum: boolean }
	/** To pass by, and what comes behind it. */
	| { kind: 'content'; left: number; then: State };

/** How many bytes have to be seen together in a state. */
const seenBytes = { start: 4, skippableSize: 4, descriptor: 1, blockHeader: 3 } as const;

/** A part of a frame. */
export interface FramePart {
	bytes: Buffer;
	/** Whether the frame ends with it. */
	isLast: boolean;
}

/**
 * Finds where the frames of a zstd file end (RFC 8878, section 3.1): Node's decompressor reads one frame and drops
 * what stands behind it.
 */
export class ZstdFrames {
	private state: State = { kind: 'start' };
	/** The beginning of a field that the last piece cut; it was handed on already. */
	private pending: Buffer = Buffer.alloc(0);

	/** Whether a frame has ended and no other begun. */
	get isBetween(): boolean {
		return this.state.kind === 'start' && this.pending.length === 0;
	}

	/**
	 * Takes a piece of the file and gives it back part by part.
	 * @throws Error when it is no zstd file
	 */
	*split(piece: Buffer): Generator<FramePart, void, undefined> {
		let start = 0;
		for (let at = 0; at < piece.length;) {
			at = this.step(piece, at);
			if (!this.isBetween) continue;
			yield { bytes: piece.subarray(start, at), isLast: true };
			start = at;
		}
		if (start < piece.length) yield { bytes: piece.subarray(start), isLast: false };
	}

	/** Passes by a field or what there is of it. @returns where the next one begins */
	private step(piece: Buffer, at: number): number {
		if (this.state.kind === 'content') {
			const count = Math.min(this.state.left, piece.length - at);
			this.state.left -= count;
			if (this.state.left === 0) this.state = this.state.then;
			return at + count;
		}
		const end = Math.min(piece.length, at + seenBytes[this.state.kind] - this.pending.length);
		const field = Buffer.concat([this.pending, piece.subarray(at, end)]);
		this.pending = field;
		if (field.length < seenBytes[this.state.kind]) return end;
		this.pending = Buffer.alloc(0);
		this.state = next(this.state, field);
		return end;
	}
}

function next(state: Exclude<State, { kind: 'content' }>, field: Buffer): State {
	switch (state.kind) {
		case 'start': {
			const found = field.readUInt32LE();
			if (found === magic) return { kind: 'descriptor' };
			if ((found & 0xfffffff0) >>> 0 === skippableMagic) return { kind: 'skippableSize' };
			throw new Error('it is not in the format of zstd, or something stands behind its end');
		}
		case 'skippableSize':
			return passBy(field.readUInt32LE(), { kind: 'start' });
		case 'descriptor':
			return afterDescriptor(field.readUInt8());
		case 'blockHeader':
			return afterBlockHeader(field.readUIntLE(0, 3), state.hasChecksum);
	}
}

const passBy = (left: number, then: State): State => (left === 0 ? then : { kind: 'content', left, then });

/** RFC 8878, section 3.1.1.1. */
function afterDescriptor(descriptor: number): State {
	if (descriptor & 0x08) throw new Error('a zstd frame has a feature that is not known');
	const isSingleSegment = (descriptor & 0x20) !== 0;
	const windowBytes = isSingleSegment ? 0 : 1;
	const dictionaryBytes = [0, 1, 2, 4][descriptor & 3] ?? 0;
	const sizeBytes = [isSingleSegment ? 1 : 0, 2, 4, 8][descriptor >>> 6] ?? 0;
	const hasChecksum = (descriptor & 0x04) !== 0;
	return passBy(windowBytes + dictionaryBytes + sizeBytes, { kind: 'blockHeader', hasChecksum });
}

/** RFC 8878, section 3.1.1.2. */
function afterBlockHeader(header: number, hasChecksum: boolean): State {
	const isLast = (header & 1) !== 0;
	const type = (header >>> 1) & 3;
	const sizeBytes = header >>> 3;
	if (type === 3) throw new Error('a block of a zstd frame is of no known type');
	const behind: State = isLast
		? passBy(hasChecksum ? 4 : 0, { kind: 'start' })
		: { kind: 'blockHeader', hasChecksum };
	// A block of one byte that is repeated holds only that.
	return passBy(type === 1 ? 1 : sizeBytes, behind);
}
