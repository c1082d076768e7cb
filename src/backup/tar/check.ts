import { BackupError } from '../errors';
import { blockBytes, padding } from './header';
import { InvalidHeader, isZeroBlock, parseHeader, parseRecords, type ParsedEntry } from './parse';

/** Extended headers larger than this are not read; the largest path of Linux is 4 KiB. */
const maxExtendedBytes = 1024 * 1024;

type State =
	| { kind: 'header' }
	/** Content to pass by, and the padding behind it. */
	| { kind: 'content'; left: number; paddingLeft: number }
	/** Content of an extended header to collect. */
	| { kind: 'extended'; type: string; left: number; sizeBytes: number; parts: Buffer[] }
	/** After the first of the two zero blocks. */
	| { kind: 'zero' }
	| { kind: 'done' };

/** Who wants to know what goes by; each may throw to refuse the archive. */
export interface ArchiveListener {
	entry?(entry: ParsedEntry): void;
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

	constructor(private readonly listener: ArchiveListener = {}) {}

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
				return;
			}
			this.pending = Buffer.alloc(0);
			this.block(block);
		}
	}

	/**
	 * To be called after the last chunk.
	 * @throws BackupError `archive_cut` naming the last entry that was seen
	 */
	end(): CheckedArchive {
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
		if (state.kind === 'done') return;
		if (isZeroBlock(block)) {
			this.state = { kind: state.kind === 'zero' ? 'done' : 'zero' };
			return;
		}
		if (state.kind === 'zero') throw this.damaged('data follows a single zero block');
		this.header(this.guarded(() => parseHeader(block)));
	}

	private header(parsed: ParsedEntry): void {
		if ('xgLK'.includes(parsed.type)) {
			if (parsed.sizeBytes > maxExtendedBytes) throw this.damaged('an extended header is larger than 1 MiB');
			const { type, sizeBytes } = parsed;
			this.state = { kind: 'extended', type, sizeBytes, left: sizeBytes + padding(sizeBytes), parts: [] };
			if (this.state.left === 0) this.state = { kind: 'header' };
			return;
		}
		const entry = this.guarded(() => this.withOverrides(parsed));
		this.overrides = new Map();
		this.entries += 1;
		this.lastPath = entry.path.toString('utf8');
		this.listener.entry?.(entry);
		// Links and directories have no content, whatever the size field says of the file they stand for.
		const sizeBytes = '123456'.includes(entry.type) ? 0 : entry.sizeBytes;
		this.contentBytes += sizeBytes;
		this.state =
			sizeBytes === 0
				? { kind: 'header' }
				: { kind: 'content', left: sizeBytes, paddingLeft: padding(sizeBytes) };
	}

	private extended(state: Extract<State, { kind: 'extended' }>, block: Buffer): void {
		state.parts.push(Buffer.from(block));
		state.left -= block.length;
		if (state.left > 0) return;
		const content = Buffer.concat(state.parts).subarray(0, state.sizeBytes);
		if (state.type === 'x')
			this.overrides = new Map([...this.overrides, ...this.guarded(() => parseRecords(content))]);
		if (state.type === 'L') this.overrides.set('path', untilZero(content));
		if (state.type === 'K') this.overrides.set('linkpath', untilZero(content));
		this.state = { kind: 'header' };
	}

	private withOverrides(parsed: ParsedEntry): ParsedEntry {
		const number = (key: string, otherwise: number): number => {
			const value = this.overrides.get(key)?.toString('latin1');
			if (value === undefined) return otherwise;
			if (!/^\d{1,16}$/.test(value)) throw new InvalidHeader(`"${key}" of an extended header is malformed`);
			return Number(value);
		};
		return {
			...parsed,
			path: this.overrides.get('path') ?? parsed.path,
			linkTarget: this.overrides.get('linkpath') ?? parsed.linkTarget,
			sizeBytes: number('size', parsed.sizeBytes),
			uid: number('uid', parsed.uid),
			gid: number('gid', parsed.gid),
			mtimeSeconds: this.mtime(parsed.mtimeSeconds),
		};
	}

	private mtime(otherwise: number): number {
		const value = this.overrides.get('mtime')?.toString('latin1');
		if (value === undefined) return otherwise;
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
