/** What the archive says of one file, directory or link. */
export interface TarEntry {
	/** Path below the root of the archive, as raw bytes without leading slash; directories end in a slash. */
	path: Buffer;
	type: 'file' | 'directory' | 'symlink' | 'hardlink';
	/** Permission bits, setuid, setgid and sticky included. */
	mode: number;
	uid: number;
	gid: number;
	sizeBytes: number;
	/** Nanoseconds since 1970; negative before it. */
	mtimeNs: bigint;
	/** Where a link leads, as raw bytes. */
	linkTarget?: Buffer;
}

export const blockBytes = 512;
const typeFlags = { file: '0', hardlink: '1', symlink: '2', directory: '5', extended: 'x' } as const;

const maxName = 100;
const maxOctal7 = 0o7777777;
const maxOctal11 = 0o77777777777;

/**
 * The header blocks of an entry in POSIX pax format (IEEE Std 1003.1, pax, "ustar Interchange Format" and
 * "pax Extended Header"): what does not fit the fixed fields, and every fraction of a second, goes into an
 * extended header. Names are written byte by byte; one that is no UTF-8 is marked `hdrcharset=BINARY`.
 */
export function tarHeader(entry: TarEntry): Buffer {
	const records = extendedRecords(entry);
	const main = fixedHeader({
		name: entry.path.subarray(0, maxName),
		mode: entry.mode & 0o7777,
		uid: entry.uid > maxOctal7 ? 0 : entry.uid,
		gid: entry.gid > maxOctal7 ? 0 : entry.gid,
		size: entry.sizeBytes > maxOctal11 ? 0 : entry.sizeBytes,
		mtime: wholeSeconds(entry.mtimeNs),
		type: typeFlags[entry.type],
		link: (entry.linkTarget ?? Buffer.alloc(0)).subarray(0, maxName),
	});
	if (records.length === 0) return main;
	const extended = fixedHeader({
		name: Buffer.from('PaxHeaders/entry'),
		mode: 0o644,
		uid: 0,
		gid: 0,
		size: records.length,
		mtime: wholeSeconds(entry.mtimeNs),
		type: typeFlags.extended,
		link: Buffer.alloc(0),
	});
	return Buffer.concat([extended, records, Buffer.alloc(padding(records.length)), main]);
}

/** Zero bytes that follow content of this size up to the next block. */
export function padding(sizeBytes: number): number {
	return (blockBytes - (sizeBytes % blockBytes)) % blockBytes;
}

/** The two zero blocks without which an archive is not complete. */
export const endOfArchive = Buffer.alloc(2 * blockBytes);

interface FixedFields {
	name: Buffer;
	mode: number;
	uid: number;
	gid: number;
	size: number;
	mtime: number;
	type: string;
	link: Buffer;
}

function fixedHeader(fields: FixedFields): Buffer {
	const header = Buffer.alloc(blockBytes);
	fields.name.copy(header, 0);
	writeOctal(header, fields.mode, 100, 8);
	writeOctal(header, fields.uid, 108, 8);
	writeOctal(header, fields.gid, 116, 8);
	writeOctal(header, fields.size, 124, 12);
	writeOctal(header, fields.mtime, 136, 12);
	header.write('        ', 148, 'latin1');
	header.write(fields.type, 156, 'latin1');
	fields.link.copy(header, 157);
	header.write('ustar\u000000', 257, 'latin1');
	let sum = 0;
	for (const byte of header) sum += byte;
	header.write(`${sum.toString(8).padStart(6, '0')}\u0000 `, 148, 'latin1');
	return header;
}

function writeOctal(header: Buffer, value: number, offset: number, width: number): void {
	header.write(value.toString(8).padStart(width - 1, '0'), offset, 'latin1');
}

/** The fixed field holds no negative time; the extended header has the exact one. */
function wholeSeconds(mtimeNs: bigint): number {
	const seconds = Number(mtimeNs / 1_000_000_000n);
	return Math.min(Math.max(seconds, 0), maxOctal11);
}

function extendedRecords(entry: TarEntry): Buffer {
	const records: Buffer[] = [];
	const add = (key: string, value: Buffer | string) => records.push(record(key, Buffer.from(value)));
	const longPath = needsRecord(entry.path);
	const longLink = entry.linkTarget !== undefined && needsRecord(entry.linkTarget);
	const names = [
		...(longPath ? [entry.path] : []),
		...(longLink && entry.linkTarget ? [entry.linkTarget] : []),
	];
	if (names.some((name) => !isUtf8(name))) add('hdrcharset', 'BINARY');
	if (longPath) add('path', entry.path);
	if (longLink && entry.linkTarget) add('linkpath', entry.linkTarget);
	if (entry.sizeBytes > maxOctal11) add('size', String(entry.sizeBytes));
	if (entry.uid > maxOctal7) add('uid', String(entry.uid));
	if (entry.gid > maxOctal7) add('gid', String(entry.gid));
	if (entry.mtimeNs % 1_000_000_000n !== 0n || entry.mtimeNs < 0n)
		add('mtime', decimalSeconds(entry.mtimeNs));
	return Buffer.concat(records);
}

/** Too long for the field, or beyond the ASCII that the field is meant for. */
function needsRecord(name: Buffer): boolean {
	return name.length > maxName || name.some((byte) => byte > 0x7e || byte < 0x20);
}

function isUtf8(name: Buffer): boolean {
	return Buffer.from(name.toString('utf8')).equals(name);
}

/** `-1.5` is one and a half seconds before 1970. */
function decimalSeconds(ns: bigint): string {
	const magnitude = ns < 0n ? -ns : ns;
	const fraction = String(magnitude % 1_000_000_000n).padStart(9, '0');
	return `${ns < 0n ? '-' : ''}${magnitude / 1_000_000_000n}.${fraction}`;
}

/** `<length> <key>=<value>\n`, where the length counts itself. */
function record(key: string, value: Buffer): Buffer {
	const rest = key.length + value.length + 3;
	let length = rest + String(rest).length;
	if (rest + String(length).length !== length) length += 1;
	return Buffer.concat([Buffer.from(`${length} ${key}=`), value, Buffer.from('\n')]);
}
