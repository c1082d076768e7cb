/** Characters of the basic alphabet of GSM 03.38, and those that take two places in it. */
const basic =
	'@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà';
const extended = '\f^{}\\[~]|€';

export interface SmsSize {
	encoding: 'GSM-7' | 'UCS-2';
	/** Places taken: of 160 or 70 in one segment, of 153 or 67 in each of several. */
	units: number;
	segments: number;
}

/** What a text takes as SMS: one character beyond the basic alphabet makes all of it UCS-2. */
export function smsSize(text: string): SmsSize {
	const characters = [...text];
	const isBasic = characters.every((one) => basic.includes(one) || extended.includes(one));
	const encoding = isBasic ? 'GSM-7' : 'UCS-2';
	const units = isBasic
		? characters.reduce((sum, one) => sum + (extended.includes(one) ? 2 : 1), 0)
		: text.length;
	const [single, joined] = isBasic ? [160, 153] : [70, 67];
	if (units <= single) return { encoding, units, segments: units === 0 ? 0 : 1 };
	return { encoding, units, segments: segmentsOf(characters, joined, isBasic) };
}

/** A character of two places is never cut in two: what is left of a segment stays empty. */
function segmentsOf(characters: string[], places: number, isBasic: boolean): number {
	let segments = 1;
	let used = 0;
	for (const one of characters) {
		const width = isBasic ? (extended.includes(one) ? 2 : 1) : one.length;
		if (used + width > places) {
			segments += 1;
			used = 0;
		}
		used += width;
	}
	return segments;
}
