import { readdir, realpath, stat } from 'node:fs/promises';
import type { Stats } from 'node:fs';
import { z } from 'zod';

import { runProcess } from '../../shared';
import { BackupError } from '../errors';
import { refuseCancelled } from '../problem';
import { workerFile } from '../threads/worker-file';
import type { SqliteFindings } from './messages';

const row = z.object({ name: z.string(), rows: z.number() });
const answerSchema = z.union([
	z.object({ tables: z.array(row), unchecked: z.array(z.string()) }),
	z.object({
		code: z.enum(['source_missing', 'source_unreadable', 'dump_failed']),
		message: z.string(),
		remedy: z.string(),
	}),
]);

/**
 * Whether this process itself has a file open, as n8n has its database. Then nothing here may open it: as soon as
 * a process closes a file, it loses all locks it has on it, and SQLite believes that they still hold ("How To Corrupt
 * An SQLite Database File", 2.2). Where that cannot be told, it is taken to be open.
 */
export async function isOpenInThisProcess(path: string): Promise<boolean> {
	const wanted = await stat(path, { bigint: true }).catch(() => undefined);
	if (!wanted) return false;
	const folder = '/proc/self/fd';
	const descriptors = await readdir(folder).catch(() => undefined);
	if (!descriptors) return true;
	for (const descriptor of descriptors) {
		const open = await stat(`${folder}/${descriptor}`, { bigint: true }).catch(() => undefined);
		if (open?.ino === wanted.ino && open.dev === wanted.dev) return true;
	}
	return false;
}

/** What is known of a database without opening it. */
export async function describeSqlite(path: string): Promise<{ stats: Stats; sizeBytes: number }> {
	const real = await realpath(path);
	const stats = await stat(real);
	const log = await stat(`${real}-wal`).catch(() => undefined);
	return { stats, sizeBytes: stats.size + (log?.size ?? 0) };
}

/**
 * A consistent copy of a database, proved sound, that is made by a process of its own.
 * @param file where to, in a private folder
 * @throws BackupError as `findSqlite` and `takeSnapshot`
 */
export async function snapshotInOwnProcess(
	path: string,
	file: string,
	signal?: AbortSignal,
): Promise<SqliteFindings> {
	const program = workerFile(__dirname, 'snapshot.program');
	const input = JSON.stringify({ path, file });
	const env = Object.fromEntries(['PATH', 'TMPDIR'].map((name) => [name, process.env[name] ?? '']));
	const { exitCode, stdout, stderr } = await runProcess(process.execPath, {
		args: [program],
		env,
		input,
		signal,
	}).catch((thrown: unknown) => {
		refuseCancelled(signal, 'work on the database');
		throw thrown;
	});
	const answer = exitCode === 0 ? answerSchema.safeParse(parseJson(stdout)) : undefined;
	if (!answer?.success) {
		throw new BackupError(
			'dump_failed',
			`The program that copies the database ${path} ended with exit code ${exitCode}${stderr === '' ? '' : `: ${stderr.trim().slice(-500)}`}.`,
			'See whether the memory of n8n is limited too much, then run the backup again.',
		);
	}
	if ('code' in answer.data) {
		const { code, message, remedy } = answer.data;
		throw new BackupError(code, message, remedy);
	}
	return answer.data;
}

function parseJson(bytes: Buffer): unknown {
	try {
		return JSON.parse(bytes.toString('utf8'));
	} catch {
		return undefined;
	}
}
