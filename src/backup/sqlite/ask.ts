import { z } from 'zod';

import { OpsdeskError, runProcess } from '../../shared';
import { BackupError } from '../errors';
import { refuseCancelled } from '../problem';
import { workerFile } from '../threads/worker-file';

const answerSchema = z.object({ value: z.string().optional() });

/**
 * Asks a SQLite database that nobody else uses.
 * @param limitMs how long it may take
 * @returns the first column of the first row as text; undefined when there is no row
 * @throws BackupError `database_refused`, `cancelled`
 */
export async function askSqlite(
	file: string,
	query: string,
	{ limitMs, signal }: { limitMs: number; signal?: AbortSignal | undefined },
): Promise<string | undefined> {
	const refused = (why: string): BackupError =>
		new BackupError('database_refused', `SQLite: ${why}`, 'Correct the query in the site definition.');
	try {
		const env = Object.fromEntries(['PATH', 'TMPDIR'].map((name) => [name, process.env[name] ?? '']));
		const { exitCode, stdout, stderr } = await runProcess(process.execPath, {
			args: [workerFile(__dirname, 'query.program')],
			env,
			input: JSON.stringify({ file, query }),
			silenceMs: limitMs,
			signal,
		});
		if (exitCode !== 0) throw refused(stderr.trim().split('\n').at(-1) ?? `exit code ${exitCode}`);
		return answerSchema.parse(JSON.parse(stdout.toString('utf8'))).value;
	} catch (thrown) {
		refuseCancelled(signal, 'drill');
		if (!(thrown instanceof OpsdeskError) || thrown.code !== 'program_silent') throw thrown;
		throw refused(`it gave no answer within ${limitMs / 1000} seconds`);
	}
}
