import { opendir, lstat, statfs } from 'node:fs/promises';

import { compilePatterns, type DirectorySource } from '../../shared';
import { askDisk } from '../patience';
import type { SiteSource } from '../sources/source';
import { describeSqlite } from '../sqlite/own-process';

/** Of a tree so much is looked at; what is found until then is less than there is, and never more. */
const maxEntries = 50_000;
const lookingMs = 5000;

/**
 * How large sources are before compression, as far as that can be told without reading them: directories and SQLite
 * databases that this process sees. Each is measured once, when somebody asks for it.
 */
export class ContentSizes {
	private readonly measured = new Map<string, Promise<number | undefined>>();

	/** @param patienceMs how long a disk may take to answer at all */
	constructor(private readonly patienceMs?: number) {}

	/**
	 * In bytes, at most, told at once: no tree is larger than what is in use of its file system. One that compresses
	 * uses less than its files hold, but so does their archive.
	 */
	async atMost(source: SiteSource): Promise<number | undefined> {
		if (!isDirectoryHere(source)) return await this.of(source);
		const { path } = source.definition;
		const disk = await askDisk(path, () => statfs(path), this.patienceMs);
		// File systems of some networks tell 0 in all.
		if (!disk || disk.blocks === 0) return await this.of(source);
		return (disk.blocks - disk.bfree) * disk.bsize;
	}

	/** In bytes, at least; undefined where it is not known. Walks through the whole tree of a directory. */
	async of(source: SiteSource): Promise<number | undefined> {
		const known = this.measured.get(source.artefact) ?? this.measure(source);
		this.measured.set(source.artefact, known);
		return await known;
	}

	private async measure(source: SiteSource): Promise<number | undefined> {
		if (isDirectoryHere(source)) {
			const { definition } = source;
			return await askDisk(definition.path, () => treeBytes(definition), this.patienceMs);
		}
		if (source.kind !== 'sqlite' || source.definition.container !== undefined) return undefined;
		const { path } = source.definition;
		const described = await askDisk(path, () => describeSqlite(path), this.patienceMs);
		return described?.sizeBytes;
	}
}

type DirectoryHere = Extract<SiteSource, { kind: 'directory' }>;

const isDirectoryHere = (source: SiteSource): source is DirectoryHere =>
	source.kind === 'directory' && source.definition.via === 'n8n';

/** What a directory holds of what its patterns want, on its own file system, links not followed. */
async function treeBytes({ path: root, include, exclude }: DirectorySource): Promise<number> {
	const wanted = compilePatterns({ include, exclude });
	const { dev } = await lstat(`${root}/.`);
	const endsAt = performance.now() + lookingMs;
	const linked = new Set<number>();
	const folders = [''];
	let sizeBytes = 0;
	let entries = 0;
	for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
		// One that is gone or closed to us has nothing that could be stored.
		const found = await opendir(`${root}/${folder}`).catch(() => undefined);
		if (!found) continue;
		for await (const entry of found) {
			entries += 1;
			if (entries > maxEntries || performance.now() > endsAt) return sizeBytes;
			const path = `${folder}${entry.name}`;
			if (!wanted(path, entry.isDirectory())) continue;
			const stats = await lstat(`${root}/${path}`).catch(() => undefined);
			if (!stats || stats.dev !== dev) continue;
			if (stats.isDirectory()) folders.push(`${path}/`);
			if (!stats.isFile() || linked.has(stats.ino)) continue;
			if (stats.nlink > 1) linked.add(stats.ino);
			// Holes take no room in an archive that is compressed.
			sizeBytes += Math.min(stats.size, stats.blocks * 512);
		}
	}
	return sizeBytes;
}
