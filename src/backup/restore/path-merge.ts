import { randomBytes } from 'node:crypto';
import {
	closeSync,
	constants,
	fchmodSync,
	fchownSync,
	fsyncSync,
	fstatSync,
	futimesSync,
	linkSync,
	lstatSync,
	mkdirSync,
	openSync,
	renameSync,
	rmdirSync,
	unlinkSync,
	type Stats,
} from 'node:fs';

import { BackupError } from '../errors';
import { child } from './safe-tree';
import { shownNames } from './selection';

const openFolder = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/** Names in the folder that holds target and staging. */
interface MergeNames {
	target: string;
	/** For what is replaced; undefined when nothing may be. */
	kept: string | undefined;
}

/**
 * Puts paths of a staging folder into their places in a directory. Every folder on the way is opened without following
 * links and what is in it reached through its descriptor, so neither a link that is there nor one that is swapped
 * in meanwhile leads anywhere else.
 */
export class PathMerge {
	/** What takes each step back that was done. */
	private undo: (() => void)[] = [];
	private putAwaySoFar = 0;
	private readonly descriptors: number[] = [];

	/**
	 * @param parent descriptor of the folder that holds the target
	 * @param staging descriptor of the staging folder
	 */
	constructor(
		private readonly parent: number,
		private readonly staging: number,
		private readonly names: MergeNames,
	) {}

	/** The paths that there are below a folder. @throws BackupError when a link or a file is on the way to one */
	static existing(root: string, paths: readonly Buffer[][]): Buffer[][] {
		return paths.filter((names) => {
			let folder = openSync(root, openFolder);
			try {
				for (const name of names.slice(0, -1)) {
					const next = openExisting(folder, name, names);
					if (next === undefined) return false;
					closeSync(folder);
					folder = next;
				}
				return exists(child(folder, names.at(-1) ?? Buffer.alloc(0)));
			} finally {
				closeSync(folder);
			}
		});
	}

	/** @throws after a failure `takeBack` must be called */
	run(paths: readonly Buffer[][]): void {
		const root = Buffer.from(this.names.target);
		for (const names of paths) {
			const last = names.at(-1) ?? Buffer.alloc(0);
			const way = names.slice(0, -1);
			const from = this.enter(this.staging, way, names);
			// The first name is the target itself, which is the root of the archive.
			const into = this.enter(this.parent, [root, ...way], names, {
				made: (made, depth) => takeAfter(made, this.enter(this.staging, way.slice(0, depth), names)),
				takeBack: (at) => this.putAway(at),
			});
			const times = fstatSync(into);
			this.undo.push(() => setTimes(into, times));
			const [source, place] = [child(from, last), child(into, last)];
			if (exists(place)) this.keep(names, source, place);
			renameSync(source, place);
			this.undo.push(() => this.putAway(place));
			fsyncSync(into);
			setTimes(into, times);
		}
	}

	/** Gives what is in the way a place beside. */
	private keep(names: Buffer[], source: Buffer, place: Buffer): void {
		const { kept } = this.names;
		if (kept === undefined) throw new Error(`"${shownNames(names)}" was made there meanwhile`);
		const beside = this.enter(
			this.parent,
			[Buffer.from(kept), ...names.slice(0, -1)],
			names,
			// What is kept is never moved anywhere but back to its place.
			{ made: () => undefined, takeBack: rmdirSync },
		);
		const keptAt = child(beside, names.at(-1) ?? Buffer.alloc(0));
		const isFolder = [source, place].some((at) => lstatSync(at).isDirectory());
		// A file that has both names is then replaced in one step, so that there is no moment without either.
		if (isFolder || !hasSecondName(place, keptAt)) renameSync(place, keptAt);
		this.undo.push(() => {
			renameSync(keptAt, place);
			// Two names of one file stay both.
			if (exists(keptAt)) unlinkSync(keptAt);
		});
		fsyncSync(beside);
	}

	/**
	 * Takes back what was done, also after others have worked in the places: what is there then moves into the staging folder.
	 * @returns false when not all of it could be taken back
	 */
	takeBack(): boolean {
		const steps = this.undo.reverse();
		this.undo = [];
		const done = steps.filter((step) => {
			try {
				step();
				return true;
			} catch {
				return false;
			}
		});
		return done.length === steps.length;
	}

	/** Moves what stands at a path into the staging folder, which is removed with it. */
	private putAway(at: Buffer): void {
		if (!exists(at)) return;
		this.putAwaySoFar += 1;
		const name = `.taken-back-${randomBytes(6).toString('hex')}-${this.putAwaySoFar}`;
		renameSync(at, child(this.staging, Buffer.from(name)));
	}

	close(): void {
		for (const descriptor of this.descriptors) closeSync(descriptor);
	}

	/** Opens a folder below another one; folders that are missing are made only with `making`. */
	private enter(base: number, way: Buffer[], names: Buffer[], making?: Making): number {
		let at = openSync(`/proc/self/fd/${base}/.`, openFolder);
		this.descriptors.push(at);
		for (const [depth, name] of way.entries()) {
			let next = openExisting(at, name, names);
			if (next === undefined) {
				if (!making) throw new Error(`the folder "${name.toString('utf8')}" is gone`);
				next = this.make(at, name, making.takeBack);
				this.descriptors.push(next);
				making.made(next, depth);
			} else this.descriptors.push(next);
			at = next;
		}
		return at;
	}

	private make(at: number, name: Buffer, takeBack: Making['takeBack']): number {
		const path = child(at, name);
		const times = fstatSync(at);
		this.undo.push(() => setTimes(at, times));
		mkdirSync(path, 0o700);
		this.undo.push(() => takeBack(path));
		fsyncSync(at);
		setTimes(at, times);
		return openSync(path, openFolder);
	}
}

/** How missing folders on a way are made. */
interface Making {
	/** Makes a new one like others; is told how many names are before it. */
	made(descriptor: number, depth: number): void;
	/** Removes it again. */
	takeBack(at: Buffer): void;
}

/** Undefined when there is nothing of that name. */
function openExisting(folder: number, name: Buffer, names: Buffer[]): number | undefined {
	try {
		return openSync(child(folder, name), openFolder);
	} catch (thrown) {
		const { code } = thrown as NodeJS.ErrnoException;
		if (code === 'ENOENT') return undefined;
		if (code !== 'ELOOP' && code !== 'ENOTDIR') throw thrown;
		throw new BackupError(
			'target_refused',
			`The way to "${shownNames(names)}" goes through "${name.toString('utf8')}", which is a link or no folder in the target and is not followed.`,
			'Restore to another path, or move that entry away first.',
		);
	}
}

/** Whether the file has got a second name, so that the first can be replaced in one step. */
function hasSecondName(file: Buffer, second: Buffer): boolean {
	try {
		linkSync(file, second);
		return true;
	} catch {
		// Not every file system knows hard links.
		return false;
	}
}

function takeAfter(made: number, model: number): void {
	const stats = fstatSync(model);
	if (process.getuid?.() === 0) fchownSync(made, stats.uid, stats.gid);
	fchmodSync(made, stats.mode & 0o7777);
	setTimes(made, stats);
}

/** Node takes a negative number for "now", but a Date before 1970 as it is. */
function setTimes(descriptor: number, { atimeMs, mtimeMs }: Stats): void {
	const [atime, mtime] = [atimeMs, mtimeMs].map((time) => (time < 0 ? new Date(time) : time / 1000));
	futimesSync(descriptor, atime ?? 0, mtime ?? 0);
}

function exists(at: Buffer): boolean {
	return lstatSync(at, { throwIfNoEntry: false }) !== undefined;
}
