import type { BackupError } from '../errors';
import { EntryGate } from './entry-gate';
import type { ParsedEntry } from '../../shared';
import { PathTree, rootNode, type PathKind } from './path-tree';
import { refused, safeNames } from './safe-names';

/** Their paths take about 500 MB of memory; an archive that repeats one block could name any number. */
const maxPaths = 10_000_000;

const slash = 0x2f;

const described: Record<PathKind, string> = {
	folder: 'a folder',
	file: 'a file',
	symlink: 'a symbolic link',
};

/**
 * Passes an archive on that somebody else is going to unpack, whose program may follow a symbolic
 * link that the archive itself has planted. Nothing of an entry comes out before it was checked; what came out before
 * an error is harmless, but not whole, so the one who unpacks must be told by breaking the stream off. The folder must
 * be empty: links that are in it already are not seen here.
 *
 * A chunk must not be changed before the next ones have come out. Memory: see {@link PathTree}.
 *
 * @param passes is asked about each entry that is harmless; those it refuses are left out
 * @param done gets every chunk when nothing of it is needed any more, and what came out was read
 * @throws BackupError `archive_hostile` naming the entry, `archive_cut`, `archive_damaged`
 */
export async function* guardArchive(
	archive: AsyncIterable<Buffer>,
	passes: (entry: ParsedEntry) => boolean = () => true,
	done?: (chunk: Buffer) => void,
): AsyncGenerator<Buffer, void, undefined> {
	const guard = new EntryGuard();
	const gate = new EntryGate((entry) => {
		guard.check(entry);
		return passes(entry);
	}, done);
	for await (const chunk of archive) {
		for (const piece of gate.push(chunk)) yield piece;
	}
	for (const piece of gate.end()) yield piece;
}

/** Refuses entries that would reach beyond the folder they are unpacked into, or that nobody can unpack. */
class EntryGuard {
	private readonly tree = new PathTree();

	/** @throws BackupError `archive_hostile` */
	check(entry: ParsedEntry): void {
		const names = safeNames(entry.path, entry.path);
		if (this.tree.size > maxPaths) throw refused(`it holds more than ${maxPaths} paths`);
		switch (entry.type) {
			case '0':
			case '7':
				if (names.length === 0) throw refused('a file has no name');
				// Some programs make a folder of it.
				if (entry.path.at(-1) === slash) throw cannot(entry, 'it is a file with the name of a folder');
				return this.make(entry, names, 'file');
			case '1':
				this.checkTarget(entry);
				return this.make(entry, names, 'file');
			case '2':
				if (entry.linkTarget.includes(0)) throw refused(`"${shown(entry)}" holds a NUL byte`);
				return this.make(entry, names, 'symlink');
			case '5':
				return this.make(entry, names, 'folder');
			default:
				throw refused(`"${shown(entry)}" is neither a file, a folder nor a link (type "${entry.type}")`);
		}
	}

	private make(entry: ParsedEntry, names: Buffer[], kind: PathKind): void {
		const last = names.at(-1);
		if (last === undefined) {
			if (kind === 'folder') return;
			throw cannot(entry, 'an entry has no name');
		}
		let folder = rootNode;
		for (const name of names.slice(0, -1)) {
			// Archives may leave out the entries of folders.
			const node = this.tree.find(folder, name) ?? this.tree.add(folder, name, 'folder');
			this.mustBeFolder(entry, node, name);
			folder = node;
		}
		const existing = this.tree.find(folder, last);
		if (existing === undefined) {
			this.tree.add(folder, last, kind);
			return;
		}
		const before = this.tree.kind(existing);
		if (kind === 'folder' && before === 'folder') return;
		throw cannot(entry, `the archive holds it a second time, before as ${described[before]}`);
	}

	private checkTarget(entry: ParsedEntry): void {
		let node = rootNode;
		let above: Buffer = Buffer.alloc(0);
		for (const name of safeNames(entry.linkTarget, entry.path)) {
			this.mustBeFolder(entry, node, above);
			const next = this.tree.find(node, name);
			if (next === undefined) throw cannot(entry, 'the target of a hard link does not come before it');
			node = next;
			above = name;
		}
		if (this.tree.kind(node) !== 'file') throw cannot(entry, 'the target of a hard link is no file');
	}

	private mustBeFolder(entry: ParsedEntry, node: number, name: Buffer): void {
		const kind = this.tree.kind(node);
		if (kind === 'folder') return;
		throw cannot(entry, `the way goes through "${name.toString('utf8')}", which is ${described[kind]}`);
	}
}

function cannot(entry: ParsedEntry, reason: string): BackupError {
	return refused(`"${shown(entry)}" cannot be made: ${reason}`);
}

function shown({ path }: ParsedEntry): string {
	return path.toString('utf8');
}
