import { ContainerPrograms, Tail, type EngineConnection, type Execution } from '../../docker';
import type { DatabaseSource } from '../../shared';
import { BlockGatherer } from '../blocks';
import { DumpChecker } from '../dump/check';
import { BackupError } from '../errors';
import { Database } from '../postgres/database';
import { explainPostgres } from '../postgres/failures';
import { blockBytes } from './directory';
import type { OpenedSource } from './source';

/** A database under work may send nothing for a while, e.g. before a large table. */
const silenceMs = 10 * 60_000;
/** A table that somebody else keeps locked fails the dump after that, instead of holding it up all night. */
const lockTimeoutMs = 60_000;

/**
 * A PostgreSQL database, saved by the `pg_dump` of its own container, whose version always fits.
 * @throws BackupError `source_missing`, `source_unreadable`; DockerError
 */
export async function openPostgres(
	{ container, database, user }: DatabaseSource,
	connection: EngineConnection,
	signal?: AbortSignal,
): Promise<OpenedSource> {
	const programs = await ContainerPrograms.of(connection, container, signal);
	const details = await new Database(programs, { user, signal }).describe(database);
	const gatherer = new BlockGatherer(blockBytes);
	const checker = new DumpChecker();
	const stderr = new Tail();
	let exitCode: number | undefined;

	async function* content(execution: Execution, shell: { id?: string | undefined }): AsyncGenerator<Buffer> {
		for await (const { stream, payload } of execution.output) {
			if (stream === 'stderr') {
				stderr.push(payload);
				shell.id ??= /^(\d+)\n/.exec(stderr.text() + '\n')?.[1];
				continue;
			}
			checker.push(payload);
			yield payload;
		}
	}

	async function* blocks(): AsyncGenerator<Buffer, void, undefined> {
		const execution = await programs.start(dumpCommand(database, user), {
			env: ['LC_ALL=C', 'PGAPPNAME=opsdesk backup'],
			silenceMs,
			signal,
		});
		const shell: { id?: string | undefined } = {};
		try {
			yield* gatherer.gather(content(execution, shell));
			exitCode = await execution.exitCode();
		} finally {
			execution.close();
			// The engine would let the program write on to nobody.
			if (exitCode === undefined && shell.id !== undefined) {
				await programs.run(['kill', shell.id]).catch(() => {
					// The container is gone or the program has ended; the dump has failed in any case.
				});
			}
		}
	}

	return {
		blocks: blocks(),
		release: (block) => gatherer.release(block),
		format: 'pg_dump',
		origin: { container, user, ...details },
		finish: async () => {
			const said = complaints(stderr);
			if (exitCode !== 0) throw dumpFailed(database, container, exitCode, said);
			const { tocEntries, checkedToTheEnd, uncheckedBecause } = checker.end();
			const warnings = said.filter((line) => /warning|detail|hint/i.test(line));
			if (uncheckedBecause !== undefined) warnings.push(uncheckedBecause);
			return { warnings, ...(checkedToTheEnd && { entries: tocEntries }) };
		},
	};
}

/** The shell tells its process id, which pg_dump inherits: there is no other way to end it before its time. */
function dumpCommand(database: string, user: string): string[] {
	return [
		...['sh', '-c', 'echo $$ >&2; exec pg_dump "$@"', 'pg_dump'],
		...['--format=custom', '--compress=0', '--no-password', `--lock-wait-timeout=${lockTimeoutMs}`],
		...[`--username=${user}`, `--dbname=${database}`],
	];
}

/** What pg_dump has written to stderr, without the line that tells its process id. */
function complaints(stderr: Tail): string[] {
	const lines = stderr.text().split('\n').filter(Boolean);
	return /^\d+$/.test(lines[0] ?? '') ? lines.slice(1) : lines;
}

function dumpFailed(
	database: string,
	container: string,
	exitCode: number | undefined,
	said: string[],
): BackupError {
	const known = explainPostgres(said.join('\n'), { database, container });
	if (known) return known;
	const how =
		exitCode === undefined
			? 'did not come to its end'
			: exitCode > 128
				? `was killed (exit code ${exitCode}; 137 often means too little memory)`
				: `ended with exit code ${exitCode}`;
	return new BackupError(
		'dump_failed',
		`pg_dump of "${database}" in the container "${container}" ${how}${said.length > 0 ? `: ${said.slice(-5).join(' ')}` : ' and said nothing'}`,
		'See the log of that container. Nothing of this dump was kept.',
	);
}
