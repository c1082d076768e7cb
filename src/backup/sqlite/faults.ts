import type { SqliteFault } from './messages';

/** Why the work on a database ended; it travels between threads as its fault and its message. */
export class Fault extends Error {
	constructor(
		readonly fault: SqliteFault,
		message: string,
	) {
		super(message);
	}
}

/** SQLITE_READONLY_ROLLBACK: a program was killed in the middle of a change, which is still to be taken back. */
const readOnlyRollback = 776;

/** Result codes of SQLite ("Result and Error Codes"), the lowest eight bits. */
const faults: Partial<Record<number, SqliteFault>> = {
	5: 'locked',
	6: 'locked',
	11: 'damaged',
	26: 'not_a_database',
};

/** What an error of `node:sqlite` means. */
export function faultOf(thrown: unknown): SqliteFault {
	const { errcode } = (thrown ?? {}) as { errcode?: unknown };
	if (typeof errcode !== 'number') return 'unreadable';
	if (errcode === readOnlyRollback) return 'needs_recovery';
	return faults[errcode & 0xff] ?? 'unreadable';
}
