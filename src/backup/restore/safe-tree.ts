import {
	closeSync,
	constants,
	fchmodSync,
	fchownSync,
	futimesSync,
	linkSync,
	lstatSync,
	mkdirSync,
	openSync,
	symlinkSync,
	lchownSync,
	lutimesSync,
} from 'node:fs';

/** Owner, mode and time of an entry. */
export interface Attributes {
	mode: number;
	uid: number;
	gid: number;
	/** Seconds since 1970; undefined leaves the time of the restore. */
	mtimeSeconds?: number | undefined;
}

const openFolder = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
const createFile = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

/** So many folders on the way to the last entry stay open; deeper ones are opened for each entry. */
const maxHeld = 64;

/** A folder on the way that is held open. */
interface HeldFolder {
	name: Buffer;
	descriptor: number;
}

/**
 * A folder in which entries are made name by name, each folder on the way being opened without following links and
 * held by its descriptor. So neither a link that an archive has planted earlier nor one that somebody swaps in
 * meanwhile leads out of it. Folders stay open until an entry comes that lies elsewhere: most entries of an archive
 * are neighbours, and opening the way to each anew would take longer than making it.
 */
export class SafeTree {
	private readonly root: number;
	private readonly held: HeldFolder[] = [];

	constructor(
		path: string,
		/** Whether owners can be set; only root can. */
		private readonly setOwners = process.getuid?.() === 0,
	) {
		this.root = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
	}

	close(): void {
		this.letGo(0);
		closeSync(this.root);
	}

	/** Makes a folder unless it is there already. */
	folder(names: Buffer[]): void {
		if (names.length === 0) return;
		this.within(names, (at) => {
			try {
				mkdirSync(at, 0o700);
			} catch (thrown) {
				if (!isFolder(at)) throw thrown;
			}
		});
	}

	/** Makes a new file and returns its descriptor; an existing entry of that name is an error. */
	file(names: Buffer[]): number {
		return this.within(names, (at) => openSync(at, createFile, 0o600));
	}

	symlink(names: Buffer[], target: Buffer, attributes: Attributes): void {
		this.within(names, (at) => {
			symlinkSync(target, at);
			if (this.setOwners) lchownSync(at, attributes.uid, attributes.gid);
			const time = nodeTime(attributes);
			if (time !== undefined) lutimesSync(at, time, time);
		});
	}

	/** Makes a second name for a file of this tree. @throws when that is no plain file */
	hardlink(names: Buffer[], target: Buffer[]): void {
		const last = lastOf(target);
		this.opened(target.slice(0, -1), (folder) => {
			const existing = child(folder, last);
			if (!lstatSync(existing).isFile()) throw new Error('the target of a hard link is no file');
			this.within(names, (at) => linkSync(existing, at));
		});
	}

	/** Sets owner, then mode (a change of owner clears setuid), then time. */
	finishFile(descriptor: number, attributes: Attributes): void {
		if (this.setOwners) fchownSync(descriptor, attributes.uid, attributes.gid);
		fchmodSync(descriptor, attributes.mode & 0o7777);
		const time = nodeTime(attributes);
		if (time !== undefined) futimesSync(descriptor, time, time);
	}

	finishFolder(names: Buffer[], attributes: Attributes): void {
		this.opened(names, (descriptor) => this.finishFile(descriptor, attributes));
	}

	/** Runs `work` with a path to the last name that goes through the descriptor of its folder. */
	private within<T>(names: Buffer[], work: (at: Buffer) => T): T {
		const last = lastOf(names);
		const way = names.slice(0, -1);
		const holdable = way.slice(0, maxHeld);
		let common = 0;
		while (common < holdable.length && this.held[common]?.name.equals(holdable[common] ?? last)) common += 1;
		this.letGo(common);
		for (const name of holdable.slice(common)) {
			this.held.push({ name: Buffer.from(name), descriptor: enter(this.innermost(), name) });
		}
		if (way.length === holdable.length) return work(child(this.innermost(), last));
		return opened(this.innermost(), way.slice(maxHeld), (folder) => work(child(folder, last)));
	}

	/** Runs `work` with the descriptor of a folder that is not held beyond that. */
	private opened<T>(names: Buffer[], work: (descriptor: number) => T): T {
		return opened(this.root, names, work);
	}

	private innermost(): number {
		return this.held.at(-1)?.descriptor ?? this.root;
	}

	/** Closes the held folders but the outermost ones. */
	private letGo(kept: number): void {
		for (const { descriptor } of this.held.splice(kept)) closeSync(descriptor);
	}
}

function opened<T>(base: number, names: Buffer[], work: (descriptor: number) => T): T {
	let current = openSync(`/proc/self/fd/${base}/.`, openFolder);
	try {
		for (const name of names) {
			const next = enter(current, name);
			closeSync(current);
			current = next;
		}
		return work(current);
	} finally {
		closeSync(current);
	}
}

/** Opens a folder in another one. Archives may leave out the entries of folders, so a missing one is made. */
function enter(folder: number, name: Buffer): number {
	const at = child(folder, name);
	try {
		return openSync(at, openFolder);
	} catch (thrown) {
		if ((thrown as NodeJS.ErrnoException).code !== 'ENOENT') throw thrown;
		mkdirSync(at, 0o700);
		return openSync(at, openFolder);
	}
}

function lastOf(names: Buffer[]): Buffer {
	const last = names.at(-1);
	if (last === undefined) throw new Error('an entry has no name');
	return last;
}

/** Node takes a negative number for "now", but a Date before 1970 (exact to the millisecond) as it is. */
function nodeTime({ mtimeSeconds }: Attributes): number | Date | undefined {
	return mtimeSeconds !== undefined && mtimeSeconds < 0 ? new Date(mtimeSeconds * 1000) : mtimeSeconds;
}

/** The path of a name in an open folder, whatever that is called by now. */
export function child(descriptor: number, name: Buffer): Buffer {
	return Buffer.concat([Buffer.from(`/proc/self/fd/${descriptor}/`), name]);
}

function isFolder(at: Buffer): boolean {
	return lstatSync(at, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
