import * as asn1js from 'asn1js';

/** A value of ASN.1 as it stands in the bytes; what it means is up to whoever reads it. */
export interface Asn1 {
	/** 0 universal, 2 of the context. */
	tagClass: number;
	tag: number;
	/** Empty for what is not made of others. */
	parts: Asn1[];
	/** With tag and length. */
	bytes: Buffer;
	/** Without them. */
	content: Buffer;
}

export class Asn1Error extends Error {
	override readonly name = 'Asn1Error';
}

export const tags = {
	boolean: 1,
	integer: 2,
	bitString: 3,
	octetString: 4,
	oid: 6,
	enumerated: 10,
	sequence: 16,
	utcTime: 23,
	generalizedTime: 24,
} as const;

/** @throws Asn1Error for what is no ASN.1 */
export function readAsn1(bytes: Uint8Array): Asn1 {
	const { offset, result } = asn1js.fromBER(bytes);
	if (offset === -1) throw new Asn1Error(result.error || 'it is no ASN.1');
	return asn1Of(result);
}

function asn1Of(block: asn1js.BaseBlock): Asn1 {
	const view = block.valueBeforeDecodeView;
	const bytes = Buffer.from(view.buffer, view.byteOffset, view.byteLength);
	const { tagClass, tagNumber, isConstructed } = block.idBlock;
	const { value } = block.valueBlock as { value?: unknown };
	const parts =
		isConstructed && Array.isArray(value) ? value.map((one: asn1js.BaseBlock) => asn1Of(one)) : [];
	const head = block.idBlock.blockLength + block.lenBlock.blockLength;
	return { tagClass: tagClass - 1, tag: tagNumber, parts, bytes, content: bytes.subarray(head) };
}

/** @throws Asn1Error when there is no such part */
export function partOf(asn1: Asn1, index: number): Asn1 {
	const part = asn1.parts[index];
	if (part === undefined) throw new Asn1Error(`its part ${index + 1} is missing`);
	return part;
}

/** The part that has this number in the context, `[3]`; undefined when there is none. */
export function contextPart(asn1: Asn1, tag: number): Asn1 | undefined {
	return asn1.parts.find((part) => part.tagClass === 2 && part.tag === tag);
}

/** `1.2.840.113549.1.1.11` */
export function oidOf({ content }: Asn1): string {
	const numbers: bigint[] = [];
	let number = 0n;
	for (const byte of content) {
		number = (number << 7n) | BigInt(byte & 0x7f);
		if ((byte & 0x80) !== 0) continue;
		if (numbers.length > 0) numbers.push(number);
		else {
			const first = number < 80n ? number / 40n : 2n;
			numbers.push(first, number - first * 40n);
		}
		number = 0n;
	}
	return numbers.join('.');
}

/** A whole number, however long, as openssl writes serials: `0A1B`, `-01`. */
export function integerHex({ content }: Asn1): string {
	const hex = content.toString('hex').toUpperCase();
	if (((content[0] ?? 0) & 0x80) === 0) return hex.replace(/^(00)+(?=..)/, '');
	const size = BigInt(content.length * 8);
	const magnitude = ((1n << size) - BigInt(`0x${hex}`)).toString(16).toUpperCase();
	return `-${magnitude.length % 2 === 0 ? '' : '0'}${magnitude}`;
}

/** The bytes of a BIT STRING, without the count of unused bits before them. */
export const bitStringBytes = ({ content }: Asn1): Buffer => content.subarray(1);

export const isTrue = ({ content }: Asn1): boolean => (content[0] ?? 0) !== 0;

/** A value of DER. */
export function der(tag: number, ...contents: Uint8Array[]): Buffer {
	const content = Buffer.concat(contents);
	if (content.length < 0x80) return Buffer.concat([Buffer.from([tag, content.length]), content]);
	const length = Buffer.from(content.length.toString(16).padStart(8, '0'), 'hex');
	const digits = length.subarray(length.findIndex((byte) => byte !== 0));
	return Buffer.concat([Buffer.from([tag, 0x80 | digits.length]), digits, content]);
}

/** One value among others that follow each other in bytes, without what is in it: for lists too long for a tree. */
export interface Span {
	tag: number;
	/** Where its content begins. */
	from: number;
	/** Where it ends. */
	to: number;
}

/** @throws Asn1Error when the value at `at` does not end before `limit` */
export function spanAt(bytes: Buffer, at: number, limit = bytes.length): Span {
	const [tag, first] = [bytes[at], bytes[at + 1]];
	if (tag === undefined || first === undefined) throw new Asn1Error('it is cut off');
	const digits = first < 0x80 ? 0 : first & 0x7f;
	if (first === 0x80 || digits > 4) throw new Asn1Error('a length in it is not of DER');
	const from = at + 2 + digits;
	if (from > limit) throw new Asn1Error('it is cut off');
	const to = from + (digits === 0 ? first : bytes.readUIntBE(at + 2, digits));
	if (to > limit) throw new Asn1Error('it is cut off');
	return { tag, from, to };
}
