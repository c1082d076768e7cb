import { readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

import type { BackupSecrets } from '../backup';
import type { Site } from '../shared';
import type { Surroundings } from './output';

/** Name of the variable that holds the password of every database that has none of its own. */
export const passwordVariable = 'OPSDESK_PG_PASSWORD';

/** A database on a server, as the site definition names it. */
type ServerDatabase = Extract<Site['backup']['databases'][number], { type: 'postgres-server' }>;

/**
 * The passwords of the databases on servers, by their names: from `OPSDESK_PG_PASSWORD_<NAME>`,
 * `OPSDESK_PG_PASSWORD`, or a password file of PostgreSQL (`PGPASSFILE`, `~/.pgpass`), in this order.
 */
export async function databasePasswords(
	sites: readonly Site[],
	{ env }: Pick<Surroundings, 'env'>,
): Promise<NonNullable<BackupSecrets['databasePasswords']>> {
	const databases = sites
		.flatMap(({ backup }) => backup.databases)
		.filter((database) => database.type === 'postgres-server');
	if (databases.length === 0) return {};
	const lines = await passwordLines(env);
	const found = databases.map((database): [string, string | undefined] => {
		const own = env[`${passwordVariable}_${database.name.toUpperCase().replaceAll('-', '_')}`];
		return [database.name, own || env[passwordVariable] || passwordFrom(lines, database)];
	});
	return Object.fromEntries(found.filter((entry): entry is [string, string] => entry[1] !== undefined));
}

/** The fields of each line of the password file; none when others may read it, as libpq has it. */
async function passwordLines(env: Surroundings['env']): Promise<string[][]> {
	const path = env['PGPASSFILE'] || join(env['HOME'] || homedir(), '.pgpass');
	try {
		if (((await stat(path)).mode & 0o077) !== 0) return [];
		return (await readFile(path, 'utf8'))
			.split('\n')
			.filter((line) => line !== '' && !line.startsWith('#'))
			.map(fieldsOf);
	} catch {
		return [];
	}
}

/** `host:port:database:user:password`, in which a backslash stands before a colon and before itself. */
function fieldsOf(line: string): string[] {
	const fields = [''];
	for (const [part] of line.matchAll(/\\.|[^]/g)) {
		if (part === ':' && fields.length < 5) fields.push('');
		else fields[fields.length - 1] += part.length === 2 ? part.slice(1) : part;
	}
	return fields;
}

function passwordFrom(lines: string[][], { host, port, database, user }: ServerDatabase): string | undefined {
	const wanted = [host.startsWith('/') ? 'localhost' : host, String(port), database, user];
	const line = lines.find((fields) =>
		wanted.every((value, index) => fields[index] === '*' || fields[index] === value),
	);
	return line?.[4];
}
