import { open, realpath, stat } from 'node:fs/promises';
import type { Stats } from 'node:fs';

import { systemMessage } from '../../shared';
import { BackupError } from '../errors';
import { copyAtRest } from './at-rest';
import { Fault } from './faults';
import { headerBytes, parseHeader } from './header';
import { explainFault, workOnSqlite } from './in-thread';
import type { SqliteFindings } from './messages';

/** How long somebody may keep a database locked before its backup fails. */
const defaultPatienceMs = 60_000;
/** A database that is opened and closed all the time is hardly ever at rest for long enough. */
const restAttempts = 10;

/** A database file that this process sees. */
export interface SqliteFile {
	/** Without links: its log lies beside the file itself. */
	path: string;
	stats: Stats;
	isWal: boolean;
	/** Of the file and its log. */
	sizeBytes: number;
}

/**
 * Looks at the file of a database.
 * @throws BackupError `source_missing`, `source_unreadable` (no SQLite, encrypted, empty)
 */
export async function findSqlite(path: string): Promise<SqliteFile> {
	const what = `database ${path}`;
	try {
		const real = await realpath(path);
		const stats = await stat(real);
		if (!stats.isFile()) {
			throw new BackupError(
				'source_missing',
				`The ${what} is no file.`,
				'Give the path of the database file itself, e.g. "/srv/app/app.db".',
			);
		}
		if (stats.size === 0) {
			throw new BackupError(
				'source_unreadable',
				`The ${what} is empty (0 bytes).`,
				'Correct the path; if the program has not put anything into its database yet, leave the entry out until it has.',
			);
		}
		const header = parseHeader(await firstBytes(real));
		if (!header) throw explainFault(new Fault('not_a_database', ''), what);
		const log = await stat(`${real}-wal`).catch(() => undefined);
		return { path: real, stats, isWal: header.isWal, sizeBytes: stats.size + (log?.size ?? 0) };
	} catch (thrown) {
		if (thrown instanceof BackupError) throw thrown;
		const isMissing = ['ENOENT', 'ENOTDIR'].includes((thrown as NodeJS.ErrnoException).code ?? '');
		throw new BackupError(
			isMissing ? 'source_missing' : 'source_unreadable',
			isMissing
				? `The ${what} does not exist where n8n or the command runs.`
				: `The ${what} cannot be read: ${systemMessage(thrown)}.`,
			isMissing
				? 'Correct the path in the site definition. For a database in a container, set "container" as well.'
				: `Give uid ${process.getuid?.() ?? 'unknown'} the right to read it.`,
			{ cause: thrown },
		);
	}
}

/**
 * A consistent copy of a database, whether somebody is writing to it or a killed program has left it half way, proved
 * sound. Nothing is made, recovered or checkpointed beside the original.
 *
 * @param file where to, in a private folder
 * @throws BackupError
 */
export async function takeSnapshot(
	{ path, isWal }: SqliteFile,
	file: string,
	{ patienceMs = defaultPatienceMs, signal }: { patienceMs?: number; signal?: AbortSignal | undefined } = {},
): Promise<SqliteFindings> {
	const copyInUse = (): Promise<SqliteFindings> => workOnSqlite({ from: path, file, patienceMs }, signal);
	try {
		// Opening it would make an index of the log beside it, which the user's program might not be able to open.
		const isAtRest = isWal && !(await exists(`${path}-shm`));
		if (!isAtRest) {
			try {
				return await copyInUse();
			} catch (thrown) {
				if (!(thrown instanceof Fault) || thrown.fault !== 'needs_recovery') throw thrown;
			}
		}
		for (let attempt = 0; attempt < restAttempts; attempt += 1) {
			if (isWal && (await exists(`${path}-shm`))) break;
			if (!(await copyAtRest(path, file, signal))) continue;
			return await workOnSqlite({ file, patienceMs }, signal);
		}
		return await copyInUse();
	} catch (thrown) {
		throw explainFault(thrown, `database ${path}`);
	}
}

async function firstBytes(path: string): Promise<Buffer> {
	const file = await open(path);
	try {
		const { buffer, bytesRead } = await file.read(Buffer.alloc(headerBytes), 0, headerBytes, 0);
		return buffer.subarray(0, bytesRead);
	} finally {
		await file.close();
	}
}

async function exists(path: string): Promise<boolean> {
	return (await stat(path).catch(() => undefined)) !== undefined;
}
