import { BackupError } from '../errors';
import { readEntry, readEntryCount, readHeader, type DataEntry, type DumpHeader } from './contents';
import { DumpFigures, type TableFigure } from './figures';
import { DumpInput, InvalidDump, type Step } from './input';

/** Kinds of blocks behind the table of contents. */
const dataBlock = 1;
const largeObjectsBlock = 3;

export interface CheckedDump {
	/** Entries of the table of contents, as `pg_restore --list` counts them. */
	tocEntries: number;
	/** Those among them that have data: tables and groups of large objects. */
	dataEntries: number;
	/** Whether the whole dump was checked. If not, the numbers are no more than what was seen. */
	checkedToTheEnd: boolean;
	/** Why not, as a sentence. */
	uncheckedBecause?: string;
}

/** What goes by at the moment. */
type Place =
	| { kind: 'header' }
	| { kind: 'contents'; entry: number; of: number }
	| { kind: 'data'; name: string }
	/** Behind the table of contents or behind a block: the only place where a dump may end. */
	| { kind: 'border'; after?: string }
	| { kind: 'unchecked'; because: string };

/**
 * Watches a dump in the custom format of `pg_dump` go by and proves that it is whole: its header, its table of
 * contents, and one block of data for each entry that has data, up to the last byte. A dump that was cut between two
 * blocks is accepted by `pg_restore --list` and is caught here. The data itself is passed by its lengths.
 */
export class DumpChecker {
	private readonly input = new DumpInput();
	private readonly missing = new Map<number, DataEntry>();
	private readonly parsing = this.parse();
	private place: Place = { kind: 'header' };
	private tocEntries = 0;
	private dataEntries = 0;
	private failure: BackupError | undefined;
	private gathered: DumpFigures | undefined;

	/** @param maxDataEntries how many entries with data are remembered, at up to 500 bytes each; beyond, the blocks stay unchecked */
	constructor(private readonly maxDataEntries = 200_000) {}

	/** @throws BackupError `archive_damaged`, from then on at every call */
	push(chunk: Buffer): void {
		if (this.failure) throw this.failure;
		if (this.place.kind === 'unchecked') return;
		this.input.feed(chunk);
		try {
			this.parsing.next();
		} catch (thrown) {
			if (!(thrown instanceof InvalidDump)) throw thrown;
			throw (this.failure = this.damaged(thrown.message));
		}
	}

	/**
	 * To be called after the last chunk.
	 * @throws BackupError `archive_cut` naming the table where the dump ends; `archive_damaged` as `push`
	 */
	end(): CheckedDump {
		if (this.failure) throw this.failure;
		const { place, tocEntries, dataEntries } = this;
		if (place.kind === 'unchecked')
			return { tocEntries, dataEntries, checkedToTheEnd: false, uncheckedBecause: place.because };
		if (place.kind === 'border' && this.missing.size === 0)
			return { tocEntries, dataEntries, checkedToTheEnd: true };
		throw new BackupError(
			'archive_cut',
			this.input.position === 0 ? 'The dump is empty.' : `The dump ends ${this.whereItEnds(place)}.`,
			'pg_dump or its container was probably stopped. See the log of the database, and run the backup again.',
		);
	}

	/**
	 * What each table holds, in the order of the dump; to be called after `end`.
	 * @returns `undefined` when it is not known: pg_dump has compressed the data, or the dump stayed unchecked
	 */
	figures(): TableFigure[] | undefined {
		return this.place.kind === 'unchecked' ? undefined : this.gathered?.all();
	}

	private *parse(): Step<void> {
		const header = yield* readHeader(this.input);
		if (!header) {
			this.place = {
				kind: 'unchecked',
				because:
					'The dump is in a version of its format that is not known here; only its first bytes were checked.',
			};
			return;
		}
		if (!header.compressed) this.gathered = new DumpFigures();
		yield* this.parseContents(header);
		if (this.dataEntries > this.maxDataEntries) {
			this.missing.clear();
			this.place = {
				kind: 'unchecked',
				because: `The dump has data of more than ${this.maxDataEntries} tables; only its table of contents was checked.`,
			};
			return;
		}
		for (;;) yield* this.parseBlock();
	}

	private *parseContents(header: DumpHeader): Step<void> {
		const count = yield* readEntryCount(this.input);
		for (let entry = 1; entry <= count; entry += 1) {
			this.place = { kind: 'contents', entry, of: count };
			const { id, data } = yield* readEntry(this.input, header);
			this.tocEntries += 1;
			if (!data) continue;
			if (this.missing.has(id)) throw new InvalidDump(`the entry ${id} is there twice`);
			this.dataEntries += 1;
			if (this.dataEntries <= this.maxDataEntries) this.missing.set(id, data);
		}
		this.place = { kind: 'border' };
	}

	private *parseBlock(): Step<void> {
		const { input } = this;
		const position = input.position;
		const kind = yield* input.byte();
		if (this.missing.size === 0) throw new InvalidDump('something follows its last block');
		if (kind !== dataBlock && kind !== largeObjectsBlock)
			throw new InvalidDump(`a block is of the unknown kind ${kind}`);
		const id = yield* input.int();
		const entry = this.missing.get(id);
		if (!entry) throw new InvalidDump(`the block ${id} is there twice or belongs to no entry`);
		this.missing.delete(id);
		this.place = { kind: 'data', name: entry.name };
		if (entry.largeObjects !== (kind === largeObjectsBlock))
			throw new InvalidDump('the kind of the block contradicts the table of contents');
		if (entry.position !== undefined && entry.position !== position)
			throw new InvalidDump(`it begins at byte ${position} instead of ${entry.position}`);
		if (kind === dataBlock) yield* this.parseTable(entry);
		else yield* this.parseLargeObjects();
		this.place = { kind: 'border', after: entry.name };
	}

	private *parseTable(entry: DataEntry): Step<void> {
		yield* this.input.passPieces(this.gathered?.beginTable());
		this.gathered?.endTable(entry);
	}

	/** Each large object behind its identifier, until the identifier 0. */
	private *parseLargeObjects(): Step<void> {
		for (;;) {
			const id = yield* this.input.int();
			if (id === 0) return;
			const sum = this.gathered?.beginLargeObject(id);
			yield* this.input.passPieces(sum);
			if (sum) this.gathered?.endLargeObject(sum);
		}
	}

	private whereItEnds(place: Exclude<Place, { kind: 'unchecked' }>): string {
		if (place.kind !== 'border') return where(place);
		const [next, ...others] = this.missing.values();
		const more = others.length === 0 ? '' : ` and of ${others.length} more`;
		return `${where(place)}: the data of ${next?.name}${more} is missing`;
	}

	private damaged(fault: string): BackupError {
		return new BackupError(
			'archive_damaged',
			`The dump is damaged: ${fault}, ${where(this.place)}.`,
			'Do not restore from it. Take another backup, and verify the one before.',
		);
	}
}

function where(place: Place): string {
	switch (place.kind) {
		case 'header':
		case 'unchecked':
			return 'in its header';
		case 'contents':
			return `in its table of contents, entry ${place.entry} of ${place.of}`;
		case 'data':
			return `in the data of ${place.name}`;
		case 'border':
			return place.after === undefined ? 'after its table of contents' : `after the data of ${place.after}`;
	}
}
