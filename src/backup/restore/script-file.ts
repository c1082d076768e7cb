import { Readable } from 'node:stream';

import type { PostgresPrograms } from '../postgres/programs';

const silenceMs = 60_000;
/** Of a message only its first line is told: the others may quote a statement, and with it a secret. */
const psqlArguments = ['-X', '-q', '-w', '-v', 'ON_ERROR_STOP=1', '-v', 'VERBOSITY=terse', '-d', 'postgres'];

/**
 * Runs a script that may hold secrets, which must stand in no argument: psql reads it from a file. It is not broken off once
 * it runs, since whether it was carried out would be unknown.
 * @returns what the server has refused, which may quote a value; undefined when it was carried out
 * @throws BackupError, DockerError when the file cannot be brought to psql
 */
export async function runScriptFile(
	programs: PostgresPrograms,
	script: string,
	signal: AbortSignal | undefined,
): Promise<string | undefined> {
	const bytes = Buffer.from(script);
	const file = programs.dumpFile(bytes.length);
	try {
		await file.put(Readable.from([bytes]), signal);
		const psql = programs.program('psql', [...psqlArguments, `--file=${file.path}`], {
			applicationName: 'opsdesk restore',
			silenceMs,
		});
		for await (const chunk of psql.output()) void chunk;
		if (psql.exitCode === 0) return undefined;
		const [, reason] = /(?:ERROR|FATAL): +(.*)/.exec(psql.said()) ?? [];
		return reason ?? `psql ended with exit code ${psql.exitCode ?? 'unknown'}`;
	} finally {
		await file.remove();
	}
}
