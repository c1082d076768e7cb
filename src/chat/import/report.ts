import type { SourceRow } from './row';

export type RowStatus =
	'created' | 'updated' | 'edited' | 'duplicate' | 'refused' | 'deleted' | 'failed' | 'notTaken';

export interface RowProblem {
	/** Of those given, from 1. */
	row: number;
	/** The column of the source. */
	field?: string;
	problem: string;
	/** Whether the row was stored all the same, without this. */
	stored: boolean;
}

export interface Imported {
	source: string;
	table: string;
	rows: number;
	/** Rows by what became of them. They add up to `rows`. */
	counts: Partial<Record<RowStatus, number>>;
	/** Of those refused: why. */
	refused: Partial<Record<'consent' | 'erased' | 'expired', number>>;
	/** The first 1,000 of them. */
	problems: RowProblem[];
	problemCount: number;
	/** Columns that hold something and were not taken over, in how many rows, and why. */
	ignored: Array<{ column: string; rows: number; reason: string }>;
}

const mostListed = 1000;

/** Gathers what became of the rows of a table. */
export class Report {
	private readonly counts = new Map<RowStatus, number>();
	private readonly refused: Imported['refused'] = {};
	private readonly problems: RowProblem[] = [];
	private problemCount = 0;
	private readonly ignored = new Map<string, { column: string; rows: number; reason: string }>();

	constructor(
		private readonly source: string,
		private readonly table: string,
		private readonly rows: number,
	) {}

	count(status: RowStatus, reason?: 'consent' | 'erased' | 'expired'): void {
		this.counts.set(status, (this.counts.get(status) ?? 0) + 1);
		if (status === 'refused' && reason) this.refused[reason] = (this.refused[reason] ?? 0) + 1;
	}

	/** @param index of the row, from 0 */
	problem(index: number, problem: string, field?: string, stored = false): void {
		this.problemCount += 1;
		if (this.problems.length < mostListed)
			this.problems.push({ row: index + 1, ...(field !== undefined && { field }), problem, stored });
	}

	ignoring(rows: readonly SourceRow[], column: string, reason: string): void {
		const amount = rows.filter((row) => ![null, undefined, ''].includes(row[column] as string | null)).length;
		if (amount === 0) return;
		const known = this.ignored.get(column) ?? { column, rows: 0, reason };
		known.rows += amount;
		this.ignored.set(column, known);
	}

	notTaken(reason: string): Imported {
		if (this.rows > 0) this.counts.set('notTaken', this.rows);
		this.ignored.set('*', { column: '*', rows: this.rows, reason: `${this.table} ${reason}` });
		return this.done();
	}

	done(): Imported {
		return {
			...{ source: this.source, table: this.table, rows: this.rows },
			counts: Object.fromEntries(this.counts),
			refused: this.refused,
			problems: [...this.problems].sort((a, b) => a.row - b.row),
			problemCount: this.problemCount,
			ignored: [...this.ignored.values()],
		};
	}
}
