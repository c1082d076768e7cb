import type { PostgresSource } from '../../shared';
import { blockBytes, BlockGatherer } from '../blocks';
import type { BackupContext } from '../context';
import { ClusterDumpReader } from '../globals/cluster-dump';
import { Database } from '../postgres/database';
import { openPrograms } from '../postgres/open';
import { linesSaid, warningsIn, watched } from './dump-program';
import { comparableDump, dumpFailed, placeInManifest, silenceMs } from './postgres';
import type { OpenedSource } from './source';

export interface GlobalsOptions {
	/** Whether passwords of roles, which are stored as hashes, may be in it. */
	withPasswords: boolean;
	/** What finds the programs. */
	open?: typeof openPrograms;
}

/**
 * What belongs to a whole PostgreSQL server: roles, their rights and tablespaces, saved by `pg_dumpall`.
 * @throws BackupError `source_unreadable`, `programs_missing`, `database_refused`; DockerError
 */
export async function openGlobals(
	source: PostgresSource,
	context: BackupContext,
	{ withPasswords, open = openPrograms }: GlobalsOptions,
): Promise<OpenedSource> {
	const { signal } = context;
	const programs = await open(source, context);
	const reader = new ClusterDumpReader();
	const gatherer = new BlockGatherer(blockBytes);
	const server = await look(new Database(programs, signal)).catch(async (thrown: unknown) => {
		await programs.close();
		throw thrown;
	});
	const keepsPasswords = withPasswords && server.showsPasswords;
	const program = programs.program(
		'pg_dumpall',
		[
			'--globals-only',
			'--encoding=UTF8',
			'--no-password',
			...(keepsPasswords ? [] : ['--no-role-passwords']),
		],
		{ applicationName: 'opsdesk backup', env: comparableDump, silenceMs, signal },
	);

	return {
		blocks: gatherer.gather(watched(program, programs, reader)),
		release: (block) => gatherer.release(block),
		format: 'sql',
		origin: {
			...placeInManifest(source),
			serverVersion: server.version,
			rolePasswords: keepsPasswords ? 'kept' : 'left out',
		},
		finish: async () => {
			const said = linesSaid(program);
			const names = { database: 'postgres', place: programs.place };
			if (program.exitCode !== 0) throw dumpFailed('pg_dumpall', names, program.exitCode, said);
			const { statements } = reader.end();
			const warnings = warningsIn(said);
			if (!withPasswords) warnings.push(unencrypted);
			else if (!server.showsPasswords) warnings.push(unreadable);
			return { warnings, entries: statements };
		},
	};
}

const unencrypted = 'the passwords of roles are left out, because the backup is not encrypted';
const unreadable =
	'the passwords of roles are left out, because only a superuser may read them (pg_authid of the server)';

async function look(database: Database): Promise<{ version: string; showsPasswords: boolean }> {
	const [version = ''] = await database.rows('show server_version');
	const [showsPasswords] = await database.rows(`select has_table_privilege('pg_authid', 'select')`);
	return { version, showsPasswords: showsPasswords === 't' };
}
