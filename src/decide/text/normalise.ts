import { foldLookAlikes } from './look-alikes';

/** Formats, joiners, direction marks, variation selectors and fillers: seen by nobody, and enough to split a word. */
const invisible = /\p{Cf}|\p{Variation_Selector}|\u034F|\u115F|\u1160|\u17B4|\u17B5/gu;
/** Marks stacked upon letters that have no such form of their own. */
const stackedMarks = /[\u0300-\u036F]/gu;
const notWriting = /\p{Cc}/gu;
/** Nothing but lower case can change such a text, and most English ones are such. */
const isPlain = /^[ -~]*$/;

/**
 * A text as words are looked for in it: one form for each character, nothing invisible, letters that only look like
 * those of the word's alphabet replaced, lower case, `ё` as `е`, single spaces. It is for matching; people are shown
 * what was written.
 */
export function normaliseText(text: string): string {
	if (isPlain.test(text)) return text.toLowerCase().replace(/ {2,}/g, ' ').trim();
	const visible = text.normalize('NFKC').replace(invisible, '').replace(stackedMarks, '');
	return (
		foldLookAlikes(visible)
			.toLowerCase()
			.replaceAll('ё', 'е')
			// The dot that a Turkish capital İ leaves behind.
			.replaceAll('\u0307', '')
			.replace(notWriting, ' ')
			.replace(/\s+/gu, ' ')
			.trim()
	);
}

/** The words of a normalised text: runs of letters and digits, in their order. */
export function wordsOf(normalised: string): string[] {
	return normalised.match(/[\p{L}\p{N}]+/gu) ?? [];
}
