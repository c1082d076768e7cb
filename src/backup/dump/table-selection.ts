import { BackupError } from '../errors';
import type { ContentsEntry } from './contents';
import { sqlName } from './figures';

/** What belongs to a table without being needed by it. Foreign keys, triggers, rules and policies would ask for other tables. */
const belongings = new Set([
	'TABLE DATA',
	'DEFAULT',
	'SEQUENCE',
	'SEQUENCE OWNED BY',
	'SEQUENCE SET',
	'CHECK CONSTRAINT',
	'CONSTRAINT',
	'INDEX',
]);
/** A join of two that are there both. */
const joins = new Set(['TABLE ATTACH', 'INDEX ATTACH']);
/** Settings of the dump itself. */
const always = new Set(['ENCODING', 'STDSTRINGS', 'SEARCHPATH']);
/** Of their statements it is told later what they need of a server. */
const kept = new Set(['EXTENSION', 'COLLATION', 'TABLE', 'DOMAIN', 'TYPE']);
const maxTold = 10;

type LightEntry = Pick<ContentsEntry, 'id' | 'kind' | 'tag' | 'schema' | 'definition' | 'needs'>;

/**
 * Which entries of a dump make certain tables: their definitions and rows, what they need (types, functions, extensions,
 * sequences) and what belongs to them (defaults, keys, indexes, partitions). The table of contents is looked at once,
 * entry by entry (`see`), then `end` is asked.
 */
export class TableSelection {
	private readonly entries = new Map<number, LightEntry>();
	private readonly dependents = new Map<number, number[]>();

	/** @param given as people write them, `schema.table`, with quotes where SQL needs them or without */
	constructor(
		private readonly artefact: string,
		private readonly given: readonly string[],
	) {
		if (given.length === 0)
			throw unknown(`No tables of ${artefact} are given.`, 'Give one, e.g. public.orders.');
	}

	readonly see = ({ id, kind, tag, schema, definition, needs }: ContentsEntry): void => {
		this.entries.set(id, { id, kind, tag, schema, needs, definition: kept.has(kind) ? definition : '' });
		for (const need of needs) this.dependents.set(need, [...(this.dependents.get(need) ?? []), id]);
	};

	/**
	 * To be called after the last entry.
	 * @returns numbers of entries for `pg_restore --use-list`, the entries themselves, and the names of the tables with rows
	 * @throws BackupError `table_unknown` naming one that the dump does not hold
	 */
	end(): { ids: number[]; entries: ContentsEntry[]; tables: string[] } {
		const tables = [...this.entries.values()].filter(({ kind }) => kind === 'TABLE');
		const chosen = new Set<number>();
		const withRows = new Set<string>();
		for (const name of this.given) {
			const found = tables.find((entry) => isNamed(entry, name));
			const parts = found ? this.withPartitions(found) : [];
			const rows = parts.flatMap(({ id }) => this.of(id).filter(({ kind }) => kind === 'TABLE DATA'));
			if (rows.length === 0) throw this.notThere(name, tables);
			for (const { id } of parts) this.take(id, chosen);
			for (const row of rows) withRows.add(shown(row));
		}
		for (const { id } of [...chosen].flatMap((entry) => this.of(entry))) {
			const entry = this.entries.get(id);
			if (entry && joins.has(entry.kind) && entry.needs.every((need) => chosen.has(need))) chosen.add(id);
		}
		for (const { id, kind } of this.entries.values()) if (always.has(kind)) chosen.add(id);
		const entries = [...chosen].flatMap((id) => this.entries.get(id) ?? []);
		return {
			ids: [...this.entries.keys()].filter((id) => chosen.has(id)),
			entries: entries.map((entry) => ({ ...entry, owner: '', tablespace: '' })),
			tables: [...withRows],
		};
	}

	/** Takes an entry, all it needs and all that belongs to it. */
	private take(id: number, chosen: Set<number>): void {
		const waiting = [{ id, isWanted: true }];
		for (let next; (next = waiting.pop());) {
			const entry = this.entries.get(next.id);
			if (!entry || chosen.has(next.id)) continue;
			chosen.add(next.id);
			waiting.push(...entry.needs.map((need) => ({ id: need, isWanted: false })));
			// Of tables that are only needed no rows are wanted, of sequences always where they stand.
			const isOwner = next.isWanted || entry.kind === 'SEQUENCE';
			if (!isOwner) continue;
			const own = this.of(next.id).filter(({ kind }) => belongings.has(kind));
			waiting.push(...own.map((one) => ({ id: one.id, isWanted: false })));
		}
	}

	private withPartitions(table: LightEntry): LightEntry[] {
		const found = new Map([[table.id, table]]);
		for (const { id } of found.values()) {
			for (const attach of this.of(id)) {
				if (attach.kind !== 'TABLE ATTACH') continue;
				const part = attach.needs
					.flatMap((need) => this.entries.get(need) ?? [])
					.find(
						({ kind, tag, schema }) => kind === 'TABLE' && tag === attach.tag && schema === attach.schema,
					);
				if (part) found.set(part.id, part);
			}
		}
		return [...found.values()];
	}

	private of(id: number): LightEntry[] {
		return (this.dependents.get(id) ?? []).flatMap((dependent) => this.entries.get(dependent) ?? []);
	}

	private notThere(name: string, tables: LightEntry[]): BackupError {
		const names = tables.map(shown).toSorted();
		const more = names.length > maxTold ? ` and ${names.length - maxTold} more` : '';
		return unknown(
			`${this.artefact} holds no rows of a table "${name}".`,
			`Give its schema and its name, e.g. public.orders. It holds: ${names.slice(0, maxTold).join(', ')}${more}.`,
		);
	}
}

const shown = ({ schema, tag }: LightEntry): string => sqlName({ schema, table: tag });

function isNamed(entry: LightEntry, name: string): boolean {
	return name === shown(entry) || name === `${entry.schema}.${entry.tag}`;
}

function unknown(fault: string, remedy: string): BackupError {
	return new BackupError('table_unknown', fault, remedy);
}
