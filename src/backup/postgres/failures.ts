import { BackupError, type BackupErrorCode } from '../errors';
import type { ServerPlace } from './programs';

export interface FailureNames {
	database: string;
	place: ServerPlace;
}

/** A cause that PostgreSQL's programs tell in the C locale, with the way out of it. */
interface KnownFailure {
	pattern: RegExp;
	code: BackupErrorCode;
	/** @param named what the pattern's brackets have matched */
	message: (names: FailureNames, named: string) => string;
	remedy: string | ((named: string, place: ServerPlace) => string);
}

const isReplica = 'is a replica that can only be read';
const useItsPrimary = 'Restore to its primary server. To save from a replica is possible.';

/** The first one that matches counts. */
const failures: KnownFailure[] = [
	{
		pattern: /database "(.+)" does not exist/,
		code: 'source_missing',
		message: ({ place }, named) => `There is no database "${named}" ${place.where}.`,
		remedy: 'Correct the name in the site definition; "psql -l" shows all.',
	},
	{
		// A statement names it; the one that logs in is a fatal error.
		pattern: /ERROR: +role "(.+)" does not exist/,
		code: 'target_refused',
		message: ({ place }, named) =>
			`The role "${named}", which owns the database or has rights on it, is not known to PostgreSQL ${place.where}.`,
		remedy: (named) => `${makeRole(named)}, then run the restore again.`,
	},
	{
		pattern: /role ".*" does not exist/,
		code: 'source_unreadable',
		message: ({ place }) => `The role is not known to PostgreSQL ${place.where}.`,
		remedy: (_, { kind }) =>
			kind === 'container'
				? 'Set "user" of the database in the site definition; it is the POSTGRES_USER of the container.'
				: 'Set "user" of the database in the site definition.',
	},
	{
		pattern:
			/password authentication failed|no password supplied|Peer authentication failed|no pg_hba\.conf entry/,
		code: 'source_unreadable',
		message: ({ place: { kind, where } }) =>
			kind === 'container'
				? `PostgreSQL ${where} refuses the role without a password.`
				: `PostgreSQL ${where} refuses the role, its password or the address it comes from.`,
		remedy: (_, { kind }) =>
			kind === 'container'
				? 'Let that role in over the socket inside the container: a line "local all all trust" in its pg_hba.conf, as the official image has it.'
				: 'Correct "user" of the database in the site definition and the password: in n8n that of the Postgres credential, for the command OPSDESK_PG_PASSWORD or ~/.pgpass. pg_hba.conf of the server must let the role in from here.',
	},
	{
		pattern: /too many clients|remaining connection slots|too many connections/,
		code: 'source_unreadable',
		message: ({ place }) => `PostgreSQL ${place.where} has no free connection.`,
		remedy: 'Raise max_connections, or see who keeps connections open, then run again.',
	},
	{
		// pg_dump limits its waiting for locks by a statement_timeout.
		pattern: /lock timeout|statement timeout[^]*LOCK TABLE/,
		code: 'dump_failed',
		message: ({ database }) => `Somebody kept a table of "${database}" locked for more than a minute.`,
		remedy: 'See what runs there at this time (a migration, an index), and run the backup at another time.',
	},
	{
		pattern: /permission denied (?:to|for) (.+)/,
		code: 'dump_failed',
		message: ({ database }, named) => `The role lacks a right in "${database}": ${named}.`,
		remedy:
			'Use the owner of the database or a superuser as "user" in the site definition; the role pg_read_all_data (PostgreSQL 14 and newer) is enough to save. A restore needs CREATEDB as well.',
	},
	{
		pattern: /in a read-only transaction|recovery is in progress/,
		code: 'target_refused',
		message: ({ place }) => `PostgreSQL ${place.where} ${isReplica}.`,
		remedy: useItsPrimary,
	},
	{
		pattern: /conflict with recovery/,
		code: 'dump_failed',
		message: ({ database, place }) =>
			`PostgreSQL ${place.where} is a replica, and it ended the dump of "${database}" to keep up with its primary server.`,
		remedy:
			'Raise max_standby_streaming_delay there or turn hot_standby_feedback on, or save from the primary.',
	},
	{
		pattern: /server version mismatch/,
		code: 'dump_failed',
		message: ({ place }) => `pg_dump is older than PostgreSQL ${place.where}.`,
		remedy: 'Use programs of the same version as the server.',
	},
	{
		pattern: /(?:pg_dumpall|pg_dump|pg_restore|psql): not found|executable file not found/,
		code: 'source_unreadable',
		message: ({ place }) => `There are no programs of PostgreSQL ${place.where}.`,
		remedy: 'Name the container in which the server itself runs.',
	},
	{
		pattern:
			/server does not support SSL|certificate verify failed|root certificate|does not match host name|SSL error/,
		code: 'source_unreadable',
		message: ({ place }) => `No trusted TLS connection to PostgreSQL ${place.where} comes about.`,
		remedy:
			'See "tls" and "caFile" of the database in the site definition: "verify-full" needs the certificate authority of the server and the host name of its certificate.',
	},
	{
		pattern: /could not translate host name|Name or service not known|Temporary failure in name resolution/,
		code: 'source_unreadable',
		message: ({ place }) => `The name of the host of PostgreSQL ${place.where} is not known.`,
		remedy: 'Correct "host" in the site definition; it must be known where the programs of PostgreSQL run.',
	},
	{
		pattern:
			/could not connect to server|connection to server .* failed|No such file or directory.*socket|starting up|shutting down|server closed the connection/is,
		code: 'source_unreadable',
		message: ({ place }) => `PostgreSQL ${place.where} does not answer.`,
		remedy:
			'See its log; it may be starting, stopping or out of memory. For a server, see "host" and "port" too.',
	},
];

