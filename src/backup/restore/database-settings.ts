import type { ContentsEntry } from '../dump/contents';
import {
	beginsWith,
	identifierAt,
	isWord,
	placeOf,
	statementsOf,
	type Statement,
} from '../globals/statements';
import { withoutMarks } from './database-names';

/** What is said of a database itself, for the name it is restored under. */
export interface DatabaseSettings {
	/** Each to be run in one session; rights that were given on may change the role in between. */
	scripts: string[];
	/** Statements of a kind that is not known, or with names that could not be read. */
	leftOut: number;
}

/** In this order: who has no right any more after the others could not carry them out. */
const kinds = ['DATABASE PROPERTIES', 'COMMENT', 'SECURITY LABEL', 'ACL'];

/** As pg_dump sets it for its own statements. */
const preamble = `set client_encoding = 'UTF8';\nset standard_conforming_strings = on;\n`;

/**
 * The settings, comment and rights of a database (`ALTER DATABASE … SET`, connection limit, `GRANT … ON DATABASE`), as pg_dump
 * has written them and pg_restore carries them out with `--create` alone, for a database of another name.
 * @param entries of the table of contents, those about the database itself
 */
export function settingsFor(name: string, entries: readonly ContentsEntry[]): DatabaseSettings {
	const scripts: string[] = [];
	let leftOut = 0;
	for (const { kind, definition } of entries.toSorted(
		(a, b) => kinds.indexOf(a.kind) - kinds.indexOf(b.kind),
	)) {
		const statements = read(definition);
		const renamed = statements?.map((statement) => forName(statement, name));
		if (!renamed) {
			leftOut += 1;
			continue;
		}
		const known = renamed.filter((sql) => sql !== undefined);
		leftOut += renamed.length - known.length;
		if (kind === 'ACL') {
			if (known.length === renamed.length) scripts.push(preamble + known.join(';\n'));
			else leftOut += known.length;
		} else scripts.push(...known.map((sql) => preamble + sql));
	}
	return { scripts, leftOut };
}

/** The statement that gives a parameter a value, up to that. */
const toParameter =
	/^alter\s+(?:database|role)\s+(?:"(?:[^"]|"")+"|[^\s"]+)\s+(?:in\s+database\s+(?:"(?:[^"]|"")+"|[^\s"]+)\s+)?set\s+(?:"(?:[^"]|"")+"|[^\s="])+/i;

/** Whether a statement of these gives a parameter a value, which may be a secret (`SET app.token TO '…'`). */
export const mayHoldSecret = (script: string): boolean => toParameter.test(script.slice(preamble.length));

/** What a statement of these does, for people; the value of a parameter is left out. */
export function shownSetting(script: string): string {
	const statement = script.slice(preamble.length);
	const [beginning] = toParameter.exec(statement) ?? [];
	return (beginning === undefined ? statement : `${beginning} …`).replace(/\s+/g, ' ');
}

/** Undefined when they cannot be read; a dump in another encoding than UTF-8 may hold names that were not understood. */
function read(definition: string): Statement[] | undefined {
	if (definition.includes('\uFFFD')) return undefined;
	try {
		return statementsOf(definition);
	} catch (thrown) {
		if (thrown instanceof SyntaxError) return undefined;
		throw thrown;
	}
}

/** A statement about a database for one of another name; undefined when it is of another kind. */
function forName(statement: Statement, name: string): string | undefined {
	if (beginsWith(statement, 'set', 'session', 'authorization') && statement.tokens.length === 4)
		return statement.sql;
	if (beginsWith(statement, 'reset', 'session', 'authorization')) return statement.sql;
	const at = placeOfName(statement);
	const token = at === undefined ? undefined : statement.tokens[at];
	if (at === undefined || !token || identifierAt(statement, at) === undefined) return undefined;
	const { sql } = statement;
	const renamed = `${sql.slice(0, token.begin)}"${name.replaceAll('"', '""')}"${sql.slice(token.end)}`;
	return beginsWith(statement, 'comment') ? withoutMarks(renamed) : renamed;
}

/** Where the name of the database stands in a statement that may be carried out. */
function placeOfName(statement: Statement): number | undefined {
	if (beginsWith(statement, 'alter', 'database')) {
		const isSetting = ['set', 'connection', 'is_template'].some((word) => isWord(statement, 3, word));
		return isSetting ? 2 : undefined;
	}
	if (
		beginsWith(statement, 'alter', 'role') &&
		isWord(statement, 3, 'in') &&
		isWord(statement, 4, 'database')
	) {
		return isWord(statement, 6, 'set') ? 5 : undefined;
	}
	if (beginsWith(statement, 'comment', 'on', 'database')) return 3;
	if (!['grant', 'revoke', 'security'].some((verb) => beginsWith(statement, verb))) return undefined;
	const on = placeOf(statement, 'on');
	return on !== -1 && isWord(statement, on + 1, 'database') ? on + 2 : undefined;
}
