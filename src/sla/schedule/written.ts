import type { Holiday } from '../holidays/holiday';
import type { Hours } from './definition';

/**
 * Reads opening hours as people write them, `09:00-13:00, 14:00-18:00`. What is none is passed on as it is: the
 * schedule refuses it by its day and value.
 *
 * @param text empty or `closed`: none
 */
export function writtenHours(text: string): Hours {
	if (/^\s*closed\s*$/i.test(text)) return [];
	return entriesOf(text, /[,;\n]/).map((entry) => {
		const [start = '', ...rest] = entry.split(/\s*[-–—]\s*/);
		return [start, rest.join('-')];
	});
}

/** Reads dates, each with its name after it: `2026-12-25 Christmas`. Separated by commas or line breaks. */
export function writtenHolidays(text: string): Holiday[] {
	return entriesOf(text, /[,;\n]/).map((entry) => {
		const [date, name] = firstWord(entry);
		return { date, name };
	});
}

/**
 * Reads hours of single dates, a line each: `2026-12-24 09:00-12:00, 13:00-14:00`. A date without hours is closed; one
 * that stands in two lines has the hours of both.
 */
export function writtenDates(text: string): Record<string, Hours> {
	const found: Record<string, Hours> = {};
	for (const line of entriesOf(text, /\n/)) {
		const [date, hours] = firstWord(line);
		found[date] = [...(found[date] ?? []), ...writtenHours(hours)];
	}
	return found;
}

const entriesOf = (text: string, separator: RegExp): string[] =>
	text
		.split(separator)
		.map((entry) => entry.trim())
		.filter(Boolean);

/** The date may be followed by a colon, as in YAML. */
function firstWord(text: string): [string, string] {
	const [, word = text, rest = ''] = /^(\S+?):?(?:\s+(.*))?$/s.exec(text) ?? [];
	return [word, rest.trim()];
}
