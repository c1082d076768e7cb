import { ContainerPrograms, type EngineConnection } from '../../docker';
import type { PostgresSource } from '../../shared';
import { BlockGatherer } from '../blocks';
import { DumpChecker } from '../dump/check';
import { BackupError } from '../errors';
import { Database } from '../postgres/database';
import { explainPostgres } from '../postgres/failures';
import { StoppableProgram } from '../postgres/program';
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
	{ container, database, user }: PostgresSource,
	connection: EngineConnection,
	signal?: AbortSignal,
): Promise<OpenedSource> {
	const programs = await ContainerPrograms.of(connection, container, signal);
	const details = await new Database(programs, { user, signal }).describe(database);
	const gatherer = new BlockGatherer(blockBytes);
	const checker = new DumpChecker();
	const program = new StoppableProgram(programs, 'pg_dump', dumpArguments(database, user), {
		env: ['LC_ALL=C', 'PGAPPNAME=opsdesk backup', ...comparableDump],
		silenceMs,
		signal,
	});

	async function* content(): AsyncGenerator<Buffer> {
		for await (const payload of program.output()) {
			checker.push(payload);
			yield payload;
		}
	}

	return {
		blocks: gatherer.gather(content()),
		release: (block) => gatherer.release(block),
		format: 'pg_dump',
		origin: { container, user, ...details },
		finish: async () => {
			const said = program.said().split('\n').filter(Boolean);
			if (program.exitCode !== 0) throw dumpFailed(database, container, program.exitCode, said);
			const { tocEntries, checkedToTheEnd, uncheckedBecause } = checker.end();
			const warnings = said.filter((line) => /warning|detail|hint/i.test(line));
			if (uncheckedBecause !== undefined) warnings.push(uncheckedBecause);
			const tables = checker.figures();
			return { warnings, ...(checkedToTheEnd && { entries: tocEntries }), ...(tables && { tables }) };
		},
	};
}

/**
 * Environment in which the figures of a database and those of its restored copy are the same: times are written in the
 * time zone of the session, which may be set for the database, the role or the server.
 */
export const comparableDump = ['PGTZ=UTC'];

function dumpArguments(database: string, user: string): string[] {
	return [
		...['--format=custom', '--compress=0', '--no-password', `--lock-wait-timeout=${lockTimeoutMs}`],
		...[`--username=${user}`, `--dbname=${database}`],
	];
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
