import { DateTime } from 'luxon';

import { parseDuration } from '../../shared';

export const periods = ['hourly', 'daily', 'weekly', 'monthly', 'yearly'] as const;
export type Period = (typeof periods)[number];

/** One hour, day, week, month or year, as people write it. Weeks are those of ISO 8601: Monday to Sunday. */
const formats: Record<Period, string> = {
	// With the offset: on the day summer time ends one hour comes twice.
	hourly: "yyyy-MM-dd HH'h' ZZ",
	daily: 'yyyy-MM-dd',
	weekly: "kkkk-'W'WW",
	monthly: 'yyyy-MM',
	yearly: 'yyyy',
};

/** The hour, day, week, month or year in which an instant lies, by the clock of a time zone. */
export function periodOf(period: Period, instantMs: number, timezone: string): string {
	return DateTime.fromMillis(instantMs, { zone: timezone }).toFormat(formats[period]);
}

/** An instant in milliseconds, so many years, months, weeks, days and hours of the calendar before another one. */
export function timeBefore(instantMs: number, span: string, timezone: string): number {
	return DateTime.fromMillis(instantMs, { zone: timezone }).minus(parseDuration(span)).toMillis();
}
