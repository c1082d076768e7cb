import { DateTime } from 'luxon';

import { shorten } from '../shared';
import { SlaError } from './errors';

/**
 * Reads a time in ISO 8601, such as `2026-11-20T17:55`.
 *
 * @param timezone of times that have no offset of their own; of one that comes twice the first is taken
 * @param field what it is called where it was given
 * @returns milliseconds since 1970
 * @throws SlaError `invalid_input` with the value
 */
export function readInstant(text: string, timezone: string, field = 'time'): number {
	const time = DateTime.fromISO(text.trim(), { zone: timezone, setZone: true });
	// A time of day alone would be one of today.
	if (time.isValid && /^\d{4}-\d\d-\d\d/.test(text.trim())) {
		// Of the two, the library takes the one with the offset of today.
		const [first = time] = time.getPossibleOffsets();
		return first.toMillis();
	}
	const said = JSON.stringify(shorten(text, 60));
	throw new SlaError(
		'invalid_input',
		`"${field}" is no date and time: ${said}`,
		`Write it as ISO 8601, e.g. 2026-11-20T17:55 in ${timezone}, or 2026-11-20T14:55Z.`,
		[{ field, problem: `is ${said}` }],
	);
}

/** Earlier than any channel: what is, are seconds in place of milliseconds. */
const firstMs = Date.UTC(2000, 0, 1);
const endMs = Date.UTC(2102, 0, 1);

/**
 * Takes the time of something that has happened.
 *
 * @returns whole milliseconds since 1970
 * @throws SlaError `invalid_input` for what is no number, and for times before 2000 or after 2101
 */
export function happenedAt(ms: number, field = 'atMs'): number {
	if (typeof ms === 'number' && ms >= firstMs && ms < endMs) return Math.floor(ms);
	throw new SlaError(
		'invalid_input',
		`"${field}" is no time from 2000 to 2101 in milliseconds since 1970: ${String(ms)}`,
		'Give milliseconds; seconds, as of Telegram, are to be multiplied by 1000, and texts to be parsed.',
		[{ field, problem: `is ${String(ms)}` }],
	);
}

/** ISO 8601 with the offset of a time zone, e.g. `2026-11-20T17:55:00.000+03:00`. */
export const formatInstant = (ms: number, timezone: string): string =>
	DateTime.fromMillis(ms, { zone: timezone }).toISO() ?? new Date(ms).toISOString();
