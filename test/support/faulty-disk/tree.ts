import { rootNode, type Change } from './faults';
import type { Attributes } from './wire';

const folderType = 0o040000;
const fileType = 0o100000;

interface Node extends Attributes {
	parent: number;
	name: string;
	content: Buffer;
	entries: Map<string, number> | undefined;
}

/** Files and folders in memory, and a record of every change. */
export class DiskTree {
	readonly changes: Change[] = [];
	private readonly nodes = new Map<number, Node>();
	private last = rootNode;

	constructor() {
		this.nodes.set(rootNode, this.blank(rootNode, 0, '', folderType | 0o700));
	}

	at(node: number): Node {
		const found = this.nodes.get(node);
		if (!found) throw new DiskError('ENOENT');
		return found;
	}

	child(folder: number, name: string): Node {
		const node = this.at(folder).entries?.get(name);
		if (node === undefined) throw new DiskError('ENOENT');
		return this.at(node);
	}

	pathOf(node: number): string {
		const { parent, name } = this.at(node);
		return node === rootNode ? '' : `${this.pathOf(parent)}/${name}`;
	}

	make(kind: 'create' | 'mkdir', folder: number, name: string, mode: number): Node {
		const entries = this.folder(folder);
		if (entries.has(name)) throw new DiskError('EEXIST');
		this.last += 1;
		const type = kind === 'mkdir' ? folderType : fileType;
		const made = this.blank(this.last, folder, name, type | (mode & 0o7777));
		this.nodes.set(made.node, made);
		entries.set(name, made.node);
		this.changes.push({ kind, node: made.node, folder, name });
		return made;
	}

	write(node: number, offset: number, data: Buffer): void {
		const file = this.at(node);
		if (offset + data.length > file.content.length) this.resize(file, offset + data.length);
		data.copy(file.content, offset);
		file.changedMs = Date.now();
		this.changes.push({ kind: 'write', node, offset, data: data.toString('base64') });
	}

	truncate(node: number, sizeBytes: number): void {
		this.resize(this.at(node), sizeBytes);
		this.changes.push({ kind: 'truncate', node, sizeBytes });
	}

	rename(folder: number, name: string, toFolder: number, toName: string): void {
		const moved = this.child(folder, name);
		this.folder(folder).delete(name);
		this.folder(toFolder).set(toName, moved.node);
		Object.assign(moved, { parent: toFolder, name: toName });
		this.changes.push({ kind: 'rename', folder, name, toFolder, toName });
	}

	remove(folder: number, name: string, isFolder: boolean): void {
		const { entries } = this.child(folder, name);
		if (isFolder && entries === undefined) throw new DiskError('ENOTDIR');
		if (!isFolder && entries !== undefined) throw new DiskError('EISDIR');
		if (entries && entries.size > 0) throw new DiskError('ENOTEMPTY');
		this.folder(folder).delete(name);
		this.changes.push({ kind: 'remove', folder, name });
	}

	sync(node: number): void {
		this.changes.push({ kind: 'sync', node });
	}

	private folder(node: number): Map<string, number> {
		const { entries } = this.at(node);
		if (!entries) throw new DiskError('ENOTDIR');
		return entries;
	}

	private resize(file: Node, sizeBytes: number): void {
		const content = Buffer.alloc(sizeBytes);
		file.content.copy(content);
		Object.assign(file, { content, sizeBytes, changedMs: Date.now() });
	}

	private blank(node: number, parent: number, name: string, mode: number): Node {
		const isFolder = (mode & folderType) !== 0;
		return {
			...{ node, parent, name, mode, sizeBytes: 0, links: isFolder ? 2 : 1, uid: 0, gid: 0 },
			changedMs: Date.now(),
			content: Buffer.alloc(0),
			entries: isFolder ? new Map() : undefined,
		};
	}
}

/** Refuses a request, by the name of an error of the system. */
export class DiskError extends Error {}
