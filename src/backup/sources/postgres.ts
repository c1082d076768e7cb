import type { PostgresSource } from '../../shared';
import type { BackupContext } from '../context';
import { blockBytes, BlockGatherer } from '../blocks';
import { DumpChecker } from '../dump/check';
import { BackupError } from '../errors';
import { Database } from '../postgres/database';
import { explainPostgres, type FailureNames } from '../postgres/failures';
import { openPrograms } from '../postgres/open';
import { linesSaid, warningsIn, watched } from './dump-program';
import type { OpenedSource } from './source';

/** A database under work may send nothing for a while, e.g. before a large table. */
export const silenceMs = 10 * 60_000;
/** A table that somebody else keeps locked fails the dump after that, instead of holding it up all night. */
const defaultLockTimeoutMs = 60_000;

export interface DumpOptions {
	/** How long to wait for a table that somebody keeps locked. */
	lockTimeoutMs?: number;
	/** What finds the programs. */
	open?: typeof openPrograms;
}

/**
 * A PostgreSQL database, saved by a `pg_dump` whose version fits: that of its own container, or one of this machine.
 * @throws BackupError `source_missing`, `source_unreadable`, `programs_missing`; DockerError
 */
export async function openPostgres(
	source: PostgresSource,
	context: BackupContext,
	{ lockTimeoutMs = defaultLockTimeoutMs, open = openPrograms }: DumpOptions = {},
): Promise<OpenedSource> {
	const { database } = source;
	const { signal } = context;
	const programs = await open(source, context);
	const checker = new DumpChecker();
	const gatherer = new BlockGatherer(blockBytes);
	const details = await new Database(programs, signal).describe(database).catch(async (thrown: unknown) => {
		await programs.close();
		throw thrown;
	});
	const program = programs.program(
		'pg_dump',
		[...dumpArguments, `--lock-wait-timeout=${lockTimeoutMs}`, `--dbname=${database}`],
		{ applicationName: 'opsdesk backup', env: comparableDump, silenceMs, signal },
	);

	return {
		blocks: gatherer.gather(watched(program, programs, checker)),
		release: (block) => gatherer.release(block),
		format: 'pg_dump',
		origin: { ...placeInManifest(source), ...details },
		finish: async () => {
			const said = linesSaid(program);
			if (program.exitCode !== 0)
				throw dumpFailed(
					`pg_dump of "${database}"`,
					{ database, place: programs.place },
					program.exitCode,
					said,
				);
			const { tocEntries, checkedToTheEnd, uncheckedBecause } = checker.end();
			const warnings = warningsIn(said);
			if (uncheckedBecause !== undefined) warnings.push(uncheckedBecause);
			const tables = checker.figures();
			return { warnings, ...(checkedToTheEnd && { entries: tocEntries }), ...(tables && { tables }) };
		},
	};
}

const dumpArguments = ['--format=custom', '--compress=0', '--no-password'];

/**
 * Environment in which the figures of a database and those of its restored copy are the same: times are written in the
 * time zone of the session, which may be set for the database, the role or the server.
 */
export const comparableDump = ['PGTZ=UTC'];

/** Where a database is, as the manifest tells it. */
export function placeInManifest(source: PostgresSource): Record<string, string> {
	const { user } = source;
	if (source.type === 'postgres') return { container: source.container, user };
	return { host: source.host, port: String(source.port), user };
}

/**
 * Why a program that saves has not come to a good end.
 * @param what for the message, e.g. `pg_dump of "shop"`
 */
export function dumpFailed(
	what: string,
	names: FailureNames,
	exitCode: number | undefined,
	said: string[],
): BackupError {
	const known = explainPostgres(said.join('\n'), names);
	if (known) return known;
	const how =
		exitCode === undefined
			? 'did not come to its end'
			: exitCode > 128
				? `was killed (exit code ${exitCode}; 137 often means too little memory)`
				: `ended with exit code ${exitCode}`;
	return new BackupError(
		'dump_failed',
		`${what} ${names.place.where} ${how}${said.length > 0 ? `: ${said.slice(-5).join(' ')}` : ' and said nothing'}`,
		`See the log of ${names.place.kind === 'container' ? 'that container' : 'the server'}. Nothing of this dump was kept.`,
	);
}