/** The cause that stands behind what a program has said, or undefined for one that is not known. */
export function explainPostgres(said: string, names: FailureNames): BackupError | undefined {
	const known = failures.find(({ pattern }) => pattern.test(said));
	if (!known) return undefined;
	const named = known.pattern.exec(said)?.[1] ?? '';
	const remedy = typeof known.remedy === 'string' ? known.remedy : known.remedy(named, names.place);
	const lastLine = said.trim().split('\n').at(-1) ?? '';
	return new BackupError(known.code, `${known.message(names, named)} (${lastLine})`, remedy);
}

/** Why a dump could not be restored. The database that was there is untouched then. */
export function explainRestore(
	said: string,
	{ database, place }: FailureNames,
	exitCode: number,
): BackupError {
	const lines = said.split('\n').filter((line) => /error|detail|hint/i.test(line));
	const facts = (lines.length > 0 ? lines : said.split('\n')).slice(0, 4).join(' ');
	return new BackupError(
		'restore_failed',
		`pg_restore of "${database}" ${place.where} ended with exit code ${exitCode}: ${facts || 'it gave no reason'}`,
		remedyOfRestore(said),
	);
}

function remedyOfRestore(said: string): string {
	const role = /role "(.+)" does not exist/.exec(said)?.[1];
	if (role !== undefined) return `${makeRole(role)}, then run the restore again.`;
	if (/extension "[^"]*" is not available|could not open extension control file/.test(said))
		return 'Use a PostgreSQL that has this extension, then run the restore again.';
	if (
		/collation "[^"]*" (?:for encoding "[^"]*" )?does not exist|could not create locale|invalid locale name/.test(
			said,
		)
	)
		return 'Use a PostgreSQL whose system has this locale (or ICU) installed, then run the restore again.';
	if (/must be member of role|must be able to SET ROLE/.test(said))
		return 'The role may not give things to others. Use a superuser as "user" in the site definition, or make it a member of those roles, then run the restore again.';
	if (/unsupported version \(/.test(said))
		return 'A newer pg_dump has written the dump. Use programs of its version or a newer one, then run the restore again.';
	if (/unrecognized configuration parameter/.test(said))
		return 'The programs are newer than the server. Use those of its own version, then run the restore again.';
	return 'The database that was there is untouched. See the log of the server.';
}

/** Nothing can be restored there. @param where of the server */
export function replicaRefused(where: string): BackupError {
	return new BackupError('target_refused', `PostgreSQL ${where} ${isReplica}.`, useItsPrimary);
}

function makeRole(name: string): string {
	return `Make the role first: create role "${name.replaceAll('"', '""')}" (with its password and rights)`;
}
