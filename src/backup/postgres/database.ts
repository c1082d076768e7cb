import { z } from 'zod';

import type { ExecResult } from '../../docker';
import { BackupError } from '../errors';
import { explainPostgres } from './failures';
import type { PostgresPrograms, ServerPlace } from './programs';

const optionalText = z
	.string()
	.nullish()
	.transform((value) => value ?? '');
const described = z.object({
	datname: z.string(),
	owner: z.string(),
	encoding_name: z.string(),
	datcollate: optionalText,
	datctype: optionalText,
	// From PostgreSQL 15 on; the name of the locale changed with 17.
	datlocprovider: optionalText,
	daticulocale: optionalText,
	datlocale: optionalText,
	datcollversion: optionalText,
	tablespace: z.string(),
	server_version: z.string(),
});

/** What a database was made with, enough to make it anew. */
export interface DatabaseDetails extends Record<string, string> {
	database: string;
	owner: string;
	encoding: string;
	collate: string;
	ctype: string;
	/** `c` (of the system), `i` (ICU), `b` (built in) or empty before PostgreSQL 15. */
	localeProvider: string;
	locale: string;
	/** Of the rules by which its texts are ordered; empty where the server does not tell it. */
	collationVersion: string;
	/** Empty for that of the server. */
	tablespace: string;
	serverVersion: string;
}

const describeSql = `select to_jsonb(d) || jsonb_build_object('owner', pg_get_userbyid(datdba),
 'encoding_name', pg_encoding_to_char(encoding), 'server_version', current_setting('server_version'),
 'tablespace', (select spcname from pg_tablespace t where t.oid = dattablespace))
 from pg_database d where datname = current_database()`;

/** The databases of a server, through psql. */
export class Database {
	constructor(
		private readonly programs: PostgresPrograms,
		private readonly signal?: AbortSignal,
	) {}

	/** @throws BackupError `source_missing` when there is no such database */
	async describe(database: string): Promise<DatabaseDetails> {
		const rows = await this.rows(describeSql, {}, database);
		const parsed = described.safeParse(rows[0] === undefined ? undefined : JSON.parse(rows[0]));
		if (!parsed.success) throw unreadable(this.programs.place);
		const { data } = parsed;
		return {
			database: data.datname,
			owner: data.owner,
			encoding: data.encoding_name,
			collate: data.datcollate,
			ctype: data.datctype,
			localeProvider: data.datlocprovider,
			locale: data.datlocale || data.daticulocale,
			collationVersion: data.datcollversion,
			tablespace: data.tablespace === 'pg_default' ? '' : data.tablespace,
			serverVersion: data.server_version,
		};
	}

	/**
	 * Runs a statement and returns its rows, the columns of each separated by tabs.
	 * @param values inserted by psql itself: `:'name'` as text, `:"name"` as identifier
	 * @throws BackupError
	 */
	async rows(
		sql: string,
		values: Record<string, string> = {},
		database = 'postgres',
		silenceMs?: number,
	): Promise<string[]> {
		const { stdout } = await this.psql(sql, values, { database, silenceMs });
		return stdout.toString('utf8').split('\n').filter(Boolean);
	}

	/**
	 * Runs statements, and others when one of them fails, so that what the first ones have begun does not stay half done.
	 * @throws BackupError for the failure of the first ones
	 */
	async runOrElse(sql: string, otherwise: string, values: Record<string, string>): Promise<void> {
		await this.psql(sql, values, { database: 'postgres', otherwise });
	}

	private async psql(
		script: string,
		values: Record<string, string>,
		{ database, ...options }: { database: string; silenceMs?: number | undefined; otherwise?: string },
	): Promise<ExecResult> {
		const { place } = this.programs;
		const settings = Object.entries(values).flatMap(([name, value]) => ['-v', `${name}=${value}`]);
		const result = await this.programs.psql(script, {
			args: [
				...['-X', '-q', '-A', '-t', '-F', '\t', '-w', '-v', 'ON_ERROR_STOP=1', ...settings],
				...['-d', database],
			],
			signal: this.signal,
			...options,
		});
		if (result.exitCode === 0) return result;
		throw explainPostgres(result.stderr, { database, place }) ?? refused(place, result);
	}
}

/**
 * The statement that makes a database as it was, with the variables of psql for its values.
 * @param details as `describe` has returned them; what is missing is left to the server
 */
export function createStatement(details: Partial<Record<string, string>>): string {
	const options: [field: string, clause: string][] = [
		['owner', 'owner :"owner"'],
		['encoding', `encoding :'encoding'`],
		['collate', `lc_collate :'collate'`],
		['ctype', `lc_ctype :'ctype'`],
		['tablespace', 'tablespace :"tablespace"'],
	];
	const given = options.filter(([field]) => details[field]).map(([, clause]) => clause);
	const provider = {
		i: ` locale_provider icu icu_locale :'locale'`,
		b: ` locale_provider builtin builtin_locale :'locale'`,
	}[details['localeProvider'] ?? ''];
	return `create database :"name" template template0 ${given.join(' ')}${provider ?? ''}`;
}

function refused({ where }: ServerPlace, { stderr, exitCode }: ExecResult): BackupError {
	const said = stderr.split('\n').slice(-3).join(' ') || `exit code ${exitCode} without a word`;
	return new BackupError(
		'database_refused',
		`PostgreSQL ${where} refused a statement: ${said}`,
		'See its log; the role may lack a right.',
	);
}

function unreadable({ where }: ServerPlace): BackupError {
	return new BackupError(
		'database_refused',
		`PostgreSQL ${where} does not describe its database in a known way.`,
		'PostgreSQL 10 or newer is needed.',
	);
}
