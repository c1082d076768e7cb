import { DumpChecker } from './check';
import type { TableFigure } from './figures';

/**
 * The figures of a dump in the custom format that was made without compression (`pg_dump -Fc -Z0`), in chunks of any
 * size: what a restored database is held against.
 *
 * @returns `undefined` when they cannot be told: the data is compressed, or the version of the format is unknown
 * @throws BackupError `archive_cut`, `archive_damaged` when the dump is not whole; whatever the chunks throw
 */
export async function figuresOfDump(chunks: AsyncIterable<Buffer>): Promise<TableFigure[] | undefined> {
	const checker = new DumpChecker();
	for await (const chunk of chunks) checker.push(chunk);
	checker.end();
	return checker.figures();
}

/** What a manifest tells of a table; the checksum may be unknown. */
export type KeptFigure = Pick<TableFigure, 'name' | 'rows'> & { crc32?: string | undefined };

/**
 * How the content of a database differs from what the figures of its backup say, one line for each table, e.g.
 * `public.orders has 19999 rows instead of 20000`. Nothing when all of it is the same.
 */
export function compareFigures(expected: readonly KeptFigure[], found: readonly KeptFigure[]): string[] {
	const foundByName = new Map(found.map((figure) => [figure.name, figure]));
	const expectedNames = new Set(expected.map(({ name }) => name));
	return [
		...expected.flatMap(({ name, rows, crc32 }) => {
			const other = foundByName.get(name);
			if (!other) return [`${name} is missing`];
			if (other.rows !== rows) return [`${name} has ${other.rows} rows instead of ${rows}`];
			const same = crc32 === undefined || other.crc32 === undefined || other.crc32 === crc32;
			return same ? [] : [`${name} has other content in its ${rows} rows`];
		}),
		...found.filter(({ name }) => !expectedNames.has(name)).map(({ name }) => `${name} was not there`),
	];
}
