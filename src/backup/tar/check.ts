import { BackupError } from '../errors';
import { blockBytes, padding } from '../../shared';
import { InvalidHeader, isZeroBlock, parseHeader, parseRecords, type ParsedEntry } from '../../shared';

/** Extended headers of an entry that are larger than this are not read; the largest path of Linux is 4 KiB. */
const maxExtendedBytes = 1024 * 1024;

const junk = 'data follows its end';

type State =
	| { kind: 'header' }
	/** Content to pass by, and the padding behind it. */
	| { kind: 'content'; left: number; paddingLeft: number }
	/** Content of an extended header to collect. */
	| { kind: 'extended'; type: string; left: number; sizeBytes: number; parts: Buffer[] }
	/** After the first of the two zero blocks. */
	| { kind: 'zero' }
	| { kind: 'done' };

/** Where an entry stands in the archive, in bytes from its beginning. */
export interface Extent {
	/** The first of its headers, extended ones included. */
	start: number;
	/** Behind its content and padding. */
	end: number;
	/** Without padding. */
	contentBytes: number;
}

/** Who wants to know what goes by; each may throw to refuse the archive. */
export interface ArchiveListener {
	entry?(entry: ParsedEntry, extent: Extent): void;
	/** A piece of the content of the last entry. */
	content?(piece: Buffer): void;
}

export interface CheckedArchive {
	entries: number;
	contentBytes: number;
}

/**
 * Watches a tar archive go by and proves that it is whole: every header's checksum, every declared size, and the
 * two zero blocks at the end. An archive that was cut at the border of an entry is accepted by every tar
 * program and is caught here.
 */
export class TarChecker {
	private state: State = { kind: 'header' };
	/** The beginning of a block that the last chunk cut. */
	private pending: Buffer = Buffer.alloc(0);
	private entries = 0;
	private contentBytes = 0;
	private lastPath = '';
	private overrides = new Map<string, Buffer>();
	/** The kinds of extended headers of the entry to come. */
	private extensions = '';
	/** Bytes of the chunks before the current one. */
	private passed = 0;
	/** Behind the current block, from the beginning of the archive. */
	private offset = 0;
	/** Where the headers of the entry to come begin. */
	private headersStart: number | undefined;

	constructor(private readonly listener: ArchiveListener = {}) {}

	/** Whether the two zero blocks at the end were seen; only zeros may follow. */
	get complete(): boolean {
		return this.state.kind === 'done';
	}

	get entriesSoFar(): number {
		return this.entries;
	}

	/** @throws BackupError `archive_damaged` */
	push(chunk: Buffer): void {
		let at = 0;
		while (at < chunk.length) {
			if (this.state.kind === 'content') {
				at += this.passBy(this.state, chunk.subarray(at));
				continue;
			}
			const missing = blockBytes - this.pending.length;
			const piece = chunk.subarray(at, at + missing);
			at += piece.length;
			const block = this.pending.length === 0 ? piece : Buffer.concat([this.pending, piece]);
			if (block.length < blockBytes) {
				this.pending = Buffer.from(block);
				break;
			}
			this.pending = Buffer.alloc(0);
			this.offset = this.passed + at;
			this.block(block);
		}
		this.passed += chunk.length;
	}

	/**
	 * To be called after the last chunk.
	 * @throws BackupError `archive_cut` naming the last entry that was seen, `archive_damaged`
	 */
	end(): CheckedArchive {
		if (this.state.kind === 'done' && !isZeroBlock(this.pending)) throw this.damaged(junk);
		if (this.state.kind === 'done') return { entries: this.entries, contentBytes: this.contentBytes };
		throw new BackupError(
			'archive_cut',
			`The archive ends in the middle, ${this.lastPath === '' ? 'before its first entry' : `in or after "${this.lastPath}"`}.`,
			'A file probably shrank while it was read, or the source was stopped. Run the backup again, or pause what writes there.',
		);
	}

	/** Returns how much of the chunk belonged to the entry. */
	private passBy(state: Extract<State, { kind: 'content' }>, chunk: Buffer): number {
		const content = chunk.subarray(0, state.left);
		if (content.length > 0) this.listener.content?.(content);
		state.left -= content.length;
		const padded = Math.min(state.paddingLeft, chunk.length - content.length);
		state.paddingLeft -= padded;
		if (state.left === 0 && state.paddingLeft === 0) this.state = { kind: 'header' };
		return content.length + padded;
	}

	private block(block: Buffer): void {
		const { state } = this;
		if (state.kind === 'extended') return this.extended(state, block);
		if (state.kind === 'done') {
			if (!isZeroBlock(block)) throw this.damaged(junk);
			return;
		}
		if (isZeroBlock(block)) {
			if (this.extensions !== '') throw this.damaged('an extended header belongs to no entry');
			this.state = { kind: state.kind === 'zero' ? 'done' : 'zero' };
			return;
		}
		if (state.kind === 'zero') throw this.damaged('data follows a single zero block');
		this.header(this.guarded(() => parseHeader(block)));
	}

