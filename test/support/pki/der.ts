/** Writes ASN.1 as DER: what the tests need to make certificates that no tool would make. */
export function der(tag: number, ...contents: Uint8Array[]): Buffer {
	const content = Buffer.concat(contents);
	const { length } = content;
	if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), content]);
	const digits = Buffer.from(
		length.toString(16).padStart(length > 0xffff ? 6 : length > 0xff ? 4 : 2, '0'),
		'hex',
	);
	return Buffer.concat([Buffer.from([tag, 0x80 | digits.length]), digits, content]);
}

export const sequence = (...parts: Uint8Array[]): Buffer => der(0x30, ...parts);
export const set = (...parts: Uint8Array[]): Buffer => der(0x31, ...parts);
export const explicit = (tag: number, ...parts: Uint8Array[]): Buffer => der(0xa0 | tag, ...parts);
export const octets = (bytes: Uint8Array): Buffer => der(0x04, bytes);
export const bits = (bytes: Uint8Array): Buffer => der(0x03, Buffer.from([0]), bytes);
export const boolean = (value: boolean): Buffer => der(0x01, Buffer.from([value ? 0xff : 0]));
export const utf8 = (text: string): Buffer => der(0x0c, Buffer.from(text));

/** A whole number of 0 or more; bytes are taken as they are. */
export function integer(value: number | bigint | Uint8Array): Buffer {
	if (value instanceof Uint8Array) return der(0x02, value);
	const hex = value.toString(16);
	const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
	return der(0x02, ...((bytes[0] ?? 0) & 0x80 ? [Buffer.from([0]), bytes] : [bytes]));
}

export function oid(dotted: string): Buffer {
	const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
	const bytes = [first * 40 + second, ...rest].flatMap((number) => {
		const digits = [number & 0x7f];
		for (let left = Math.floor(number / 128); left > 0; left = Math.floor(left / 128))
			digits.unshift((left & 0x7f) | 0x80);
		return digits;
	});
	return der(0x06, Buffer.from(bytes));
}

/** As certificates have it: two digits for the year up to 2049, four afterwards (RFC 5280, 4.1.2.5). */
export function time(at: number | string): Buffer {
	if (typeof at === 'string') return der(/^\d{14}/.test(at) ? 0x18 : 0x17, Buffer.from(at));
	const date = new Date(at);
	const digits = date.toISOString().replace(/[-:T]|\.\d+/g, '');
	const year = date.getUTCFullYear();
	return year >= 1950 && year < 2050
		? der(0x17, Buffer.from(digits.slice(2)))
		: der(0x18, Buffer.from(digits));
}
