import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { rootNode, type Change } from './faults';

interface Known {
	/** Of a file. */
	content: Buffer;
	/** Of a folder. */
	names: Map<string, number>;
}

interface Node {
	isFolder: boolean;
	now: Known;
	/** As it was when it was last put on disk. */
	kept: Known;
}

/** Whether what was not put on disk by name survives all the same; what was is always there. */
export type Survivors = 'nothing' | 'names' | 'contents';

/**
 * What a disk may hold after a power cut, from the record of what was changed on it. It promises as little as POSIX
 * does: a content is kept once the file was put on disk, a name once its folder was.
 */
export class PowerCut {
	private readonly nodes = new Map<number, Node>([[rootNode, blank(true)]]);

	apply(change: Change): void {
		switch (change.kind) {
			case 'create':
			case 'mkdir':
				this.nodes.set(change.node, blank(change.kind === 'mkdir'));
				this.at(change.folder).now.names.set(change.name, change.node);
				return;
			case 'write': {
				const { now } = this.at(change.node);
				const data = Buffer.from(change.data, 'base64');
				const content = Buffer.alloc(Math.max(now.content.length, change.offset + data.length));
				now.content.copy(content);
				data.copy(content, change.offset);
				now.content = content;
				return;
			}
			case 'truncate': {
				const { now } = this.at(change.node);
				const content = Buffer.alloc(change.sizeBytes);
				now.content.copy(content);
				now.content = content;
				return;
			}
			case 'rename': {
				const from = this.at(change.folder).now.names;
				const moved = from.get(change.name);
				from.delete(change.name);
				if (moved !== undefined) this.at(change.toFolder).now.names.set(change.toName, moved);
				return;
			}
			case 'remove':
				this.at(change.folder).now.names.delete(change.name);
				return;
			case 'sync': {
				const node = this.at(change.node);
				node.kept = { content: node.now.content, names: new Map(node.now.names) };
			}
		}
	}

	/** Tells states apart without making them. */
	fingerprint(survivors: Survivors): string {
		const hash = createHash('sha256');
		this.walk(rootNode, '', survivors, (path, content) => hash.update(`${path}\0`).update(content ?? ''));
		return hash.digest('hex');
	}

	/** Puts what is there after the power cut into an empty folder. */
	restart(survivors: Survivors, folder: string): void {
		this.walk(rootNode, '', survivors, (path, content) => {
			if (content === undefined) mkdirSync(join(folder, path));
			else writeFileSync(join(folder, path), content);
		});
	}

	private walk(
		node: number,
		path: string,
		survivors: Survivors,
		visit: (path: string, content: Buffer | undefined) => void,
	): void {
		const folder = this.at(node);
		const { names } = survivors === 'names' ? folder.now : folder.kept;
		for (const [name, child] of [...names].sort(([a], [b]) => (a < b ? -1 : 1))) {
			const { isFolder, now, kept } = this.at(child);
			visit(`${path}/${name}`, isFolder ? undefined : (survivors === 'contents' ? now : kept).content);
			if (isFolder) this.walk(child, `${path}/${name}`, survivors, visit);
		}
	}

	private at(node: number): Node {
		const found = this.nodes.get(node);
		if (!found) throw new Error(`The record names the unknown file ${node}.`);
		return found;
	}
}

function blank(isFolder: boolean): Node {
	const known = (): Known => ({ content: Buffer.alloc(0), names: new Map() });
	return { isFolder, now: known(), kept: known() };
}
