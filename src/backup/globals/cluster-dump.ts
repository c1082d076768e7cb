import { BackupError } from '../errors';
import { beginsWith, identifierAt, isWord, placeOf, statementsOf, type Statement } from './statements';

/** Far more roles than any server has. */
const maxBytes = 256 * 1024 * 1024;

const firstLines = '--\n-- PostgreSQL database cluster dump\n--\n';
const lastLines = '--\n-- PostgreSQL database cluster dump complete\n--\n';

/** What `pg_dumpall --globals-only` tells of one role or tablespace. */
export interface GlobalObject {
	name: string;
	/** In their order; the first one makes it. */
	statements: string[];
}

/** What belongs to a whole server. */
export interface ClusterDump {
	roles: GlobalObject[];
	tablespaces: GlobalObject[];
	/** Who is a member of which role. */
	memberships: { sql: string; role: string; member: string }[];
	/** Rights on parameters of the server. */
	parameterRights: { sql: string; parameter: string; to: string }[];
	/** How many statements are of another kind. */
	unknown: number;
	/** Of all of it. */
	statements: number;
}

/** Gathers the output of `pg_dumpall --globals-only` and proves it whole. */
export class ClusterDumpReader {
	private readonly pieces: Buffer[] = [];
	private bytes = 0;

	/** @throws BackupError `archive_damaged` */
	push(piece: Buffer): void {
		this.bytes += piece.length;
		if (this.bytes > maxBytes) throw damaged(`is larger than ${maxBytes} bytes`);
		this.pieces.push(Buffer.from(piece));
	}

	/**
	 * To be called after the last piece.
	 * @throws BackupError `archive_cut`, `archive_damaged`
	 */
	end(): ClusterDump {
		const text = Buffer.concat(this.pieces).toString('utf8');
		if (!text.startsWith(firstLines)) {
			if (text === '') throw cut('is empty');
			throw damaged('does not begin as pg_dumpall begins it');
		}
		if (!text.trimEnd().endsWith(lastLines.trimEnd())) throw cut('lacks the last lines of pg_dumpall');
		try {
			return clusterDumpOf(statementsOf(text));
		} catch (thrown) {
			if (thrown instanceof SyntaxError) throw damaged(`cannot be read: ${thrown.message}`);
			throw thrown;
		}
	}
}

function clusterDumpOf(statements: Statement[]): ClusterDump {
	const roles = new Map<string, GlobalObject>();
	const tablespaces = new Map<string, GlobalObject>();
	const memberships: ClusterDump['memberships'] = [];
	const parameterRights: ClusterDump['parameterRights'] = [];
	let unknown = 0;
	for (const statement of statements) {
		const { sql } = statement;
		if (beginsWith(statement, 'set')) continue;
		const role = subjectOf(statement, 'role');
		const tablespace = subjectOf(statement, 'tablespace');
		const membership = membershipOf(statement);
		const right = parameterRightOf(statement);
		if (role !== undefined) add(roles, role, sql);
		else if (tablespace !== undefined) add(tablespaces, tablespace, sql);
		else if (membership) memberships.push({ sql, ...membership });
		else if (right) parameterRights.push({ sql, ...right });
		else unknown += 1;
	}
	return {
		roles: [...roles.values()],
		tablespaces: [...tablespaces.values()],
		memberships,
		parameterRights,
		unknown,
		statements: statements.length,
	};
}

function add(objects: Map<string, GlobalObject>, name: string, sql: string): void {
	const known = objects.get(name);
	if (known) known.statements.push(sql);
	else objects.set(name, { name, statements: [sql] });
}

/** The role or tablespace that a statement makes, changes, describes or gives rights on. */
function subjectOf(statement: Statement, what: 'role' | 'tablespace'): string | undefined {
	for (const verb of ['create', 'alter']) {
		if (beginsWith(statement, verb, what)) return identifierAt(statement, 2);
	}
	if (beginsWith(statement, 'comment', 'on', what)) return identifierAt(statement, 3);
	const on = placeOf(statement, 'on');
	const isRight = ['grant', 'revoke', 'security'].some((verb) => beginsWith(statement, verb));
	return isRight && on !== -1 && isWord(statement, on + 1, what)
		? identifierAt(statement, on + 2)
		: undefined;
}

/** `GRANT a TO b …` as pg_dumpall writes it, one role to one member. */
function membershipOf(statement: Statement): { role: string; member: string } | undefined {
	if (!beginsWith(statement, 'grant') || !isWord(statement, 2, 'to')) return undefined;
	const [role, member] = [identifierAt(statement, 1), identifierAt(statement, 3)];
	return role === undefined || member === undefined ? undefined : { role, member };
}

/** `GRANT … ON PARAMETER … TO b …` */
function parameterRightOf(statement: Statement): { parameter: string; to: string } | undefined {
	if (!beginsWith(statement, 'grant')) return undefined;
	const on = placeOf(statement, 'on');
	const to = placeOf(statement, 'to');
	if (on === -1 || to < on || !isWord(statement, on + 1, 'parameter')) return undefined;
	const [parameter, grantee] = [identifierAt(statement, on + 2), identifierAt(statement, to + 1)];
	return parameter === undefined || grantee === undefined ? undefined : { parameter, to: grantee };
}

function cut(fault: string): BackupError {
	return new BackupError(
		'archive_cut',
		`What pg_dumpall has written ${fault}.`,
		'Use another restore point; if it is a new one, see the log of the server and run the backup again.',
	);
}

function damaged(fault: string): BackupError {
	return new BackupError(
		'archive_damaged',
		`What pg_dumpall has written ${fault}.`,
		'Use another restore point; if it is a new one, see the log of the server and run the backup again.',
	);
}
