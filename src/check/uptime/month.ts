import { DateTime } from 'luxon';

/**
 * A calendar month by the clock of a time zone.
 *
 * @param timeZone a name that is known to be one
 * @param ago 0 for the month of `now`, 1 for the one before
 * @param now in milliseconds since 1970
 * @returns in milliseconds since 1970; the end is not included
 */
export function calendarMonth(
	timeZone: string,
	ago: number,
	now: number = Date.now(),
): { from: number; to: number } {
	const start = DateTime.fromMillis(now, { zone: timeZone }).startOf('month').minus({ months: ago });
	return { from: start.toMillis(), to: start.plus({ months: 1 }).toMillis() };
}
