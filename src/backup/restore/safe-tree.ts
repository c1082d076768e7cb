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

/**
 * A folder in which entries are made name by name, each folder on the way being opened without following links and
 * held by its descriptor. So neither a link that an archive has planted earlier nor one that somebody swaps in
 * meanwhile leads out of it.
 */
export class SafeTree {
	private readonly root: number;

	constructor(
		path: string,
		/** Whether owners can be set; only root can. */
		private readonly setOwners = process.getuid?.() === 0,
	) {
		this.root = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
	}

	close(): void {
		closeSync(this.root);
	}

	/** Makes a folder unless it is there already. */
	folder(names: Buffer[]): void {
		if (names.length === 0) return;
		this.within(names, (at) => {
			if (!isFolder(at)) mkdirSync(at, 0o700);
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
		this.within(target, (existing) => {
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
		const last = names.at(-1);
		if (last === undefined) throw new Error('an entry has no name');
		return this.opened(names.slice(0, -1), (descriptor) => work(child(descriptor, last)));
	}

	private opened<T>(names: Buffer[], work: (descriptor: number) => T): T {
		let current = openSync(`/proc/self/fd/${this.root}/.`, openFolder);
		try {
			for (const name of names) {
				const at = child(current, name);
				// Archives may leave out the entries of folders.
				if (!exists(at)) mkdirSync(at, 0o700);
				const next = openSync(at, openFolder);
				closeSync(current);
				current = next;
			}
			return work(current);
		} finally {
			closeSync(current);
		}
	}
}

/** Node takes a negative number for "now", but a Date before 1970 (exact to the millisecond) as it is. */
function nodeTime({ mtimeSeconds }: Attributes): number | Date | undefined {
	return mtimeSeconds !== undefined && mtimeSeconds < 0 ? new Date(mtimeSeconds * 1000) : mtimeSeconds;
}

/** The path of a name in an open folder, whatever that is called by now. */
export function child(descriptor: number, name: Buffer): Buffer {
	return Buffer.concat([Buffer.from(`/proc/self/fd/${descriptor}/`), name]);
}

function exists(at: Buffer): boolean {
	return lstatSync(at, { throwIfNoEntry: false }) !== undefined;
}

function isFolder(at: Buffer): boolean {
	return lstatSync(at, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
