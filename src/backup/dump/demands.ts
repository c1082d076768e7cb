import {
	identifierAt,
	isWord,
	placeOf,
	statementsOf,
	type Statement,
	type Token,
} from '../globals/statements';
import type { ContentsEntry } from './contents';

/** A collation that a dump makes. */
export interface MadeCollation {
	/** `c` (of the system), `i` (ICU) or `b` (built in). */
	provider: string;
	locale: string;
}

/** Kinds of entries whose statements give rights to roles, or are about one. */
const aboutRoles = new Set(['ACL', 'DEFAULT ACL', 'POLICY', 'USER MAPPING', 'DATABASE PROPERTIES']);
/** Kinds of entries that hold code, in which anything may stand. */
const code = new Set(['FUNCTION', 'PROCEDURE', 'AGGREGATE', 'COMMENT', 'SECURITY LABEL', 'ACL']);
const notARole = new Set(['public', 'current_user', 'session_user', 'current_role', 'user']);
const providers: Record<string, string> = { libc: 'c', icu: 'i', builtin: 'b' };

/** What a server must have so that a dump can be restored into it, gathered from its table of contents. */
export class DumpDemands {
	/** Owners of what it holds. */
	readonly owners = new Set<string>();
	/** Who is given or denied rights. */
	readonly grantees = new Set<string>();
	readonly extensions = new Set<string>();
	readonly tablespaces = new Set<string>();
	/** Collations of the server's own that it names. */
	readonly collations = new Set<string>();
	readonly madeCollations: MadeCollation[] = [];
	/** What is said of the database itself; see `settingsOf`. */
	readonly ofDatabase: ContentsEntry[] = [];

	/** Takes an entry with its statements. */
	readonly see = (entry: ContentsEntry): void => {
		const { kind, tag, owner, tablespace, definition } = entry;
		if (owner !== '') this.owners.add(owner);
		if (tablespace !== '') this.tablespaces.add(tablespace);
		if (kind === 'EXTENSION') this.extensions.add(tag);
		if (kind === 'DATABASE PROPERTIES' || isOfDatabase(entry)) this.ofDatabase.push(entry);
		if (aboutRoles.has(kind)) {
			for (const statement of readable(definition)) {
				for (const name of rolesOf(statement)) this.grantees.add(name);
			}
		}
		if (kind === 'COLLATION') this.madeCollations.push(...readable(definition).flatMap(collationOf));
		if (!code.has(kind) && /COLLATE pg_catalog\./.test(definition)) {
			for (const statement of readable(definition)) {
				for (const name of collationsIn(statement)) this.collations.add(name);
			}
		}
	};
}

/** Rights, comment and security label of the database itself. */
function isOfDatabase({ kind, tag, schema }: ContentsEntry): boolean {
	return ['ACL', 'COMMENT', 'SECURITY LABEL'].includes(kind) && schema === '' && tag.startsWith('DATABASE ');
}

/** Its statements as far as they can be read: what they need beyond that shows when they are carried out. */
function readable(definition: string): Statement[] {
	try {
		return statementsOf(definition, { toReadOnly: true });
	} catch (thrown) {
		if (thrown instanceof SyntaxError) return [];
		throw thrown;
	}
}

/** The roles a statement is for, e.g. those behind the `TO` of a grant. */
function rolesOf(statement: Statement): string[] {
	const { tokens } = statement;
	const starts: number[] = [];
	const after = (keyword: string): number => placeOf(statement, keyword);
	if (isWord(statement, 0, 'grant')) starts.push(lastPlaceOf(statement, 'to'));
	if (isWord(statement, 0, 'revoke')) starts.push(lastPlaceOf(statement, 'from'));
	if (isWord(statement, 0, 'set') && isWord(statement, 2, 'authorization')) starts.push(2);
	if (isWord(statement, 0, 'alter') && isWord(statement, 1, 'role')) starts.push(1);
	if (isWord(statement, 1, 'default') && isWord(statement, 2, 'privileges')) {
		starts.push(after('role'), lastPlaceOf(statement, after('grant') === -1 ? 'from' : 'to'));
	}
	if (isWord(statement, 0, 'create') && isWord(statement, 1, 'policy')) {
		const to = after('to');
		const condition = tokens.findIndex(({ value, type }) => type === 'mark' && value === '(');
		if (condition === -1 || to < condition) starts.push(to);
	}
	if (isWord(statement, 0, 'create') && isWord(statement, 1, 'user')) starts.push(after('for'));
	return starts.filter((at) => at !== -1).flatMap((at) => namesFrom(tokens, at + 1));
}

/** `a, "b", …` */
function namesFrom(tokens: Token[], first: number): string[] {
	const names: string[] = [];
	for (let at = first; ; at += 2) {
		const token = tokens[at];
		if (token?.type === 'name' || (token?.type === 'word' && !notARole.has(token.value)))
			names.push(token.value);
		if (tokens[at + 1]?.value !== ',') return names;
	}
}

function lastPlaceOf({ tokens }: Statement, keyword: string): number {
	return tokens.findLastIndex(({ type, value }) => type === 'word' && value === keyword);
}

/** `COLLATE pg_catalog."de-x-icu"`; the tokens of words hold the points between names. */
function collationsIn({ tokens }: Statement): string[] {
	return tokens.flatMap((token, at) => {
		if (token.type !== 'word' || token.value !== 'collate') return [];
		const [schema, name] = [tokens[at + 1], tokens[at + 2]];
		if (schema?.type !== 'word') return [];
		if (schema.value === 'pg_catalog.' && name?.type === 'name') return [name.value];
		return schema.value.startsWith('pg_catalog.') ? [schema.value.slice('pg_catalog.'.length)] : [];
	});
}

/** `CREATE COLLATION a.b (provider = icu, locale = 'de-DE')` */
function collationOf(statement: Statement): MadeCollation[] {
	if (!isWord(statement, 1, 'collation')) return [];
	const settings = new Map<string, string>();
	statement.tokens.forEach(({ value }, at) => {
		if (value !== '=') return;
		const [name, given] = [identifierAt(statement, at - 1), statement.tokens[at + 1]];
		if (name !== undefined && given)
			settings.set(name, given.type === 'text' ? textOf(given.value) : given.value);
	});
	const locale = settings.get('locale') ?? settings.get('lc_collate');
	const provider = providers[settings.get('provider') ?? ''];
	return locale === undefined || provider === undefined ? [] : [{ provider, locale }];
}

const textOf = (literal: string): string => literal.slice(1, -1).replaceAll("''", "'");
