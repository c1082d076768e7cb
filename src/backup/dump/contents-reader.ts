import { BackupError } from '../errors';
import { readEntry, readEntryCount, readHeader, type ContentsEntry } from './contents';
import { DumpInput, InvalidDump, type Step } from './input';

/** Statements of one object; those of a function may be longer, and nothing is looked for in them. */
const definitionBytes = 1024 * 1024;

/** The table of contents of a dump in the custom format of `pg_dump`, which stands before all data. */
class ContentsReader {
	/** `unknown`: the dump is in a version of its format that is not known here. */
	state: 'reading' | 'read' | 'unknown' = 'reading';
	private readonly input = new DumpInput();
	private readonly parsing = this.parse();

	constructor(private readonly see: (entry: ContentsEntry) => void) {}

	/** @throws BackupError `archive_damaged` */
	push(chunk: Buffer): void {
		this.input.feed(chunk);
		try {
			this.parsing.next();
		} catch (thrown) {
			if (!(thrown instanceof InvalidDump)) throw thrown;
			throw new BackupError(
				'archive_damaged',
				`The table of contents of the dump is damaged: ${thrown.message}.`,
				'Do not restore from it; use another restore point.',
			);
		}
	}

	private *parse(): Step<void> {
		const header = yield* readHeader(this.input);
		if (!header) {
			this.state = 'unknown';
			return;
		}
		const count = yield* readEntryCount(this.input);
		for (let entry = 0; entry < count; entry += 1) {
			this.see(yield* readEntry(this.input, header, definitionBytes));
		}
		this.state = 'read';
	}
}

/** A dump whose table of contents has been read. */
export interface OpenedDump {
	/** Whether it could be read; not when the version of its format is not known here. */
	isKnown: boolean;
	/** All of the dump from its first byte on. */
	content: AsyncIterable<Buffer>;
	/** Ends the reading, whether the content was asked for or not. */
	close(): Promise<void>;
}

/**
 * Reads the table of contents at the front of a dump and no more of it, which is held until the whole is asked for.
 *
 * @param see gets each entry, with its statements
 * @throws BackupError `archive_damaged`, `archive_cut`; whatever the chunks throw
 */
export async function openDump(
	chunks: AsyncIterable<Buffer>,
	see: (entry: ContentsEntry) => void,
): Promise<OpenedDump> {
	const reader = new ContentsReader(see);
	const iterator = chunks[Symbol.asyncIterator]();
	const held: Buffer[] = [];
	try {
		while (reader.state === 'reading') {
			const next = await iterator.next();
			if (next.done) throw cut();
			held.push(next.value);
			reader.push(next.value);
		}
	} catch (thrown) {
		await iterator.return?.();
		throw thrown;
	}
	return {
		isKnown: reader.state === 'read',
		content: whole(held, iterator),
		close: async () => {
			await iterator.return?.();
		},
	};
}

/** What was held, then the rest. */
async function* whole(
	held: Buffer[],
	iterator: AsyncIterator<Buffer>,
): AsyncGenerator<Buffer, void, undefined> {
	for (let chunk: Buffer | undefined; (chunk = held.shift()) !== undefined;) yield chunk;
	for (let next; !(next = await iterator.next()).done;) yield next.value;
}

function cut(): BackupError {
	return new BackupError(
		'archive_cut',
		'The dump ends in its table of contents.',
		'Use another restore point; if it is a new one, see the log of the server and run the backup again.',
	);
}
