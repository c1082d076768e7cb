import { TarChecker } from './check';
import { endOfArchive, padding, tarHeader, type TarEntry } from '../../shared';

/** A file, folder or link with its content, which is small enough to be held in memory. */
export interface ContentEntry extends Pick<TarEntry, 'mode' | 'uid' | 'gid' | 'mtimeNs'> {
	/** Below the root of the archive, without a slash in front or at the end. */
	path: string;
	/** Of a file. */
	content?: Buffer;
	/** Of a symbolic link. */
	linkTarget?: string;
}

/**
 * A tar archive of these entries and the folders on the way to them, sorted by the bytes of their paths, so that the
 * same entries give the same archive. What lies below a link is left out, since no program would unpack it.
 *
 * @param leftOut is told the path of what was left out
 */
export function* tarOf(
	entries: readonly ContentEntry[],
	leftOut: (path: string) => void = () => {},
): Generator<Buffer, { entries: number }, undefined> {
	const all = withFolders(entries, leftOut);
	const checker = new TarChecker();
	const pieces = [...all].map((entry) => pieceOf(entry));
	for (const piece of [...pieces, endOfArchive]) {
		checker.push(piece);
		yield piece;
	}
	return { entries: checker.end().entries };
}

function withFolders(entries: readonly ContentEntry[], leftOut: (path: string) => void): ContentEntry[] {
	const byPath = new Map(entries.map((entry) => [entry.path, entry]));
	for (const { path } of entries) {
		const above = foldersAbove(path);
		if (above.some((folder) => isNoFolder(byPath.get(folder)))) {
			byPath.delete(path);
			leftOut(path);
			continue;
		}
		for (const folder of above) {
			if (!byPath.has(folder)) byPath.set(folder, { path: folder, mode: 0o755, uid: 0, gid: 0, mtimeNs: 0n });
		}
	}
	byPath.set('.', { path: '.', mode: 0o700, uid: 0, gid: 0, mtimeNs: 0n });
	return [...byPath.values()].sort((a, b) => Buffer.compare(sortKey(a), sortKey(b)));
}

const isNoFolder = (entry: ContentEntry | undefined): boolean =>
	entry?.content !== undefined || entry?.linkTarget !== undefined;

const sortKey = ({ path }: ContentEntry): Buffer =>
	Buffer.from(path === '.' ? '' : path.replaceAll('/', '\0'));

function foldersAbove(path: string): string[] {
	const names = path.split('/');
	return names.slice(1).map((_, index) => names.slice(0, index + 1).join('/'));
}

function pieceOf({ path, content, linkTarget, ...rights }: ContentEntry): Buffer {
	if (linkTarget !== undefined) {
		const link = { path: Buffer.from(path), linkTarget: Buffer.from(linkTarget), sizeBytes: 0 };
		return tarHeader({ ...rights, ...link, type: 'symlink' });
	}
	if (content === undefined) {
		return tarHeader({ ...rights, path: Buffer.from(`${path}/`), type: 'directory', sizeBytes: 0 });
	}
	const sizeBytes = content.length;
	const header = tarHeader({ ...rights, path: Buffer.from(path), type: 'file', sizeBytes });
	return Buffer.concat([header, content, Buffer.alloc(padding(sizeBytes))]);
}
