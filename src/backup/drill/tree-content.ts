import { createHash, type Hash } from 'node:crypto';

import { TarChecker } from '../tar/check';
import { PathTree } from '../tar/path-tree';
import { safeNames } from '../tar/safe-names';
import { shownPath } from '../warnings';

/** Of one entry: what it is, mode, owner, group, time and the SHA-256 of its content or link target. */
const recordBytes = 56;
const [kindAt, modeAt, uidAt, gidAt, timeAt, hashAt] = [0, 2, 4, 8, 16, 24];
const hashBytes = 32;
/** More are counted. */
const maxTold = 20;
/** Engines keep whole seconds. */
const timeToleranceSeconds = 1.001;

/** What can be the same. */
export interface Comparison {
	/** Where only root may set owners and this process is not, they differ. */
	owners: boolean;
}

/**
 * What an archive of files holds, entry by entry, in about 120 bytes for each. Two archives of one tree are the same,
 * whatever the order of their entries and whichever name of a file with several has its content.
 */
export class TreeContent {
	private readonly tree = new PathTree();
	private records = Buffer.alloc(1024 * recordBytes);
	private current: { node: number; hash: Hash } | undefined;
	private count = 0;
	private readonly checker = new TarChecker({
		entry: ({ path, type, mode, uid, gid, mtimeSeconds, linkTarget }) => {
			this.endFile();
			const node = this.nodeOf(safeNames(path, path), type === '5');
			if (this.records[node * recordBytes + kindAt] === 0) this.count += 1;
			if (type === '1') {
				const target = this.tree.nodeAt(safeNames(linkTarget, path)) ?? 0;
				this.records.copyWithin(node * recordBytes, target * recordBytes, (target + 1) * recordBytes);
				return;
			}
			const at = node * recordBytes;
			// Files have two type flags.
			this.records.writeUInt8((type === '7' ? '0' : type).charCodeAt(0), at + kindAt);
			this.records.writeUInt16LE(mode & 0o7777, at + modeAt);
			this.records.writeUInt32LE(uid >>> 0, at + uidAt);
			this.records.writeUInt32LE(gid >>> 0, at + gidAt);
			this.records.writeDoubleLE(mtimeSeconds, at + timeAt);
			const hash = createHash('sha256');
			if (type === '2') hash.update(linkTarget);
			this.current = { node, hash };
		},
		content: (piece) => this.current?.hash.update(piece),
	});

	/** How many entries there are. */
	get entries(): number {
		return this.count;
	}

	/** @throws BackupError `archive_damaged` */
	push(chunk: Buffer): void {
		this.checker.push(chunk);
	}

	/** To be called after the last chunk. @throws BackupError `archive_cut` */
	end(): void {
		this.endFile();
		this.checker.end();
	}

	/** How a tree that was restored from this one differs, a line for each entry, the first of them only. */
	differences(restored: TreeContent, comparison: Comparison): string[] {
		const lines: string[] = [];
		let more = 0;
		const tell = (names: Buffer[], fault: string): void => {
			const path = names.map((name) => name.toString('utf8')).join('/') || '.';
			if (lines.length < maxTold) lines.push(`"${shownPath(path)}" ${fault}`);
			else more += 1;
		};
		for (let node = 0; node < this.tree.size; node += 1) {
			if (!this.holds(node)) continue;
			const names = this.tree.pathOf(node);
			const other = restored.tree.nodeAt(names);
			const fault =
				other === undefined || !restored.holds(other)
					? 'is missing'
					: this.fault(node, restored, other, comparison);
			if (fault !== undefined) tell(names, fault);
		}
		for (let node = 0; node < restored.tree.size; node += 1) {
			if (!restored.holds(node)) continue;
			const names = restored.tree.pathOf(node);
			const other = this.tree.nodeAt(names);
			if (other === undefined || !this.holds(other)) tell(names, 'was not there');
		}
		return more === 0 ? lines : [...lines, `and ${more} more`];
	}

	private fault(node: number, other: TreeContent, at: number, { owners }: Comparison): string | undefined {
		const [mine, its] = [this.record(node), other.record(at)];
		const kind = mine[kindAt];
		if (kind !== its[kindAt]) return 'is of another kind';
		if (!mine.subarray(hashAt, hashAt + hashBytes).equals(its.subarray(hashAt, hashAt + hashBytes))) {
			return 'has other content';
		}
		const isLink = kind === '2'.charCodeAt(0);
		// Links have no rights of their own.
		if (!isLink && mine.readUInt16LE(modeAt) !== its.readUInt16LE(modeAt)) {
			const [was, is] = [mine, its].map((record) => record.readUInt16LE(modeAt).toString(8));
			return `has the mode ${is} instead of ${was}`;
		}
		const sameOwner = mine.subarray(uidAt, gidAt + 4).equals(its.subarray(uidAt, gidAt + 4));
		if (owners && !sameOwner) return 'has another owner';
		const apart = Math.abs(mine.readDoubleLE(timeAt) - its.readDoubleLE(timeAt));
		return !isLink && apart > timeToleranceSeconds ? 'has another time' : undefined;
	}

	private holds(node: number): boolean {
		return this.record(node)[kindAt] !== 0;
	}

	private record(node: number): Buffer {
		return this.records.subarray(node * recordBytes, (node + 1) * recordBytes);
	}

	private nodeOf(names: Buffer[], isFolder: boolean): number {
		if (names.length > 0) this.tree.addPath(names, isFolder ? 'folder' : 'file');
		const needed = this.tree.size * recordBytes;
		if (needed > this.records.length) {
			this.records = Buffer.concat([this.records, Buffer.alloc(needed)]);
		}
		return this.tree.nodeAt(names) ?? 0;
	}

	private endFile(): void {
		if (!this.current) return;
		const { node, hash } = this.current;
		hash.digest().copy(this.records, node * recordBytes + hashAt);
		this.current = undefined;
	}
}
