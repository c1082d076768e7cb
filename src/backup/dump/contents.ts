import { InvalidDump, type DumpInput, type Step } from './input';

// The order of the fields is that of ReadHead, ReadToc and _ReadExtraToc in PostgreSQL's pg_backup_archiver.c and
// pg_backup_custom.c.

/** Archive versions 1.12 (PostgreSQL 9.0) to 1.16 (PostgreSQL 17 and 18). */
const oldestMinor = 12;
const newestMinor = 16;
const customFormat = 1;

/** Identifiers of PostgreSQL have at most 63 bytes. */
const nameBytes = 64;
/** Tags may hold several identifiers, or a function with the types of its arguments. */
const tagBytes = 1024;
/** Numbers that are written as text, and `true` or `false`. */
const wordBytes = 10;
const maxInt = 2 ** 31 - 1;

const dateFields: [min: number, max: number, name: string][] = [
	[0, 60, 'second'],
	[0, 59, 'minute'],
	[0, 23, 'hour'],
	[1, 31, 'day'],
	[0, 11, 'month'],
	[0, 9999, 'year'],
	[-1, 1, 'daylight saving time'],
];

export interface DumpHeader {
	/** The `14` of archive version 1.14. */
	minor: number;
	/** Size of a position in the file. */
	offsetBytes: number;
	/** Whether pg_dump has compressed the data itself. */
	compressed: boolean;
}

/** What the table of contents tells of an entry that has data. */
export interface DataEntry {
	/** For messages, e.g. `public.orders`. */
	name: string;
	schema: string;
	table: string;
	largeObjects: boolean;
	/** Where its data begins; unknown when the dump was written to a pipe. */
	position?: number;
}

/** One entry of the table of contents. */
export interface ContentsEntry {
	id: number;
	/** e.g. `TABLE`, `TABLE DATA`, `ACL`. */
	kind: string;
	/** Its name; of an entry that belongs to another object, the kind and name of that. */
	tag: string;
	schema: string;
	owner: string;
	/** Empty for that of the database. */
	tablespace: string;
	/** Its statements; empty unless asked for. */
	definition: string;
	/** Numbers of the entries it needs. */
	needs: number[];
	/** Missing when nothing but its definition was dumped. */
	data?: DataEntry;
}

/** @returns `undefined` when the archive is of a version whose layout is not known here */
export function* readHeader(input: DumpInput): Step<DumpHeader | undefined> {
	const magic = yield* input.bytes(5);
	if (magic.toString('latin1') !== 'PGDMP') throw new InvalidDump('it does not begin like a dump of pg_dump');
	const major = yield* input.byte();
	const minor = yield* input.byte();
	yield* input.byte();
	if (major === 0) throw new InvalidDump('its archive version is 0');
	if (major > 1 || minor < oldestMinor || minor > newestMinor) return undefined;
	const intBytes = yield* input.byte();
	if (intBytes !== 4) throw new InvalidDump(`its integers have ${intBytes} bytes`);
	const offsetBytes = yield* input.byte();
	if (offsetBytes !== 4 && offsetBytes !== 8)
		throw new InvalidDump(`its positions have ${offsetBytes} bytes`);
	const format = yield* input.byte();
	if (format !== customFormat) throw new InvalidDump(`its format is ${format} instead of "custom"`);
	const compressed = yield* readCompression(input, minor);
	for (const [min, max, name] of dateFields) yield* input.intWithin(min, max, `the ${name} of its date`);
	// The database, the version of the server and that of pg_dump.
	for (let text = 0; text < 3; text += 1) yield* input.text(0);
	return { minor, offsetBytes, compressed };
}

/** Its algorithm, before version 1.15 its level; 0 is none in both. Either way the data is passed by as it is. */
function* readCompression(input: DumpInput, minor: number): Step<boolean> {
	if (minor < 15) return (yield* input.intWithin(-1, 9, 'its level of compression')) !== 0;
	const algorithm = yield* input.byte();
	if (algorithm > 3) throw new InvalidDump(`its compression is ${algorithm}`);
	return algorithm !== 0;
}

/** Reads how many entries the table of contents has. */
export function* readEntryCount(input: DumpInput): Step<number> {
	return yield* input.intWithin(0, maxInt, 'the number of entries');
}

/**
 * Reads one entry of the table of contents.
 * @param definitionBytes how much of its statements is kept
 */
export function* readEntry(
	input: DumpInput,
	{ minor, offsetBytes }: DumpHeader,
	definitionBytes = 0,
): Step<ContentsEntry> {
	const id = yield* input.intWithin(1, maxInt, 'the number of an entry');
	const hadDumper = yield* input.intWithin(0, 1, 'the mark for data');
	// Identifiers in the server's catalogues.
	yield* input.text(0, wordBytes);
	yield* input.text(0, wordBytes);
	const tag = (yield* input.text(tagBytes)) ?? '';
	const kind = (yield* input.text(nameBytes)) ?? '';
	yield* input.intWithin(1, 4, 'the section');
	const definition = (yield* input.text(definitionBytes)) ?? '';
	// The statements that drop and fill it.
	for (let statement = 0; statement < 2; statement += 1) yield* input.text(0);
	const schema = (yield* input.text(nameBytes)) ?? '';
	const tablespace = (yield* input.text(nameBytes)) ?? '';
	// Its access method, from version 1.14 on.
	if (minor >= 14) yield* input.text(0);
	if (minor >= 16) yield* input.intWithin(0, 127, 'the kind of relation');
	const owner = (yield* input.text(nameBytes)) ?? '';
	// Whether rows have identifiers.
	yield* input.text(0, wordBytes);
	const needs: number[] = [];
	for (let need: string | undefined; (need = yield* input.text(wordBytes, wordBytes)) !== undefined;) {
		needs.push(Number(need));
	}
	const state = yield* input.byte();
	const offset = yield* input.bytes(offsetBytes);
	if (hasData(state) !== (hadDumper === 1))
		throw new InvalidDump(`the entry ${id} contradicts itself about having data`);
	const entry = { id, kind, tag, schema, owner, tablespace, definition, needs };
	if (hadDumper === 0) return entry;
	const data: DataEntry = {
		name: nameOf(kind, schema, tag),
		schema,
		table: tag,
		largeObjects: kind === 'BLOBS',
	};
	if (state === offsetKnown)
		data.position = offsetBytes === 8 ? Number(offset.readBigUInt64LE()) : offset.readUInt32LE();
	return { ...entry, data };
}

const offsetUnknown = 1;
const offsetKnown = 2;
const noData = 3;

function hasData(state: number): boolean {
	if (state !== offsetUnknown && state !== offsetKnown && state !== noData)
		throw new InvalidDump(`an entry has the unknown state ${state}`);
	return state !== noData;
}

function nameOf(kind: string, schema: string, tag: string): string {
	if (kind === 'BLOBS') return 'the large objects';
	const name = kind === 'TABLE DATA' ? `${schema}.${tag}` : `${kind} ${tag}`;
	// A name may hold what would break the line of a message.
	return name.replace(/\p{Cc}/gu, ' ');
}
