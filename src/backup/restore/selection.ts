import { BackupError } from '../errors';
import type { ParsedEntry } from '../../shared';
import { PathTree } from '../tar/path-tree';
import { safeNames } from '../tar/safe-names';

/** More than these are a folder somebody wants, and each costs steps of its own. */
const maxPaths = 1000;

const slash = Buffer.from('/');

/**
 * Files and folders of an archive that are to be restored alone. The archive is looked at once, entry by entry
 * (`see`), before anything is unpacked: only then is it known that each path is there, and which other files are
 * needed because a hard link among the chosen ones has its content there.
 */
export class PathSelection {
	/** The chosen paths, from the root of the archive on; none lies in another. */
	paths: readonly Buffer[][];
	private readonly chosen = new PathTree();
	/** Folders on the way to a chosen path. */
	private readonly ways = new PathTree();
	/** Files that are unpacked for the sake of a hard link, and not put into the target. */
	private readonly needed = new PathTree();
	/** Where the content of each hard link is. */
	private readonly targets = new Map<string, Buffer[]>();
	private readonly missing: Set<Buffer[]>;
	/** What was found in the archive so far. */
	private readonly found = { entries: 0, contentBytes: 0 };

	/**
	 * @param given as people write them: `uploads/a.jpg`, `uploads/`
	 * @param options with `mayMiss`, those that the archive does not hold are left as they are in the target
	 * @throws BackupError `path_unknown` for what is no path below the root
	 */
	constructor(
		private readonly artefact: string,
		given: readonly string[],
		private readonly options: { mayMiss?: boolean } = {},
	) {
		if (given.length === 0 || given.length > maxPaths) {
			throw unknown(`${given.length} paths of ${artefact} are given`, `Give 1 to ${maxPaths}.`);
		}
		const all = given.map((path) => namesOf(artefact, path));
		// An outer path holds the inner ones.
		this.paths = all.filter(
			(names, index) =>
				!all.some((other, at) => other !== names && isBelow(names, other, at < index ? 0 : 1)),
		);
		for (const names of this.paths) {
			this.chosen.addPath(names, 'file');
			this.ways.addPath(names.slice(0, -1), 'folder');
		}
		this.missing = new Set(this.paths);
	}

	/** The chosen paths for people, e.g. `uploads/a.jpg`. */
	get shown(): string[] {
		return this.paths.map((names) => shownNames(names));
	}

	/** How many entries are unpacked, those on the way included. */
	get entries(): number {
		return this.found.entries;
	}

	/** Of the content of the chosen files. */
	get contentBytes(): number {
		return this.found.contentBytes;
	}

	/** Looks at an entry of the archive; each must be seen once, in the order of the archive. */
	see(entry: ParsedEntry): void {
		const names = safeNames(entry.path, entry.path);
		if (entry.type === '1') this.targets.set(keyOf(names), safeNames(entry.linkTarget, entry.path));
		const path = this.pathOf(names);
		if (!path) {
			if (this.isWay(entry, names)) this.found.entries += 1;
			return;
		}
		this.missing.delete(path);
		this.found.entries += 1;
		this.found.contentBytes += entry.type === '0' || entry.type === '7' ? entry.sizeBytes : 0;
		this.need(this.targets.get(keyOf(names)));
	}

	/**
	 * To be called after the last entry.
	 * @throws BackupError `path_unknown` naming a path that the archive does not hold
	 */
	end(): void {
		const [missing] = this.missing;
		if (!missing) return;
		if (this.options.mayMiss) {
			this.paths = this.paths.filter((path) => !this.missing.has(path));
			return;
		}
		throw unknown(
			`${this.artefact} holds no "${shownNames(missing)}"`,
			'Give the path as it stands in the archive, below the root of the source: without a slash in front, upper and lower case as it was.',
		);
	}

	/** Whether an entry is to be unpacked into staging. */
	unpacks(entry: ParsedEntry): boolean {
		const names = safeNames(entry.path, entry.path);
		if (this.pathOf(names) || this.isWay(entry, names)) return true;
		const node = names.length === 0 ? undefined : this.needed.nodeAt(names);
		return node !== undefined && this.needed.kind(node) === 'file';
	}

	private need(target: Buffer[] | undefined): void {
		if (!target || this.pathOf(target) || this.needed.nodeAt(target) !== undefined) return;
		this.needed.addPath(target, 'file');
		// Its folders have gone by before.
		const before = this.ways.size;
		this.ways.addPath(target.slice(0, -1), 'folder');
		this.found.entries += 1 + this.ways.size - before;
		this.need(this.targets.get(keyOf(target)));
	}

	private isWay({ type }: ParsedEntry, names: Buffer[]): boolean {
		return type === '5' && this.ways.nodeAt(names) !== undefined;
	}

	/** The chosen path that an entry is or lies in. */
	private pathOf(names: Buffer[]): Buffer[] | undefined {
		let node = 0;
		for (const [index, name] of names.entries()) {
			const next = this.chosen.find(node, name);
			if (next === undefined) return undefined;
			if (this.chosen.kind(next) === 'file') {
				return this.paths.find((path) => path.length === index + 1 && isBelow(names, path, 0));
			}
			node = next;
		}
		return undefined;
	}
}

function namesOf(artefact: string, path: string): Buffer[] {
	const remedy = 'Give paths below the root of the source, such as uploads/a.jpg.';
	if (path.startsWith('/') || path.includes('\0') || path.split('/').includes('..')) {
		throw unknown(`"${path}" is no path in ${artefact}`, remedy);
	}
	const names = path
		.split('/')
		.filter((name) => name !== '' && name !== '.')
		.map((name) => Buffer.from(name));
	if (names.length === 0) {
		throw unknown(
			`"${path}" is the whole of ${artefact}`,
			'Leave out the path to restore all of the artefact.',
		);
	}
	return names;
}

/** Whether a path is another one or lies in it; with `deeper` 1 only the latter. */
function isBelow(names: readonly Buffer[], folder: readonly Buffer[], deeper: 0 | 1): boolean {
	return names.length >= folder.length + deeper && folder.every((name, index) => names[index]?.equals(name));
}

export function shownNames(names: readonly Buffer[]): string {
	return names.map((name) => name.toString('utf8')).join('/');
}

const keyOf = (names: readonly Buffer[]): string =>
	Buffer.concat(names.flatMap((name) => [name, slash])).toString('latin1');

function unknown(fault: string, remedy: string): BackupError {
	return new BackupError('path_unknown', `${fault}.`, remedy);
}
