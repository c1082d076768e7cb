import { blockBytes } from './tar-header';

/** What a header block says, the fields of extended headers already applied. */
export interface ParsedEntry {
	path: Buffer;
	/** The type flag of the archive: `0` file, `1` hard link, `2` symbolic link, `5` directory, … */
	type: string;
	mode: number;
	uid: number;
	gid: number;
	sizeBytes: number;
	/** With its fraction, as far as a number holds it (about a quarter of a microsecond); negative before 1970. */
	mtimeSeconds: number;
	linkTarget: Buffer;
}

/** Why a block is no header; the text names the fault. */
export class InvalidHeader extends Error {}

/**
 * The fixed fields of a header block (POSIX ustar, and GNU's base-256 numbers).
 * @throws InvalidHeader also for headers that tar programs read differently
 */
export function parseHeader(block: Buffer): ParsedEntry {
	if (!checksumFits(block)) throw new InvalidHeader('the checksum of a header does not fit');
	const prefix = isPosix(block) ? textField(block, 345, 155) : Buffer.alloc(0);
	const name = textField(block, 0, 100);
	return {
		path: prefix.length > 0 ? Buffer.concat([prefix, Buffer.from('/'), name]) : name,
		type: String.fromCharCode(block[156] || 0x30),
		mode: numberField(block, 100, 8),
		uid: numberField(block, 108, 8),
		gid: numberField(block, 116, 8),
		sizeBytes: numberField(block, 124, 12),
		mtimeSeconds: numberField(block, 136, 12),
		linkTarget: textField(block, 157, 100),
	};
}

/** `<length> <key>=<value>\n` … of an extended header. */
export function parseRecords(content: Buffer): Map<string, Buffer> {
	const records = new Map<string, Buffer>();
	for (let at = 0; at < content.length;) {
		const space = content.indexOf(0x20, at);
		const length = Number(content.toString('latin1', at, space === -1 ? at : space));
		const end = at + length;
		if (
			space === -1 ||
			!Number.isInteger(length) ||
			length < 5 ||
			end > content.length ||
			content[end - 1] !== 0x0a
		) {
			throw new InvalidHeader('an extended header is malformed');
		}
		const equals = content.indexOf(0x3d, space);
		if (equals === -1 || equals >= end) throw new InvalidHeader('an extended header is malformed');
		records.set(content.toString('utf8', space + 1, equals), content.subarray(equals + 1, end - 1));
		at = end;
	}
	return records;
}

const zeroBlock = Buffer.alloc(blockBytes);

/** Whether a block, or the beginning of one, is all zeros. */
export function isZeroBlock(block: Buffer): boolean {
	return block.compare(zeroBlock, 0, block.length) === 0;
}

/**
 * Whether a header is of POSIX format, which has the beginning of a long path behind the fields that GNU's has too.
 * Other formats, and GNU's with anything in that place, are refused: programs disagree on where the path of such an
 * entry stands, and what one of them takes for harmless another would unpack elsewhere.
 */
function isPosix(block: Buffer): boolean {
	const magic = block.toString('latin1', 257, 265);
	if (magic === 'ustar\u000000' && block.toString('latin1', 508, 512) !== 'tar\0') return true;
	if (magic === 'ustar  \0' && isZeroBlock(block.subarray(345))) return false;
	throw new InvalidHeader('a header is neither of POSIX nor of plain GNU format');
}

function textField(block: Buffer, offset: number, width: number): Buffer {
	const field = block.subarray(offset, offset + width);
	const end = field.indexOf(0);
	return Buffer.from(end === -1 ? field : field.subarray(0, end));
}

function numberField(block: Buffer, offset: number, width: number): number {
	const first = block[offset] ?? 0;
	if (first & 0x80) {
		if (first & 0x40) throw new InvalidHeader('a number in a header is negative');
		let value = BigInt(first & 0x3f);
		for (let index = 1; index < width; index += 1) value = (value << 8n) | BigInt(block[offset + index] ?? 0);
		if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new InvalidHeader('a number in a header is too large');
		return Number(value);
	}
	const text = block
		.toString('latin1', offset, offset + width)
		.replace(/[\0 ]+$/, '')
		.trimStart();
	if (text === '') return 0;
	if (!/^[0-7]+$/.test(text)) throw new InvalidHeader('a number in a header is malformed');
	return Number.parseInt(text, 8);
}

function checksumFits(block: Buffer): boolean {
	const declared = Number.parseInt(
		block
			.toString('latin1', 148, 156)
			.replace(/[\0 ]+$/, '')
			.trim(),
		8,
	);
	let sum = 0;
	for (let index = 0; index < blockBytes; index += 1) {
		sum += index >= 148 && index < 156 ? 0x20 : (block[index] ?? 0);
	}
	return sum === declared;
}
