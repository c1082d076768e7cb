/**
 * Where to cut a text: at the end of a paragraph, else of a line, a sentence or a word in the last half, else between two
 * characters as a reader sees them, so that neither half of an emoji nor a letter without its accent is left.
 */
const separators = [/\n\n/g, /\n/g, /[.!?…] /g, /[ \t]/g];

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/**
 * @param most characters as JavaScript counts them
 * @returns how many characters the first part has, from 1
 */
export function cutAt(text: string, most: number): number {
	if (text.length <= most) return text.length;
	for (const separator of separators) {
		const last = lastEnd(text.slice(0, most), separator);
		if (last >= most / 2) return last;
	}
	return wholeCharacters(text, most);
}

/** The greatest number of characters up to `most` that ends between two as a reader sees them. */
export function wholeCharacters(text: string, most: number): number {
	if (text.length <= most) return text.length;
	// A character as a reader sees it seldom has more than a dozen: looking at the end of the part is enough.
	const from = Math.max(0, most - 200);
	let end = from;
	for (const { index, segment } of graphemes.segment(text.slice(from, most + 200))) {
		if (from + index + segment.length > most) break;
		end = from + index + segment.length;
	}
	if (end > from) return end;
	// One that has no end is cut between code points.
	return /[\uD800-\uDBFF]/.test(text[most - 1] ?? '') && most > 1 ? most - 1 : most;
}

function lastEnd(text: string, separator: RegExp): number {
	let end = 0;
	for (const match of text.matchAll(separator)) end = match.index + match[0].length;
	return end;
}

/** Parts of at most so many characters, that joined again are the text but for the space around the cuts. */
export function splitPlain(text: string, most: number): string[] {
	const parts: string[] = [];
	let rest = text;
	while (rest.length > most) {
		const end = cutAt(rest, most);
		const part = rest.slice(0, end).trimEnd();
		if (part !== '') parts.push(part);
		rest = rest.slice(end).replace(/^\s+/, '');
	}
	if (rest !== '') parts.push(rest);
	return parts;
}