	private header(parsed: ParsedEntry): void {
		this.headersStart ??= this.offset - blockBytes;
		if ('xgLK'.includes(parsed.type)) return this.extension(parsed);
		const entry = this.guarded(() => this.withOverrides(parsed));
		// Links and directories have no content, whatever the size field says of the file they stand for.
		const sizeBytes = '123456'.includes(entry.type) ? 0 : entry.sizeBytes;
		const end = this.offset + sizeBytes + padding(sizeBytes);
		const extent = { start: this.headersStart, end, contentBytes: sizeBytes };
		this.overrides = new Map();
		this.extensions = '';
		this.headersStart = undefined;
		this.entries += 1;
		this.contentBytes += sizeBytes;
		this.lastPath = entry.path.toString('utf8');
		this.listener.entry?.(entry, extent);
		this.state =
			sizeBytes === 0
				? { kind: 'header' }
				: { kind: 'content', left: sizeBytes, paddingLeft: padding(sizeBytes) };
	}

	/** Takes each kind once, and not both dialects: programs disagree on which of two says the path. */
	private extension({ type, sizeBytes }: ParsedEntry): void {
		if (type === 'g') throw this.damaged('it holds a global extended header, which is not read here');
		const kinds = this.extensions + type;
		if (this.extensions.includes(type) || (kinds.length > 1 && kinds.includes('x'))) {
			throw this.damaged('an entry has two extended headers that may contradict each other');
		}
		this.extensions = kinds;
		if (this.offset - (this.headersStart ?? 0) + sizeBytes > maxExtendedBytes) {
			throw this.damaged('the extended headers of an entry are larger than 1 MiB');
		}
		const left = sizeBytes + padding(sizeBytes);
		this.state = left === 0 ? { kind: 'header' } : { kind: 'extended', type, sizeBytes, left, parts: [] };
	}

	private extended(state: Extract<State, { kind: 'extended' }>, block: Buffer): void {
		state.parts.push(Buffer.from(block));
		state.left -= block.length;
		if (state.left > 0) return;
		const content = Buffer.concat(state.parts).subarray(0, state.sizeBytes);
		if (state.type === 'x') this.overrides = this.guarded(() => parseRecords(content));
		if (state.type === 'L') this.overrides.set('path', untilZero(content));
		if (state.type === 'K') this.overrides.set('linkpath', untilZero(content));
		this.state = { kind: 'header' };
	}

	private withOverrides(parsed: ParsedEntry): ParsedEntry {
		const number = (key: string, otherwise: number): number => {
			const value = this.overrides.get(key)?.toString('latin1');
			if (value === undefined || value === '') return otherwise;
			if (!/^\d{1,16}$/.test(value)) throw new InvalidHeader(`"${key}" of an extended header is malformed`);
			return Number(value);
		};
		// An empty value stands for the fixed field (POSIX pax, "pax Extended Header").
		const name = (key: string, otherwise: Buffer): Buffer => {
			const value = this.overrides.get(key);
			return value === undefined || value.length === 0 ? otherwise : value;
		};
		for (const key of this.overrides.keys()) {
			// They have a path of their own, and content that is no longer the file's.
			if (key.startsWith('GNU.sparse.'))
				throw new InvalidHeader('a file is stored sparse, which is not read here');
		}
		return {
			...parsed,
			path: name('path', parsed.path),
			linkTarget: name('linkpath', parsed.linkTarget),
			sizeBytes: number('size', parsed.sizeBytes),
			uid: number('uid', parsed.uid),
			gid: number('gid', parsed.gid),
			mtimeSeconds: this.mtime(parsed.mtimeSeconds),
		};
	}

	private mtime(otherwise: number): number {
		const value = this.overrides.get('mtime')?.toString('latin1');
		if (value === undefined || value === '') return otherwise;
		if (!/^-?\d{1,12}(\.\d+)?$/.test(value))
			throw new InvalidHeader('"mtime" of an extended header is malformed');
		return Number(value);
	}

	private guarded<T>(parse: () => T): T {
		try {
			return parse();
		} catch (thrown) {
			throw thrown instanceof InvalidHeader ? this.damaged(thrown.message) : thrown;
		}
	}

	private damaged(fault: string): BackupError {
		return new BackupError(
			'archive_damaged',
			`The archive is damaged: ${fault}${this.lastPath === '' ? '' : `, after "${this.lastPath}"`}.`,
			'Do not restore from it. Take another backup, and verify the one before.',
		);
	}
}

function untilZero(content: Buffer): Buffer {
	const end = content.indexOf(0);
	return end === -1 ? content : content.subarray(0, end);
}
