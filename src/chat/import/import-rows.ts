import { IANAZone } from 'luxon';

import { attachmentSchema, messageInputSchema, parseInput, type Fault } from '../../shared';
import { StoreError, type Store } from '../../store';
import { parseMessage, storeMessages } from '../ingest';
import type { Sealing } from '../sealing/contact';
import { mapRow, type Mapped, type MapOptions, type TableRules } from './mapped';
import { Report, type Imported } from './report';
import type { SourceRow } from './row';
import { storeRows, type ReadyRow } from './store-rows';
import { rulesFor, type ImportSource } from './tables';

export interface ImportOptions extends Sealing, Partial<MapOptions> {
	signal?: AbortSignal | undefined;
}

/** n8n's memory in PostgreSQL came then: no row of it is older. */
const firstMemory = '2024-07-16T00:00:00.000Z';

/** A colon ends it in an id. */
const tableNameForm = /^[^\s:\p{Cc}\p{Surrogate}]{1,100}$/u;

/** As the store's own check of a name of a platform. */
const platformForm = /^[a-z0-9][a-z0-9_-]{0,31}$/;

/**
 * Takes over rows of another system. Importing again creates nothing twice and changes nothing that was changed here
 * since; tables may come in any order, but files after their messages. A row with a fault is listed, the others are
 * stored. After an error, rows of earlier batches are stored: import all of them again.
 *
 * @param rows as the database or a file gives them, names of columns as in the source
 * @throws StoreError `invalid_input` for an unknown table or a faulty option
 */
export async function importRows(
	store: Store,
	{ source, table }: { source: ImportSource; table: string },
	rows: readonly SourceRow[],
	options: ImportOptions = {},
): Promise<Imported> {
	const rules = rulesFor(source, table);
	const report = new Report(source, table, rows.length);
	if ('reason' in rules) return report.notTaken(rules.reason);
	for (const [column, reason] of Object.entries(rules.notTaken)) report.ignoring(rows, column, reason);
	const ready = sound(rules, source, rows, mapOptions(options), report);
	const { fieldKeys, signal } = options;
	if (rules.kind === 'message') await storeMessageRows(store, rules, ready, report, signal);
	else await storeRows(store, rules.kind, ready, report, { fieldKeys, signal });
	return report.done();
}

async function storeMessageRows(
	store: Store,
	{ columns = {}, hasRowIds = false }: TableRules,
	ready: readonly ReadyRow[],
	report: Report,
	signal: AbortSignal | undefined,
): Promise<void> {
	const messages = ready.map(({ value }, place) => parseMessage(value, place));
	const stored = await storeMessages(store, messages, { compares: true, ...(signal && { signal }) });
	for (const [place, { status, reason }] of stored.entries()) {
		if (reason !== 'differs') {
			report.count(status, reason);
			continue;
		}
		report.count(status);
		const hint = hasRowIds ? '; if it is a row of another table, give that table a name' : '';
		const index = ready[place]?.index ?? place;
		report.problem(index, `the message with this id is here and says something else${hint}`, columns['id']);
	}
}

/** Rows without a fault in our form; the others are reported. */
function sound(
	rules: TableRules,
	source: string,
	rows: readonly SourceRow[],
	options: MapOptions,
	report: Report,
): ReadyRow[] {
	return rows.flatMap((row, index) => {
		const { value: all, faults, notes } = readRow(rules, source, row, options);
		const { rest, ...value } = all;
		for (const fault of faults) report.problem(index, fault.problem, fault.field);
		if (faults.length > 0) {
			report.count('failed');
			return [];
		}
		for (const column of Object.keys(rest ?? {})) report.ignoring([row], column, 'has no home here');
		return [{ index, value, notes }];
	});
}

/** Whatever stands in a row, it is a fault of that row alone. */
function readRow(rules: TableRules, source: string, row: SourceRow, options: MapOptions): Mapped {
	try {
		const mapped = mapRow(rules, source, row, options);
		const { rest: _rest, ...value } = mapped.value;
		return mapped.faults.length > 0 ? mapped : { ...mapped, faults: faultsOf(rules, value) };
	} catch (failure) {
		const why = failure instanceof Error ? failure.name : 'an unknown failure';
		return { value: {}, faults: [{ field: '*', problem: `the row cannot be read (${why})` }], notes: [] };
	}
}

function faultsOf({ kind, columns = {} }: TableRules, value: Record<string, unknown>): Fault[] {
	if (kind === 'message') return named(parseInput(messageInputSchema, value), columns);
	if (kind === 'file') {
		const faults = named(parseInput(attachmentSchema, value['file']), fileColumns);
		if (faults.length > 0) return faults;
	}
	const { platform } = value;
	if (typeof platform === 'string' && !platformForm.test(platform))
		return [
			{ field: 'platform', problem: 'must be a word such as telegram, whatsapp, messenger, instagram, sms' },
		];
	return [];
}

const fileColumns = {
	...{ fileName: 'filename', mimeType: 'mime_type', sizeBytes: 'size_bytes', url: 'storage_url' },
	...{ thumbnailUrl: 'thumbnail_url', durationMs: 'duration', ocrText: 'ocr_text', kind: 'file_type' },
};

function named(
	parsed: { ok: true } | { ok: false; faults: Fault[] },
	columns: Readonly<Record<string, string>>,
): Fault[] {
	if (parsed.ok) return [];
	return parsed.faults.map(({ field, problem }) => ({
		field: columns[field.split('.')[0] ?? ''] ?? field,
		problem,
	}));
}

function mapOptions(given: ImportOptions): MapOptions {
	const { timeZone, accounts, ownIds, firstTime, platform, tableName } = given;
	const options = {
		timeZone: timeZone ?? 'UTC',
		accounts: accounts ?? {},
		ownIds: ownIds ?? [],
		firstTime: firstTime ?? firstMemory,
		platform,
		tableName,
	};
	if (!IANAZone.isValidZone(options.timeZone))
		throw new StoreError(
			'invalid_input',
			`"${options.timeZone}" is no time zone.`,
			'Give its name, as in Europe/Moscow.',
		);
	if (Number.isNaN(Date.parse(options.firstTime)))
		throw new StoreError(
			'invalid_input',
			'The first time is no time.',
			'Give it as in 2025-01-31T00:00:00Z.',
		);
	if (tableName !== undefined && !tableNameForm.test(tableName))
		throw new StoreError(
			'invalid_input',
			'The name of the table is not one that ids can hold.',
			'Give 1 to 100 characters without spaces and colons, as in sales_memory.',
		);
	return options;
}
