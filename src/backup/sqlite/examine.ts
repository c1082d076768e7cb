import type * as sqlite from 'node:sqlite';
import type { DatabaseSync } from 'node:sqlite';

import { errorMessage } from '../../shared';
import { refuseCancelled } from './copy';
import { Fault, faultOf } from './faults';
import type { SqliteFindings, TableRows } from './messages';

/** Faults of a damaged database that are told. */
const maxFaults = 5;
/** A manifest with more would be too large to be read again. */
const maxTables = 5000;

/**
 * Proves that a database is sound and counts the rows of its tables. A `-wal` or `-journal` beside it, which a crash
 * has left, is worked into it as SQLite does whenever such a database is opened.
 *
 * @param file nobody else uses it
 * @throws Fault `damaged`, `cancelled`; an error of SQLite
 */
export function examine(
	{ DatabaseSync }: typeof sqlite,
	file: string,
	isCancelled: () => boolean,
): SqliteFindings {
	const database = new DatabaseSync(file, { allowExtension: false, enableForeignKeyConstraints: false });
	try {
		// What a stranger has put into views and triggers does not run.
		database.exec('pragma trusted_schema=off; pragma cell_size_check=on');
		const unchecked = checkIntegrity(database);
		const tables: TableRows[] = [];
		const names = tableNames(database);
		for (const name of names.slice(0, maxTables)) {
			refuseCancelled(isCancelled);
			try {
				tables.push({ name, rows: countRows(database, name) });
			} catch (thrown) {
				if (faultOf(thrown) === 'damaged') throw thrown;
				unchecked.push(`the rows of the table "${name}" cannot be counted here (${errorMessage(thrown)})`);
			}
		}
		if (names.length > maxTables)
			unchecked.push(`only the rows of the first ${maxTables} tables are counted`);
		return { tables, unchecked };
	} finally {
		database.close();
	}
}

/** Resolves with what could not be checked. @throws Fault `damaged` */
function checkIntegrity(database: DatabaseSync): string[] {
	try {
		refuseFaults(database, 'integrity_check');
		return [];
	} catch (thrown) {
		if (thrown instanceof Fault || faultOf(thrown) !== 'unreadable') throw thrown;
		// Indexes with functions or sort orders that only the application knows; their tables are checked.
		refuseFaults(database, 'quick_check');
		return [`its indexes cannot be checked here (${errorMessage(thrown)})`];
	}
}

function refuseFaults(database: DatabaseSync, pragma: 'integrity_check' | 'quick_check'): void {
	const said = database
		.prepare(`pragma ${pragma}(${maxFaults})`)
		.all()
		.map((row) => String(Object.values(row)[0]));
	if (said.length === 1 && said[0] === 'ok') return;
	throw new Fault('damaged', said.join('; ').replace(/\s+/g, ' ').slice(0, 500));
}

/** Tables of the application; those of SQLite itself are left out. */
function tableNames(database: DatabaseSync): string[] {
	return database
		.prepare(
			"select name from sqlite_schema where type = 'table' and name not like 'sqlite\\_%' escape '\\' order by name",
		)
		.all()
		.map(({ name }) => String(name));
}

function countRows(database: DatabaseSync, table: string): number {
	const found = database.prepare(`select count(*) as rows from "${table.replaceAll('"', '""')}"`).get();
	return Number(found?.['rows']);
}
