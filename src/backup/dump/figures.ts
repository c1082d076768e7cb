import { crc32 } from 'node:zlib';

import type { DataEntry } from './contents';
import { CopyText } from './copy-text';
import type { PieceReader } from './input';

/** What a table held, to be compared with what it holds after a restore. */
export interface TableFigure {
	/** `schema.table`, each in double quotes where SQL would need them; `large objects` for all of these together. */
	name: string;
	/** Of large objects: how many there are. */
	rows: number;
	/**
	 * CRC-32 of its rows in the text format of COPY, in their order, as eight hexadecimal digits. The order survives a
	 * restore with `pg_restore --jobs`, which empties each table in the transaction that fills it. Otherwise the server
	 * may put a short row into the gap before a long one.
	 */
	crc32: string;
}

const largeObjects = 'large objects';

/** Gathers the figures of all tables of a dump whose data is not compressed, in the order of their data. */
export class DumpFigures {
	private readonly copyText = new CopyText();
	private readonly figures: TableFigure[] = [];
	private objects: { count: number; checksum: number } | undefined;

	/** What is to read the data of the next table. */
	beginTable(): PieceReader {
		this.copyText.begin();
		return this.copyText;
	}

	endTable(entry: DataEntry): void {
		const found = this.copyText.end();
		if (found) this.figures.push({ name: sqlName(entry), ...found });
	}

	/** What is to read the next large object. */
	beginLargeObject(id: number): LargeObjectSum {
		return new LargeObjectSum(id);
	}

	/** They come in groups whose order differs between versions of pg_dump, so the sum does not depend on it. */
	endLargeObject({ checksum }: LargeObjectSum): void {
		this.objects ??= { count: 0, checksum: 0 };
		this.objects.count += 1;
		this.objects.checksum = (this.objects.checksum ^ checksum) >>> 0;
	}

	all(): TableFigure[] {
		if (!this.objects) return this.figures;
		const { count, checksum } = this.objects;
		return [...this.figures, { name: largeObjects, rows: count, crc32: hex(checksum) }];
	}
}

/** The checksum of one large object, which its number is part of. */
export class LargeObjectSum implements PieceReader {
	checksum: number;

	constructor(id: number) {
		this.checksum = crc32(`${id >>> 0}\n`);
	}

	enter(): void {}

	take(chunk: Buffer, from: number, to: number): void {
		this.checksum = crc32(chunk.subarray(from, to), this.checksum);
	}
}

/** `schema.table`, each in double quotes where SQL would need them. */
export function sqlName({ schema, table }: Pick<DataEntry, 'schema' | 'table'>): string {
	return `${quoteWhereNeeded(schema)}.${quoteWhereNeeded(table)}`;
}

/** So that a dot in a name is not taken for the one between schema and table. */
function quoteWhereNeeded(name: string): string {
	return /^[a-z_][a-z0-9_$]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

const hex = (checksum: number): string => checksum.toString(16).padStart(8, '0');
