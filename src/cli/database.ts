import type { PostgresAccess } from '../store';
import { passwordVariable } from './database-passwords';
import { UsageError, type Surroundings } from './output';

/** Holds the whole connection string where `--database` is not given. */
export const databaseVariable = 'OPSDESK_DATABASE_URL';

/** Names the database of the store. */
export const databaseOption = [
	'--database <address>',
	`postgresql://user@host:5432/name of the owner, the password in ${passwordVariable}; or all of it in ${databaseVariable}`,
] as const;

/**
 * The database that a command works on. A password on the command line would be seen by all users of the machine.
 *
 * @throws UsageError
 */
export function databaseOf({ database }: { database?: string }, { env }: Surroundings): PostgresAccess {
	const given = database ?? env[databaseVariable];
	if (given === undefined || given === '')
		throw new UsageError(
			'No database is named.',
			`Give --database postgresql://user@host:5432/name with the password in ${passwordVariable}, or the whole address in ${databaseVariable}.`,
		);
	const url = URL.parse(given);
	if (url === null || !['postgres:', 'postgresql:'].includes(url.protocol))
		throw new UsageError(
			'The database is not given as an address.',
			'Give it as postgresql://user@host:5432/name; special characters as %40 and the like.',
		);
	if (database !== undefined && url.password !== '')
		throw new UsageError(
			'The address of the database holds a password, which all users of this machine can see.',
			`Leave it out, and put it into ${passwordVariable}.`,
		);
	if (url.password === '')
		url.password = encodeURIComponent(env[passwordVariable] ?? env['PGPASSWORD'] ?? '');
	return { connectionString: url.href };
}
