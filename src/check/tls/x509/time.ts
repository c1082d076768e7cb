import { Asn1Error, tags, type Asn1 } from './asn1';

/** Offset forms (`+0100`) and missing seconds are forbidden in certificates (RFC 5280, 4.1.2.5) and yet occur. */
const pattern = /^(\d{2}|\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})?(?:[.,](\d+))?(Z|[+-]\d{4})$/;

/**
 * The instant that a UTCTime or GeneralizedTime names. Years of two digits from 50 on are of the last century.
 *
 * @returns milliseconds since 1970
 * @throws Asn1Error for what is no time, such as a month 13
 */
export function instantOf({ tag, content }: Asn1): number {
	const text = content.toString('latin1');
	const match = pattern.exec(text);
	const [, year = '', month, day, hour, minute, second = '00', fraction = '', zone = 'Z'] = match ?? [];
	const isShort = tag === tags.utcTime;
	if (match === null || year.length !== (isShort ? 2 : 4) || (isShort && fraction !== ''))
		throw new Asn1Error(`"${printable(text)}" is no time`);
	const fullYear = !isShort ? Number(year) : Number(year) + (Number(year) >= 50 ? 1900 : 2000);
	const fields = [Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second)] as const;
	const at = new Date(0);
	// Date.UTC takes the years 0 to 99 for 1900 to 1999.
	at.setUTCFullYear(fullYear, fields[0], fields[1]);
	at.setUTCHours(fields[2], fields[3], fields[4]);
	const isReal =
		at.getUTCMonth() === fields[0] &&
		at.getUTCDate() === fields[1] &&
		at.getUTCHours() === fields[2] &&
		at.getUTCMinutes() === fields[3] &&
		at.getUTCSeconds() === fields[4];
	if (!isReal) throw new Asn1Error(`"${printable(text)}" is no time`);
	return at.getTime() + Math.floor(Number(`0.${fraction || '0'}`) * 1000) - zoneMs(zone);
}

function zoneMs(zone: string): number {
	if (zone === 'Z') return 0;
	const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(3));
	return (zone.startsWith('-') ? -1 : 1) * minutes * 60_000;
}

const printable = (text: string): string => text.slice(0, 40).replace(/[^\x20-\x7e]/g, '?');
