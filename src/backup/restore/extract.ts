import { closeSync, writeSync } from 'node:fs';

import { systemMessage } from '../../shared';
import { BackupError } from '../errors';
import { TarChecker, type CheckedArchive } from '../tar/check';
import type { ParsedEntry } from '../../shared';
import { refused, safeNames } from '../tar/safe-names';
import { SafeTree, type Attributes } from './safe-tree';

/**
 * Unpacks a tar archive into an empty staging folder. An archive that would reach beyond it, or holds anything
 * but files, folders and links, is refused with the entry named; what was unpacked so far stays in the staging
 * folder, which is the caller's to remove.
 */
export class Extractor {
	private readonly tree: SafeTree;
	private readonly checker = new TarChecker({
		entry: (entry) => this.begin(entry),
		content: (piece) => this.content(piece),
	});
	/** Applied last and innermost first: making entries changes the time of their folder. */
	private readonly folders: { names: Buffer[]; attributes: Attributes }[] = [];
	private open: { descriptor: number; attributes: Attributes } | undefined;
	private plainBytes = 0;

	private passedBy = 0;

	/**
	 * @param maxBytes more content than this is refused: the archive was made with less
	 * @param wants whether an entry is to be unpacked
	 */
	constructor(
		staging: string,
		private readonly maxBytes: number,
		private readonly wants: (entry: ParsedEntry) => boolean = () => true,
	) {
		this.tree = new SafeTree(staging);
	}

	/** @throws BackupError `archive_hostile`, `archive_damaged` */
	push(chunk: Buffer): void {
		this.plainBytes += chunk.length;
		if (this.plainBytes > this.maxBytes) {
			throw refused(`it holds more than the ${this.maxBytes} bytes that were put in`);
		}
		this.checker.push(chunk);
	}

	/** To be called after the last chunk; counts what was unpacked. @throws BackupError `archive_cut` */
	end(): CheckedArchive {
		this.finishFile();
		const result = this.checker.end();
		for (const { names, attributes } of this.folders.reverse()) this.tree.finishFolder(names, attributes);
		return { ...result, entries: result.entries - this.passedBy };
	}

	/** Releases the descriptors; to be called in any case. */
	close(): void {
		if (this.open) closeSync(this.open.descriptor);
		this.open = undefined;
		this.tree.close();
	}

	private begin(entry: ParsedEntry): void {
		this.finishFile();
		const names = safeNames(entry.path, entry.path);
		if (!this.wants(entry)) {
			this.passedBy += 1;
			return;
		}
		const attributes = { mode: entry.mode, uid: entry.uid, gid: entry.gid, mtimeSeconds: entry.mtimeSeconds };
		try {
			this.make(entry, names, attributes);
		} catch (thrown) {
			if (thrown instanceof BackupError) throw thrown;
			throw refused(`"${entry.path.toString('utf8')}" cannot be made: ${systemMessage(thrown)}`, thrown);
		}
	}

	private make(entry: ParsedEntry, names: Buffer[], attributes: Attributes): void {
		switch (entry.type) {
			case '0':
			case '7':
				if (names.length === 0) throw refused('a file has no name');
				this.open = { descriptor: this.tree.file(names), attributes };
				return;
			case '1':
				return this.tree.hardlink(names, safeNames(entry.linkTarget, entry.path));
			case '2':
				return this.tree.symlink(names, entry.linkTarget, attributes);
			case '5':
				this.tree.folder(names);
				this.folders.push({ names, attributes });
				return;
			default:
				throw refused(
					`"${entry.path.toString('utf8')}" is neither a file, a folder nor a link (type "${entry.type}")`,
				);
		}
	}

	private content(piece: Buffer): void {
		if (!this.open) return;
		for (let at = 0; at < piece.length;) at += writeSync(this.open.descriptor, piece, at);
	}

	private finishFile(): void {
		if (!this.open) return;
		const { descriptor, attributes } = this.open;
		this.open = undefined;
		try {
			this.tree.finishFile(descriptor, attributes);
		} finally {
			closeSync(descriptor);
		}
	}
}
