import { BackupError, type BackupErrorCode } from '../errors';

interface Names {
	database: string;
	container: string;
}

/** What PostgreSQL's programs say in the C locale, with the way out of each. */
const failures: {
	pattern: RegExp;
	code: BackupErrorCode;
	/** @param named what the pattern's brackets have matched */
	message: (names: Names, named: string) => string;
	remedy: string | ((named: string) => string);
}[] = [
	{
		pattern: /database "(.+)" does not exist/,
		code: 'source_missing',
		message: ({ container }, named) => `There is no database "${named}" in the container "${container}".`,
		remedy: 'Correct the name in the site definition; "psql -l" in the container shows all.',
	},
	{
		// A statement names it; the one that logs in is a fatal error.
		pattern: /ERROR: +role "(.+)" does not exist/,
		code: 'target_refused',
		message: ({ container }, named) =>
			`The role "${named}", which owns the database, is not known to PostgreSQL in the container "${container}".`,
		remedy: (named) =>
			`Make the role first: create role "${named.replaceAll('"', '""')}" (with its password and rights), then run the restore again.`,
	},
	{
		pattern: /role ".*" does not exist/,
		code: 'source_unreadable',
		message: ({ container }) => `The role is not known to PostgreSQL in the container "${container}".`,
		remedy: 'Set "user" of the database in the site definition; it is the POSTGRES_USER of the container.',
	},
	{
		pattern:
			/password authentication failed|no password supplied|Peer authentication failed|no pg_hba\.conf entry/,
		code: 'source_unreadable',
		message: ({ container }) =>
			`PostgreSQL in the container "${container}" refuses the role without a password.`,
		remedy:
			'Let that role in over the socket inside the container: a line "local all all trust" in its pg_hba.conf, as the official image has it.',
	},
	{
		pattern: /too many clients|remaining connection slots|too many connections/,
		code: 'source_unreadable',
		message: ({ container }) => `PostgreSQL in the container "${container}" has no free connection.`,
		remedy: 'Raise max_connections, or see who keeps connections open, then run again.',
	},
	{
		pattern: /lock timeout|LOCK TABLE .* failed/,
		code: 'dump_failed',
		message: ({ database }) => `Somebody kept a table of "${database}" locked for more than a minute.`,
		remedy: 'See what runs there at this time (a migration, an index), and run the backup at another time.',
	},
	{
		pattern: /permission denied for/,
		code: 'dump_failed',
		message: ({ database }) => `The role may not read everything in "${database}".`,
		remedy: 'Use the owner of the database or a superuser as "user" in the site definition.',
	},
	{
		pattern: /server version mismatch/,
		code: 'dump_failed',
		message: ({ container }) => `pg_dump in the container "${container}" is older than the server.`,
		remedy: 'Use an image whose programs are of the same version as the server.',
	},
	{
		pattern: /pg_dump: not found|psql: not found|executable file not found/,
		code: 'source_unreadable',
		message: ({ container }) => `The container "${container}" holds no programs of PostgreSQL.`,
		remedy: 'Name the container in which the server itself runs.',
	},
	{
		pattern:
			/could not connect to server|connection to server .* failed|No such file or directory.*socket|starting up|shutting down/is,
		code: 'source_unreadable',
		message: ({ container }) => `PostgreSQL in the container "${container}" does not answer.`,
		remedy: 'See its log; it may be starting, stopping or out of memory.',
	},
];

/** The cause that stands behind what a program has said, or undefined for one that is not known. */
export function explainPostgres(said: string, names: Names): BackupError | undefined {
	const known = failures.find(({ pattern }) => pattern.test(said));
	if (!known) return undefined;
	const named = known.pattern.exec(said)?.[1] ?? '';
	const remedy = typeof known.remedy === 'string' ? known.remedy : known.remedy(named);
	const lastLine = said.trim().split('\n').at(-1) ?? '';
	return new BackupError(known.code, `${known.message(names, named)} (${lastLine})`, remedy);
}

/** Why a dump could not be restored. The database that was there is untouched then. */
export function explainRestore(said: string, { database, container }: Names, exitCode: number): BackupError {
	const lines = said.split('\n').filter((line) => /error|detail|hint/i.test(line));
	const facts = (lines.length > 0 ? lines : said.split('\n')).slice(0, 4).join(' ');
	const missingRole = /role "(.+)" does not exist/.exec(said)?.[1];
	const missingExtension = /extension "([^"]*)" is not available|could not open extension control file/.exec(
		said,
	);
	return new BackupError(
		'restore_failed',
		`pg_restore of "${database}" in the container "${container}" ended with exit code ${exitCode}: ${facts || 'it gave no reason'}`,
		missingRole !== undefined
			? `Make the role first: create role "${missingRole}" (with its password and rights), then run the restore again.`
			: missingExtension
				? 'Use an image of PostgreSQL that has this extension, then run the restore again.'
				: 'The database that was there is untouched. See the log of that container.',
	);
}
