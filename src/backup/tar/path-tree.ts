import { randomInt } from 'node:crypto';

const kinds = ['folder', 'file', 'symlink'] as const;
/** What stands at a path; another name of a file is a file. */
export type PathKind = (typeof kinds)[number];

/** The folder in which every path begins. */
export const rootNode = 0;

const arenaBytes = 1024 * 1024;

/**
 * Remembers every path of an archive and what stands there. The names are kept whole, not as hashes, so that no two
 * paths are ever taken for one; an entry takes 20 to 40 bytes and its last name, all of it outside the heap of V8.
 */
export class PathTree {
	/** For each node: its folder, where its name stands in the arenas, and its kind. */
	private parents = new Uint32Array(1024);
	private names = new Uint32Array(1024);
	private kinds = new Uint8Array(1024);
	private count = 1;
	/** Names, a byte for the length before each; none crosses the border of an arena. */
	private readonly arenas: Buffer[] = [];
	private arenaUsed = arenaBytes;
	/** Nodes by the hash of folder and name, open addressing; 0 is a free slot. */
	private slots = new Uint32Array(2048);
	/** So that an archive cannot be prepared whose names all collide. */
	private readonly seed = randomInt(2 ** 31);

	/** How many paths are remembered, the root included. */
	get size(): number {
		return this.count;
	}

	kind(node: number): PathKind {
		return kinds[this.kinds[node] ?? 0] ?? 'folder';
	}

	/** The node of a name in a folder, undefined when there is none. */
	find(folder: number, name: Buffer): number | undefined {
		const node = this.slots[this.slotOf(folder, name)];
		return node === 0 ? undefined : node;
	}

	/**
	 * Remembers a name that `find` has not found.
	 * @param name of 1 to 255 bytes
	 */
	add(folder: number, name: Buffer, kind: PathKind): number {
		if (this.count * 2 > this.slots.length) this.growSlots();
		if (this.count === this.parents.length) this.growNodes();
		const node = this.count;
		this.count += 1;
		this.parents[node] = folder;
		this.names[node] = this.store(name);
		this.kinds[node] = kinds.indexOf(kind);
		this.slots[this.slotOf(folder, name)] = node;
		return node;
	}

	/** What stands at a path, undefined when nothing does. */
	kindAt(names: readonly Buffer[]): PathKind | undefined {
		const node = this.nodeAt(names);
		return node === undefined ? undefined : this.kind(node);
	}

	/** Remembers a path together with its folders, unless it is known. */
	addPath(names: readonly Buffer[], kind: PathKind): void {
		let node = rootNode;
		names.forEach((name, index) => {
			const own = index === names.length - 1 ? kind : 'folder';
			node = this.find(node, name) ?? this.add(node, name, own);
		});
	}

	/** The node of a path, undefined when nothing is there. */
	nodeAt(names: readonly Buffer[]): number | undefined {
		let node: number | undefined = rootNode;
		for (const name of names) {
			if (node === undefined) return undefined;
			node = this.find(node, name);
		}
		return node;
	}

	/** The folder of a node. */
	folderOf(node: number): number {
		return this.parents[node] ?? rootNode;
	}

	/** The names on the way from the root to a node. */
	pathOf(node: number): Buffer[] {
		const names: Buffer[] = [];
		for (let at = node; at !== rootNode; at = this.folderOf(at)) names.unshift(this.nameOf(at));
		return names;
	}

	/** The slot that holds this name, or the free one where it belongs. */
	private slotOf(folder: number, name: Buffer): number {
		const mask = this.slots.length - 1;
		let slot = this.hash(folder, name) & mask;
		for (let node = this.slots[slot]; node; node = this.slots[slot]) {
			if (this.parents[node] === folder && this.hasName(node, name)) break;
			slot = (slot + 1) & mask;
		}
		return slot;
	}

	private hasName(node: number, name: Buffer): boolean {
		const position = this.names[node] ?? 0;
		const arena = this.arenas[Math.floor(position / arenaBytes)];
		const start = position % arenaBytes;
		if (arena?.[start] !== name.length) return false;
		return name.compare(arena, start + 1, start + 1 + name.length) === 0;
	}

	private store(name: Buffer): number {
		if (this.arenaUsed + 1 + name.length > arenaBytes) {
			this.arenas.push(Buffer.allocUnsafeSlow(arenaBytes));
			this.arenaUsed = 0;
		}
		const start = this.arenaUsed;
		const arena = this.arenas.at(-1);
		arena?.writeUInt8(name.length, start);
		arena?.set(name, start + 1);
		this.arenaUsed += 1 + name.length;
		return (this.arenas.length - 1) * arenaBytes + start;
	}

	/** FNV-1a with a last round of mixing, because the lower bits alone are used. */
	private hash(folder: number, name: Buffer): number {
		let hash = Math.imul(this.seed ^ folder, 0x01000193);
		for (let index = 0; index < name.length; index += 1) {
			hash = Math.imul(hash ^ (name[index] ?? 0), 0x01000193);
		}
		hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
		return hash ^ (hash >>> 13);
	}

	private growNodes(): void {
		const length = this.parents.length * 2;
		this.parents = grown(this.parents, new Uint32Array(length));
		this.names = grown(this.names, new Uint32Array(length));
		this.kinds = grown(this.kinds, new Uint8Array(length));
	}

	private growSlots(): void {
		this.slots = new Uint32Array(this.slots.length * 2);
		for (let node = 1; node < this.count; node += 1) {
			this.slots[this.slotOf(this.parents[node] ?? 0, this.nameOf(node))] = node;
		}
	}

	private nameOf(node: number): Buffer {
		const position = this.names[node] ?? 0;
		const arena = this.arenas[Math.floor(position / arenaBytes)] ?? Buffer.alloc(0);
		const start = position % arenaBytes;
		return arena.subarray(start + 1, start + 1 + (arena[start] ?? 0));
	}
}

function grown<T extends Uint8Array | Uint32Array>(from: T, to: T): T {
	to.set(from);
	return to;
}
