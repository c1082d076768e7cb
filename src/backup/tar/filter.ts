import type { CheckedArchive } from './check';
import { EntryGate } from './entry-gate';
import type { ParsedEntry } from '../../shared';
import { PathTree, type PathKind } from './path-tree';
import { safeNames } from './safe-names';

export interface ArchiveFilterOptions {
	/**
	 * Whether an entry is part of the backup; a directory that is not takes everything below it along.
	 * @param path below the root, without `./` before and a slash behind it
	 */
	wanted: (path: string, isDirectory: boolean) => boolean;
	/** Told of what cannot be part of a backup although it is wanted. */
	notice: (path: string, message: string) => void;
	/** Told of every entry of the archive, before it is decided on. */
	seen?: (path: Buffer) => void;
	/** Gets every chunk back when it is no longer needed. */
	release?: (chunk: Buffer) => void;
}

export interface FilteredArchive {
	blocks: AsyncGenerator<Buffer, void, undefined>;
	/** Of what was passed on; complete after the last block. */
	readonly totals: CheckedArchive;
}

/**
 * Leaves out of an archive what is not part of a backup; the bytes of all other entries stay as they are. What a
 * restore would refuse (devices, FIFOs, names of symbolic links beyond the first) is left out with a notice.
 *
 * The blocks end with an error when the archive does not prove to be whole: BackupError `archive_cut`,
 * `archive_damaged`. A chunk must not be changed before the next ones have come out.
 *
 * @param archive of the content of a folder, each folder before what is in it
 */
export function filterArchive(
	archive: AsyncIterable<Buffer>,
	options: ArchiveFilterOptions,
): FilteredArchive {
	const filter = new EntryFilter(options);
	const gate = new EntryGate((entry) => filter.passes(entry), options.release);
	return { blocks: through(archive, gate), totals: gate.totals };
}

async function* through(
	archive: AsyncIterable<Buffer>,
	gate: EntryGate,
): AsyncGenerator<Buffer, void, undefined> {
	for await (const chunk of archive) {
		for (const piece of gate.push(chunk)) yield piece;
	}
	for (const piece of gate.end()) yield piece;
}

const slash = 0x2f;
const dot = 0x2e;

class EntryFilter {
	/** The uppermost ones; what is below them is not asked for. */
	private readonly droppedFolders = new Set<string>();
	/** What no hard link may lead to: symbolic links, and (as `file`) what was left out although it was wanted. */
	private readonly notLinkable = new PathTree();

	constructor(private readonly options: ArchiveFilterOptions) {}

	passes(entry: ParsedEntry): boolean {
		this.options.seen?.(entry.path);
		const path = relativePath(entry.path);
		const isDirectory = entry.type === '5';
		if (path === '' && isDirectory) return true;
		if (!this.isWanted(path, isDirectory)) {
			if (isDirectory && !this.isBelowDropped(path)) this.droppedFolders.add(path);
			return false;
		}
		switch (entry.type) {
			case '0':
			case '5':
			case '7':
				return true;
			case '1':
				return this.linkPasses(entry, path);
			case '2':
				this.remember(entry, 'symlink');
				return true;
			default:
				this.remember(entry, 'file');
				this.options.notice(path, `${specialKind(entry.type)} is not backed up`);
				return false;
		}
	}

	private linkPasses(entry: ParsedEntry, path: string): boolean {
		const target = relativePath(entry.linkTarget);
		const found = this.notLinkable.kindAt(safeNames(entry.linkTarget, entry.path));
		if (found === 'symlink') {
			this.remember(entry, 'symlink');
			this.options.notice(path, `is another name of the symbolic link "${target}" and is not backed up`);
			return false;
		}
		if (found === undefined && this.isWanted(target, false)) return true;
		this.remember(entry, 'file');
		this.options.notice(
			path,
			`is a hard link to "${target}", which is left out: its content is not in the backup`,
		);
		return false;
	}

	private isWanted(path: string, isDirectory: boolean): boolean {
		return !this.isBelowDropped(path) && this.options.wanted(path, isDirectory);
	}

	private isBelowDropped(path: string): boolean {
		if (this.droppedFolders.size === 0) return false;
		for (let at = path.indexOf('/'); at !== -1; at = path.indexOf('/', at + 1)) {
			if (this.droppedFolders.has(path.slice(0, at))) return true;
		}
		return false;
	}

	private remember(entry: ParsedEntry, kind: PathKind): void {
		this.notLinkable.addPath(safeNames(entry.path, entry.path), kind);
	}
}

/** As the walk of a directory names it; bytes that are no UTF-8 become replacement characters. */
function relativePath(path: Buffer): string {
	let start = 0;
	while (path[start] === slash || (path[start] === dot && (path[start + 1] ?? slash) === slash)) start += 1;
	let end = path.length;
	while (end > start && path[end - 1] === slash) end -= 1;
	return path.toString('utf8', start, end);
}

function specialKind(type: string): string {
	if (type === '6') return 'a FIFO';
	if (type === '3' || type === '4') return 'a device';
	return `an entry of type "${type}"`;
}
