import { Worker } from 'node:worker_threads';

import { BackupError } from '../errors';
import { refuseCancelled } from '../problem';
import { workerFile } from '../threads/worker-file';
import { Fault } from './faults';
import type { SqliteAnswer, SqliteFindings, SqliteTask } from './messages';

/**
 * Copies a database and proves the copy, or proves a file that is there, in a thread of its own.
 * @throws Fault why it cannot be; BackupError `cancelled`
 */
export async function workOnSqlite(
	task: Omit<SqliteTask, 'cancelled'>,
	signal?: AbortSignal,
): Promise<SqliteFindings> {
	refuseCancelled(signal, 'work on the database');
	const cancelled = new SharedArrayBuffer(4);
	const workerData: SqliteTask = { ...task, cancelled };
	const worker = new Worker(workerFile(__dirname, 'sqlite.worker'), { workerData });
	const cancel = (): void => void Atomics.store(new Int32Array(cancelled), 0, 1);
	signal?.addEventListener('abort', cancel);
	try {
		const answer = await new Promise<SqliteAnswer>((resolve, reject) => {
			worker.once('message', resolve);
			worker.once('error', reject);
			worker.once('exit', () => reject(new Error('The thread of the database has ended early.')));
		});
		if (answer.type === 'done') return { tables: answer.tables, unchecked: answer.unchecked };
		refuseCancelled(signal, 'work on the database');
		throw new Fault(answer.fault, answer.message);
	} finally {
		signal?.removeEventListener('abort', cancel);
		await worker.terminate();
	}
}

/**
 * A fault as users get it.
 * @param what e.g. `database /srv/app/app.db`
 */
export function explainFault(thrown: unknown, what: string): unknown {
	if (!(thrown instanceof Fault)) return thrown;
	switch (thrown.fault) {
		case 'locked':
			return error(
				'source_unreadable',
				`The ${what} was locked by another program all the time (${thrown.message})`,
				'See which program keeps it locked (a migration, a long transaction), and run the backup at another time.',
			);
		case 'needs_recovery':
			return error(
				'source_unreadable',
				`The ${what} was left in the middle of a change by a program that was killed, and something goes on changing it`,
				'Start the program that uses it, which repairs it, then run the backup again.',
			);
		case 'not_a_database':
			return error(
				'source_unreadable',
				`The ${what} is no SQLite database, or an encrypted one`,
				'Correct the path. A database that is encrypted (e.g. by SQLCipher) is backed up as a file of a directory, with what uses it stopped.',
			);
		case 'damaged':
			return error(
				'dump_failed',
				`The ${what} is damaged: ${thrown.message}`,
				'Restore the newest backup from before, or repair it with "sqlite3 <file> .recover". To keep it as it is, back up its folder as a directory.',
			);
		case 'unreadable':
		case 'cancelled':
			return error(
				'source_unreadable',
				`The ${what} cannot be read: ${thrown.message}`,
				`Check the rights of uid ${process.getuid?.() ?? 'unknown'} on the file, its -wal and -shm, and their folder.`,
			);
	}
	function error(code: 'source_unreadable' | 'dump_failed', fault: string, remedy: string): BackupError {
		return new BackupError(code, `${fault}.`, remedy, { cause: thrown });
	}
}
