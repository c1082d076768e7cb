import type { DumpDemands, MadeCollation } from '../dump/demands';
import { BackupError } from '../errors';
import type { ManifestArtefact } from '../manifest';
import type { Database } from '../postgres/database';

/** What is found before a dump is restored. */
export interface Needs {
	/** Why the server cannot take the dump. */
	refusal?: BackupError;
	/** What people should know besides, each a sentence. */
	notes: string[];
	/** Names that the server does not know. */
	missing: { roles: string[]; tablespaces: string[] };
}

export interface NeedsOptions {
	/** To follow "PostgreSQL", e.g. `in the container shop-db`. */
	where: string;
	/** Name of the database it goes to. */
	name: string;
	/** Roles that the same restore makes before. */
	promised?: ReadonlySet<string> | undefined;
	/** Errors of pg_restore are allowed, so that what only causes some is told and not refused. */
	allowErrors?: boolean | undefined;
	/** Everything goes into the tablespace of the database. */
	noTablespaces?: boolean | undefined;
}

interface Lack {
	what: string;
	remedy: string;
}

/** Of a dump whose table of contents cannot be read. */
export const unknownFormat: Needs = {
	notes: ['What it needs of the server is unknown, since its format is newer than this package.'],
	missing: { roles: [], tablespaces: [] },
};

/**
 * Holds what a dump needs against what a server has, and changes nothing: extensions, roles, tablespaces, locales and
 * collations.
 * @throws BackupError when the server cannot be asked
 */
export async function findNeeds(
	demands: DumpDemands,
	{ source }: Pick<ManifestArtefact, 'source'>,
	database: Database,
	options: NeedsOptions,
): Promise<Needs> {
	const { where, allowErrors = false } = options;
	const missing = {
		roles: await missingRoles(demands, source, database, options.promised),
		tablespaces: options.noTablespaces ? [] : await missingTablespaces(demands, source, database),
	};
	const lacks = [
		...(await lackingExtensions(demands, database)),
		...lackingRoles(missing.roles),
		...lackingTablespaces(missing.tablespaces),
		...(await lackingCollations(demands, source, database)),
	];
	const notes = [
		...(await ownership(demands, source, database, options.name)),
		...(await otherOrder(source, database)),
	];
	if (lacks.length === 0) return { notes, missing };
	const whole = `PostgreSQL ${where} lacks ${lacks.map(({ what }) => what).join('; ')}.`;
	if (allowErrors) return { notes: [whole, ...notes], missing };
	const remedy = `${lacks.map((lack) => lack.remedy).join(' ')} Then run the restore again.`;
	return { refusal: new BackupError('target_refused', whole, remedy), notes, missing };
}

/** Of the names, those the query does not know; it gets them as the JSON array `:'names'`. */
async function unknown(database: Database, names: Iterable<string>, known: string): Promise<string[]> {
	const wanted = [...new Set(names)].filter((name) => !name.includes('\uFFFD'));
	if (wanted.length === 0) return [];
	const sql = `select coalesce(json_agg(n), '[]') from json_array_elements_text(:'names') n where n not in (${known})`;
	const [found = '[]'] = await database.rows(sql, { names: JSON.stringify(wanted) });
	return JSON.parse(found) as string[];
}

const quoted = (names: readonly string[]): string =>
	names.map((name) => `"${name.replaceAll('"', '""')}"`).join(', ');

async function lackingExtensions({ extensions }: DumpDemands, database: Database): Promise<Lack[]> {
	const names = await unknown(database, extensions, 'select name::text from pg_available_extensions');
	if (names.length === 0) return [];
	const remedy = 'Install them where the server runs, or use an image that has them.';
	return [{ what: `the extension${names.length > 1 ? 's' : ''} ${quoted(names)}`, remedy }];
}

async function missingRoles(
	{ owners, grantees }: DumpDemands,
	{ owner = '' }: Record<string, string>,
	database: Database,
	promised: ReadonlySet<string> = new Set(),
): Promise<string[]> {
	const named = [...owners, ...grantees, owner].filter((name) => name !== '' && !promised.has(name));
	return await unknown(database, named, 'select rolname::text from pg_roles');
}

function lackingRoles(missing: string[]): Lack[] {
	if (missing.length === 0) return [];
	const make = missing.map((name) => `create role ${quoted([name])};`).join(' ');
	return [
		{
			what: `the role${missing.length > 1 ? 's' : ''} ${quoted(missing)}, owner of something in the database or with rights there`,
			remedy: `Restore the roles first (globals-… of the restore point), or make them, with their passwords and rights: ${make}`,
		},
	];
}

async function missingTablespaces(
	{ tablespaces }: DumpDemands,
	{ tablespace = '' }: Record<string, string>,
	database: Database,
): Promise<string[]> {
	const named = [...tablespaces, tablespace].filter(Boolean);
	return await unknown(database, named, 'select spcname::text from pg_tablespace');
}

