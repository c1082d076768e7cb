import { TarChecker, type CheckedArchive } from './check';
import type { ParsedEntry } from '../../shared';

/** Zeros behind the end of an archive are handed on in pieces of this size. */
const zerosBytes = 64 * 1024;

/** Whether an entry passes; it may throw to refuse the archive. */
export type EntryDecision = (entry: ParsedEntry) => boolean;

/**
 * Lets an archive pass entry by entry. No byte of an entry comes out before it was decided on, its extended headers
 * included, and the blocks that end the archive only after its last byte was checked: what breaks off never looks
 * whole.
 *
 * Chunks in which everything passes come out as they came, without a copy; so a chunk that was put in must not be
 * changed before the next ones have come out.
 */
export class EntryGate {
	/** Of what passes; complete after `end`. */
	readonly totals: CheckedArchive = { entries: 0, contentBytes: 0 };
	private readonly checker: TarChecker;
	/** Chunks that have not come out yet, because an entry that begins in the last of them is undecided. */
	private readonly waiting: Buffer[] = [];
	/** Where the first of them begins. All positions are in bytes from the beginning of the archive. */
	private waitingStart = 0;
	/** Every entry that begins before this was decided on. */
	private decided = 0;
	/** What is left out, in ascending order; neighbours are one. */
	private readonly dropped: { start: number; end: number }[] = [];
	/** Remains of chunks of which something was left out, gathered up to the size of a chunk. */
	private gathered: Buffer | undefined;
	private gatheredBytes = 0;
	/** Zeros in the chunks that came after the end of the archive. */
	private zerosAfter = 0;

	/** @param done gets every chunk when nothing of it is needed any more */
	constructor(
		passes: EntryDecision,
		private readonly done: (chunk: Buffer) => void = () => {},
	) {
		this.checker = new TarChecker({
			entry: (entry, { start, end, contentBytes }) => {
				this.decided = end;
				if (!passes(entry)) return this.drop(start, end);
				this.totals.entries += 1;
				this.totals.contentBytes += contentBytes;
			},
		});
	}

	/**
	 * Takes a chunk and gives back what can go on.
	 * @throws BackupError `archive_damaged`, and what the decision throws
	 */
	*push(chunk: Buffer): Generator<Buffer, void, undefined> {
		const { complete } = this.checker;
		this.checker.push(chunk);
		if (complete) {
			this.zerosAfter += chunk.length;
			this.done(chunk);
			return;
		}
		this.waiting.push(chunk);
		yield* this.release();
	}

	/**
	 * Gives back the rest; to be called after the last chunk.
	 * @throws BackupError `archive_cut`, `archive_damaged`
	 */
	*end(): Generator<Buffer, void, undefined> {
		this.checker.end();
		this.decided = Infinity;
		yield* this.release();
		if (this.gathered) yield this.gathered.subarray(0, this.gatheredBytes);
		for (let left = this.zerosAfter; left > 0; left -= zerosBytes) {
			yield Buffer.alloc(Math.min(left, zerosBytes));
		}
	}

	private drop(start: number, end: number): void {
		const last = this.dropped.at(-1);
		if (last?.end === start) last.end = end;
		else this.dropped.push({ start, end });
	}

	private *release(): Generator<Buffer, void, undefined> {
		let released = 0;
		for (const chunk of this.waiting) {
			if (this.waitingStart + chunk.length > this.decided) break;
			yield* this.remains(chunk, this.waitingStart);
			this.done(chunk);
			this.waitingStart += chunk.length;
			released += 1;
		}
		this.waiting.splice(0, released);
	}

	/** What passes of a chunk that begins at `start`. */
	private *remains(chunk: Buffer, start: number): Generator<Buffer, void, undefined> {
		const end = start + chunk.length;
		let at = start;
		for (let next = this.dropped[0]; next !== undefined && next.start < end; next = this.dropped[0]) {
			if (next.start > at) yield* this.gather(chunk.subarray(at - start, next.start - start), chunk.length);
			at = Math.min(next.end, end);
			// The entry goes on in the next chunk.
			if (next.end > end) break;
			this.dropped.shift();
		}
		if (at > start) {
			if (at < end) yield* this.gather(chunk.subarray(at - start), chunk.length);
			return;
		}
		if (this.gathered === undefined) return yield chunk;
		// Gathering on would copy every chunk from here to the end.
		const gathered = this.gathered.subarray(0, this.gatheredBytes);
		this.gathered = undefined;
		yield Buffer.concat([gathered, chunk]);
	}

	/** Copies a piece: a few bytes would otherwise keep the whole chunk in memory. */
	private *gather(piece: Buffer, capacityBytes: number): Generator<Buffer, void, undefined> {
		for (let at = 0; at < piece.length;) {
			if (this.gathered === undefined) {
				this.gathered = Buffer.allocUnsafeSlow(capacityBytes);
				this.gatheredBytes = 0;
			}
			const copied = piece.copy(this.gathered, this.gatheredBytes, at);
			at += copied;
			this.gatheredBytes += copied;
			if (this.gatheredBytes < this.gathered.length) continue;
			yield this.gathered;
			this.gathered = undefined;
		}
	}
}
