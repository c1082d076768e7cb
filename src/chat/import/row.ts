import { DateTime } from 'luxon';

import type { Fault } from '../../shared';
import { instantOf } from './wall-time';

/** A row of another system, as a database or a file gives it: names of columns and what stands there. */
export type SourceRow = Readonly<Record<string, unknown>>;

/**
 * Reads columns whatever form they came in (a driver, JSON, CSV), and remembers which were read: what is left has no home
 * of its own. Faults are collected and named by their columns.
 */
export class RowReader {
	readonly faults: Fault[] = [];
	/** What does not keep the row from being stored, and is to be known. */
	readonly notes: Fault[] = [];
	private readonly read = new Set<string>();

	constructor(
		private readonly row: SourceRow,
		/** Of times that do not say their own. */
		private readonly timeZone: string,
	) {}

	fault(field: string, problem: string): undefined {
		this.faults.push({ field, problem });
		return undefined;
	}

	note(field: string, problem: string): void {
		this.notes.push({ field, problem });
	}

	/** The first of these columns that holds something; all of them count as read. */
	value(...columns: string[]): unknown {
		let found: unknown;
		for (const column of columns) {
			this.read.add(column);
			const value = this.row[column];
			if (found === undefined && value !== null && value !== undefined && value !== '') found = value;
		}
		return found;
	}

	/** Verbatim. */
	text(...columns: string[]): string | undefined {
		const value = this.value(...columns);
		if (value === undefined || typeof value === 'string') return value;
		if (['number', 'bigint', 'boolean'].includes(typeof value)) return String(value);
		return this.fault(columns[0] ?? '', 'is no text');
	}

	/** As text: ids of some platforms are too great for a number. */
	id(...columns: string[]): string | undefined {
		const value = this.value(...columns);
		if (typeof value === 'number' && !Number.isSafeInteger(value))
			return this.fault(columns[0] ?? '', 'is a number that has lost digits already; select it as text');
		const id = this.text(...columns);
		// One that was mended would be another one.
		if (id !== undefined && /[\0\p{Surrogate}]/u.test(id))
			return this.fault(columns[0] ?? '', 'holds characters that no id has');
		return id;
	}

	/** A fault when there is none. */
	required<T>(value: T | undefined, column: string): T | undefined {
		if (value === undefined && !this.faults.some(({ field }) => field === column))
			this.fault(column, 'is missing');
		return value;
	}

	number(...columns: string[]): number | undefined {
		const value = this.value(...columns);
		if (value === undefined) return undefined;
		const number = typeof value === 'string' ? Number(value.trim()) : value;
		return typeof number === 'number' && Number.isFinite(number)
			? number
			: this.fault(columns[0] ?? '', 'is no number');
	}

	flag(...columns: string[]): boolean | undefined {
		const value = this.value(...columns);
		if (value === undefined || typeof value === 'boolean') return value;
		const word = String(value).toLowerCase();
		if (['t', 'true', '1', 'yes'].includes(word)) return true;
		if (['f', 'false', '0', 'no'].includes(word)) return false;
		return this.fault(columns[0] ?? '', 'is neither true nor false');
	}

	/** ISO 8601 in UTC. */
	instant(...columns: string[]): string | undefined {
		const value = this.value(...columns);
		if (value === undefined) return undefined;
		const time =
			value instanceof Date
				? DateTime.fromJSDate(value)
				: typeof value === 'string'
					? instantOf(isoForm(value), this.timeZone)
					: undefined;
		if (time?.isValid !== true) return this.fault(columns[0] ?? '', 'is no time, as in 2026-01-31T09:00:00Z');
		return time.toUTC().toISO() ?? undefined;
	}

	/** A list of texts: an array, its JSON, or PostgreSQL's `{a,b}`. */
	texts(...columns: string[]): string[] | undefined {
		const value = parsed(this.value(...columns));
		if (value === undefined) return undefined;
		if (Array.isArray(value))
			return value.map((part) =>
				typeof part === 'string' ? part : typeof part === 'object' ? JSON.stringify(part) : String(part),
			);
		// PostgreSQL's empty list is JSON's empty object.
		if (JSON.stringify(value) === '{}') return [];
		if (typeof value !== 'string') return this.fault(columns[0] ?? '', 'is no list');
		return /^\{.*\}$/s.test(value) ? arrayLiteral(value) : [value];
	}

	/** Anything; a text that is JSON is read. */
	json(...columns: string[]): unknown {
		return parsed(this.value(...columns));
	}

	/** What no column of ours is for, by its own names. */
	rest(): Record<string, unknown> {
		return Object.fromEntries(
			Object.entries(this.row)
				.filter(
					([column, value]) =>
						!this.read.has(column) && value !== null && value !== undefined && value !== '',
				)
				.map(([column, value]) => [column, plain(value)]),
		);
	}
}

/** `2026-01-31 09:00:00+03`, as PostgreSQL writes it, in the form of ISO 8601. */
function isoForm(text: string): string {
	return text
		.trim()
		.replace(/^(\d{4}-\d\d-\d\d) +/, '$1T')
		.replace(/ +(?=[+-]\d\d)/, '')
		.replace(/([+-]\d\d)$/, (offset: string, _: string, at: number) => (at > 10 ? `${offset}:00` : offset));
}

function parsed(value: unknown): unknown {
	if (typeof value !== 'string' || !/^\s*[[{"]/.test(value)) return value;
	try {
		return JSON.parse(value) as unknown;
	} catch {
		return value;
	}
}

function arrayLiteral(text: string): string[] {
	return [...text.slice(1, -1).matchAll(/"((?:[^"\\]|\\.)*)"|([^,]+)/gs)].map(([, quoted, bare]) =>
		quoted === undefined ? (bare ?? '') : quoted.replace(/\\(.)/gs, '$1'),
	);
}

/** As JSON can hold it. */
function plain(value: unknown): unknown {
	if (typeof value === 'bigint') return String(value);
	return value instanceof Date ? value.toISOString() : value;
}

/** Without what is undefined. */
export function present<T extends object>(fields: T): { [K in keyof T]: Exclude<T[K], undefined> } {
	return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
		[K in keyof T]: Exclude<T[K], undefined>;
	};
}