function lackingTablespaces(missing: string[]): Lack[] {
	if (missing.length === 0) return [];
	return [
		{
			what: `the tablespace${missing.length > 1 ? 's' : ''} ${quoted(missing)}`,
			remedy: 'Make them with "create tablespace" on a folder of the server.',
		},
	];
}

async function lackingCollations(
	{ collations, madeCollations }: DumpDemands,
	source: Record<string, string>,
	database: Database,
): Promise<Lack[]> {
	const names = await unknown(database, collations, 'select collname::text from pg_collation');
	const locales = new Map<string, string>();
	for (const wanted of [...localesOf(source), ...madeCollations]) {
		const why = await whyNoLocale(wanted, database);
		if (why !== undefined) locales.set(wanted.locale, why);
	}
	const remedy =
		'Install them where the server runs (locale-gen; then "select pg_import_system_collations(\'pg_catalog\')"), or use a server with ICU.';
	return [
		...(names.length > 0
			? [{ what: `the collation${names.length > 1 ? 's' : ''} ${quoted(names)}`, remedy }]
			: []),
		...[...locales].map(([locale, why]) => ({ what: `the locale "${locale}" (${why})`, remedy })),
	];
}

/** The locales a database itself is made with. */
function localesOf({
	collate = '',
	ctype = '',
	localeProvider,
	locale = '',
}: Record<string, string>): MadeCollation[] {
	const ofSystem = [...new Set([collate, ctype])]
		.filter(Boolean)
		.map((name) => ({ provider: 'c', locale: name }));
	return localeProvider === 'i' && locale !== '' ? [...ofSystem, { provider: 'i', locale }] : ofSystem;
}

/**
 * Only making a collation shows whether the server's system has a locale; it is taken back at once.
 * @returns why it has not
 */
async function whyNoLocale(
	{ provider, locale }: MadeCollation,
	database: Database,
): Promise<string | undefined> {
	if (provider === 'b' || /^(?:C|POSIX|C\.UTF-?8)$/i.test(locale)) return undefined;
	const name = { c: 'libc', i: 'icu' }[provider];
	const probe = `begin; create collation pg_temp.opsdesk_probe (provider = ${name}, locale = :'locale'); rollback;`;
	try {
		await database.rows(probe, { locale });
		return undefined;
	} catch (thrown) {
		if (!(thrown instanceof BackupError)) throw thrown;
		const [, said] =
			/ERROR: +(could not create locale[^\n]*|could not open collator[^\n]*|ICU [^\n]*|locale provider [^\n]*)/.exec(
				thrown.message,
			) ?? [];
		// A role that may make nothing there, or a replica, proves nothing; the restore itself will show it.
		return said?.replace(/ (?:DETAIL|HINT|LINE).*/, '');
	}
}

async function ownership(
	{ owners }: DumpDemands,
	{ owner = '' }: Record<string, string>,
	database: Database,
	name: string,
): Promise<string[]> {
	const [now] = await database.rows(
		`select pg_get_userbyid(datdba) from pg_database where datname = :'name'`,
		{ name },
	);
	const changes =
		now === undefined || owner === '' || now === owner
			? []
			: [`It belongs to the role "${now}" now and to "${owner}" in the backup, which is what is restored.`];
	const foreign = await unknown(
		database,
		[...owners, owner].filter((role) => role !== '' && !role.startsWith('pg_')),
		`select rolname::text from pg_roles where pg_has_role(current_user, oid, 'member')
		 union all select r::text from json_array_elements_text(:'names') r where r not in (select rolname from pg_roles)`,
	);
	if (foreign.length === 0) return changes;
	return [
		...changes,
		`The role that restores is neither a superuser nor a member of ${quoted(foreign)}, so it may be refused to give them what was theirs.`,
	];
}

/** Indexes are built anew, so another version of the rules of order does no harm but that rows come in another order. */
async function otherOrder(source: Record<string, string>, database: Database): Promise<string[]> {
	const { collationVersion = '', localeProvider = 'c', collate = '', locale = '' } = source;
	if (collationVersion === '') return [];
	const [now = ''] = await database.rows(
		`select pg_collation_actual_version(oid) from pg_collation
		 where to_jsonb(pg_collation) ->> 'collprovider' = :'provider' and :'locale' in
		 (to_jsonb(pg_collation) ->> 'collcollate', to_jsonb(pg_collation) ->> 'colliculocale', to_jsonb(pg_collation) ->> 'colllocale')
		 and pg_collation_actual_version(oid) is not null limit 1`,
		{ provider: localeProvider, locale: localeProvider === 'i' ? locale : collate },
	);
	if (now === '' || now === collationVersion) return [];
	return [
		`Its texts were ordered by version ${collationVersion} of the rules of its locale, and that of the server is ${now}: some rows may come in another order.`,
	];
}
