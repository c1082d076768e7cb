import { z } from 'zod';

/** Parts of a duration; a missing part is none. Months and years differ in length, so only a calendar adds them. */
export interface DurationParts {
	years: number;
	months: number;
	weeks: number;
	days: number;
	hours: number;
	minutes: number;
}

const PARTS = /^(?:(\d+)y)?(?:(\d+)m(?!in))?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)min)?$/;

/** Reads what {@link spanField} and {@link intervalField} let through. */
export function parseDuration(text: string): DurationParts {
	const [years = 0, months = 0, weeks = 0, days = 0, hours = 0, minutes = 0] = (PARTS.exec(text) ?? [])
		.slice(1)
		.map((digits: string | undefined) => Number(digits ?? 0));
	return { years, months, weeks, days, hours, minutes };
}

const minuteMs = 60_000;

/** An interval in milliseconds; a day has 24 hours. */
export function intervalMs(text: string): number {
	const { weeks, days, hours, minutes } = parseDuration(text);
	return (((weeks * 7 + days) * 24 + hours) * 60 + minutes) * minuteMs;
}

/** A time back in the calendar: years, months, weeks, days, hours, in this order, e.g. `14d`, `6m`, `1y6m`. */
export const spanField = z
	.string()
	.regex(/^(?=.)(?:\d{1,3}y)?(?:\d{1,3}m)?(?:\d{1,4}w)?(?:\d{1,5}d)?(?:\d{1,5}h)?$/, {
		error:
			'must be a time such as "14d", "6m" (months), "1y6m" or "36h": years y, months m, weeks w, days d, hours h, in this order',
	});

/** A time of fixed length: weeks, days, hours, minutes, in this order, e.g. `24h`, `1d12h`, `30min`. */
export const intervalField = z
	.string()
	.regex(/^(?=.)(?:\d{1,3}w)?(?:\d{1,4}d)?(?:\d{1,5}h)?(?:\d{1,6}min)?$/, {
		error:
			'must be a time such as "24h", "1d12h" or "30min": weeks w, days d, hours h, minutes min, in this order',
	});

/** Whether it amounts to no time at all, e.g. `0d`. */
export function isNoTime(text: string): boolean {
	return PARTS.test(text) && Object.values(parseDuration(text)).every((part) => part === 0);
}
