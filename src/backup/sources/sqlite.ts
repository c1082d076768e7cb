import { createReadStream } from 'node:fs';
import { join } from 'node:path';

import type { SqliteSource } from '../../shared';
import { blockBytes, BlockGatherer } from '../blocks';
import type { BackupContext } from '../context';
import { SqliteChecker } from '../sqlite/header';
import type { SqliteFindings } from '../sqlite/messages';
import { describeSqlite, isOpenInThisProcess, snapshotInOwnProcess } from '../sqlite/own-process';
import { findSqlite, takeSnapshot, type SqliteFile } from '../sqlite/snapshot';
import { Workspace } from '../sqlite/workspace';
import type { OpenedSource } from './source';

/** Of a database that is ready to be copied. */
export interface FoundDatabase {
	/** Of all that has to be copied. */
	sizeBytes: number;
	origin: Record<string, string>;
	/** Puts a consistent copy into a file that is not there yet, and proves it. */
	copyTo(file: string): Promise<SqliteFindings>;
}

/**
 * A SQLite database that this process sees, saved through a snapshot in a private folder.
 * @throws BackupError `source_missing`, `source_unreadable`
 */
export async function openSqlite({ path }: SqliteSource, context: BackupContext): Promise<OpenedSource> {
	const { signal } = context;
	if (await isOpenInThisProcess(path)) {
		return fromSnapshot(
			describe(path, await describeSqlite(path), (file) => snapshotInOwnProcess(path, file, signal)),
			context,
		);
	}
	const found = await findSqlite(path);
	return fromSnapshot(
		describe(path, found, (file) => takeSnapshot(found, file, { signal })),
		context,
	);
}

function describe(
	path: string,
	{ stats, sizeBytes }: Pick<SqliteFile, 'stats' | 'sizeBytes'>,
	copyTo: FoundDatabase['copyTo'],
): FoundDatabase {
	const { mode, uid, gid } = stats;
	const origin = { path, mode: (mode & 0o7777).toString(8), owner: `${uid}:${gid}` };
	return { sizeBytes, origin, copyTo };
}

/** The snapshot is taken when the first block is asked for, and is gone after the last. */
export function fromSnapshot(found: FoundDatabase, { stateFolder }: BackupContext): OpenedSource {
	const gatherer = new BlockGatherer(blockBytes);
	const checker = new SqliteChecker();
	let findings: SqliteFindings = { tables: [], unchecked: [] };

	async function* content(): AsyncGenerator<Buffer, void, undefined> {
		const workspace = await Workspace.open(found.sizeBytes, stateFolder);
		try {
			const file = join(workspace.folder, 'snapshot');
			findings = await found.copyTo(file);
			for await (const piece of createReadStream(file, { highWaterMark: 256 * 1024 })) {
				const bytes = piece as Buffer;
				checker.push(bytes);
				yield bytes;
			}
		} finally {
			await workspace.remove();
		}
	}

	return {
		blocks: gatherer.gather(content()),
		release: (block) => gatherer.release(block),
		format: 'sqlite',
		origin: found.origin,
		finish: async () => {
			checker.end();
			const { tables, unchecked } = findings;
			const empty = tables.length === 0 && unchecked.length === 0 ? ['it holds no table'] : [];
			return { tables, warnings: [...empty, ...unchecked] };
		},
	};
}
