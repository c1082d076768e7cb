import type { ManifestArtefact } from '../manifest';

/** What the thread that works on a SQLite database is told. */
export interface SqliteTask {
	/** Database to be copied, which may be in use; without it `file` is there already. */
	from?: string;
	/** The copy: nobody else uses it, and it may be written to, e.g. to finish what a crash has left. */
	file: string;
	/** How long to wait for somebody who keeps `from` locked, in milliseconds. */
	patienceMs: number;
	/** Set to 1 when nobody wants the result any more. */
	cancelled: SharedArrayBuffer;
}

export type TableRows = NonNullable<ManifestArtefact['tables']>[number];

export interface SqliteFindings {
	tables: TableRows[];
	/** What could not be checked or counted, though nothing was found to be wrong. */
	unchecked: string[];
}

/** Why a database cannot be copied or is not sound. */
export type SqliteFault =
	'locked' | 'needs_recovery' | 'not_a_database' | 'damaged' | 'unreadable' | 'cancelled';

export type SqliteAnswer =
	({ type: 'done' } & SqliteFindings) | { type: 'failed'; fault: SqliteFault; message: string };
