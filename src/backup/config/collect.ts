import { posix } from 'node:path';

import type { ContentEntry } from '../tar/write';
import type { WarningList } from '../warnings';
import { composeReferences, isComposeFile } from './compose';
import type { PathReader } from './reader';

/** A chain of links that is longer leads in a circle. */
const maxLinks = 8;
/** Of all files of a source: they are held in memory. */
const maxTotalBytes = 64 * 1024 * 1024;
const maxEntries = 10_000;

/**
 * The files of a configuration, as entries below `files/`, with what their links lead to. What a Compose file takes
 * from elsewhere and is not kept is told, and so is whatever is missing, empty or too large.
 */
export class ConfigCollector {
	private readonly entries = new Map<string, ContentEntry>();
	private readonly referring: { path: string; content: Buffer }[] = [];
	private sizeBytes = 0;
	private kept = 0;

	constructor(
		private readonly reader: PathReader,
		private readonly warnings: WarningList,
	) {}

	/** Files, links and folders that were found. */
	get found(): number {
		return this.kept;
	}

	async collect(paths: readonly string[]): Promise<ContentEntry[]> {
		for (const path of paths) await this.add(path, 0);
		for (const { path, content } of this.referring) await this.checkReferences(path, content);
		return [...this.entries.values()];
	}

	private async add(path: string, links: number): Promise<void> {
		if (this.entries.has(nameOf(path))) return;
		if (this.kept >= maxEntries)
			return this.warnings.add(path, `is not kept: there are more than ${maxEntries} files`);
		const found = await this.reader.read(path);
		if (!found) return this.warnings.add(path, 'does not exist');
		if (found.type === 'unkept') return this.warnings.add(path, found.reason);
		const { mode, uid, gid, mtimeNs } = found;
		const entry = { path: nameOf(path), mode, uid, gid, mtimeNs };
		if (found.type === 'file') return this.addFile(path, entry, found.content);
		this.kept += 1;
		if (found.type === 'directory') {
			this.entries.set(entry.path, entry);
			for (const name of found.names) await this.add(posix.join(path, name), 0);
			return;
		}
		this.entries.set(entry.path, { ...entry, linkTarget: found.target });
		if (links >= maxLinks) return this.warnings.add(path, 'is a link that leads to links without an end');
		await this.addTarget(posix.resolve(posix.dirname(path), found.target), path, links);
	}

	/** A folder that a link leads to may be anything, and is named if it is wanted. */
	private async addTarget(target: string, from: string, links: number): Promise<void> {
		const found = await this.reader.read(target);
		if (!found) return this.warnings.add(from, `is a link to ${target}, which does not exist`);
		if (found.type !== 'directory') return await this.add(target, links + 1);
		if (this.entries.has(nameOf(target))) return;
		this.warnings.add(
			from,
			`is a link to the folder ${target}, which is kept only when it is among the paths`,
		);
	}

	private addFile(path: string, entry: ContentEntry, content: Buffer): void {
		if (this.sizeBytes + content.length > maxTotalBytes) {
			return this.warnings.add(path, 'is not kept: all files together are larger than 64 MiB');
		}
		this.sizeBytes += content.length;
		this.kept += 1;
		this.entries.set(entry.path, { ...entry, content });
		if (content.length === 0) this.warnings.add(path, 'is empty');
		if (isComposeFile(path)) this.referring.push({ path, content });
	}

	private async checkReferences(path: string, content: Buffer): Promise<void> {
		const { paths, unresolved, fault } = await composeReferences(path, content);
		if (fault !== undefined)
			this.warnings.add(path, `cannot be read as YAML, so what it includes is unknown: ${fault}`);
		for (const { path: other, field } of paths) {
			if (this.entries.has(nameOf(other))) continue;
			this.warnings.add(path, `takes ${other} (${field}), which is not among the paths`);
		}
		for (const { text, field } of unresolved) {
			this.warnings.add(path, `takes ${text} (${field}), and it is unknown whether that is among the paths`);
		}
		// Compose reads it without being told to.
		const environment = posix.join(posix.dirname(path), '.env');
		if (this.entries.has(nameOf(environment)) || !(await this.reader.read(environment))) return;
		this.warnings.add(path, `takes ${environment}, which is not among the paths`);
	}
}

const nameOf = (path: string): string => `files${path}`;
