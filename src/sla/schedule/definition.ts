import { z } from 'zod';

import { parseInput, shorten, timeZoneField } from '../../shared';
import { invalidInput } from '../errors';
import { parseDay, type CalendarDay } from './calendar-day';

/** Opening hours as the clock on the wall shows them: milliseconds after midnight of the day they begin on. */
export interface DayHours {
	fromMs: number;
	/** Past 24 hours for a night that ends on the next day. */
	toMs: number;
}

/** A day's opening hours: starts and ends as the clock on the wall shows them, `24:00` for the end of the day. */
export type Hours = readonly (readonly [start: string, end: string])[];

/** When somebody is at work. */
export interface ScheduleDefinition {
	/** A zone of the IANA database, e.g. `Europe/Moscow`. */
	timezone: string;
	/** Opening hours of each weekday: `mon` … `sun`, or `1` … `7`; `0` is Sunday too. May be left out with `always`. */
	weekly?: Readonly<Partial<Record<Weekday, Hours>>>;
	/** Dates without working time, e.g. `2026-12-25`. Their names appear in explanations. */
	holidays?: readonly (string | { readonly date: string; readonly name?: string })[];
	/** Hours of single dates, in place of those of their weekday. A holiday on the same date beats them. */
	shifts?: Readonly<Record<string, Hours>>;
	/** Times of single dates at which nobody works, whatever the hours are. */
	breaks?: Readonly<Record<string, Hours>>;
	/** Whether it is open around the clock; holidays, shifts and breaks still apply. */
	always?: boolean;
}

/** A schedule as it was understood. */
export interface ParsedSchedule {
	timezone: string;
	/** Monday first. */
	weekly: readonly (readonly DayHours[])[];
	/** With their names, which may be empty. */
	holidays: ReadonlyMap<CalendarDay, string>;
	shifts: ReadonlyMap<CalendarDay, readonly DayHours[]>;
	breaks: ReadonlyMap<CalendarDay, readonly DayHours[]>;
}

const dayLengthMs = 24 * 60 * 60_000;
const mostHoursOfDay = 200;
const mostDates = 100_000;

const said = (value: unknown): string => shorten(JSON.stringify(value) ?? String(value), 40);

const time = (last: '23:59' | '24:00') =>
	z
		.string({ error: ({ input }) => `must be a time such as "09:00" and is ${said(input)}` })
		.regex(last === '24:00' ? /^([01]\d|2[0-3]):[0-5]\d$|^24:00$/ : /^([01]\d|2[0-3]):[0-5]\d$/, {
			error: ({ input }) => `must be a time from "00:00" to "${last}" and is ${said(input)}`,
		})
		.transform((text) => Number(text.slice(0, 2)) * 3_600_000 + Number(text.slice(3)) * 60_000);

const hours = z
	.array(
		z
			.tuple([time('23:59'), time('24:00')], {
				error: ({ input }) => `must be a start and an end such as ["09:00", "18:00"] and is ${said(input)}`,
			})
			.refine(([start, end]) => start !== end, {
				error: 'begins and ends at the same time; a whole day is ["00:00", "24:00"]',
			})
			.transform(([start, end]): DayHours => ({
				fromMs: start,
				toMs: end > start ? end : end + dayLengthMs,
			})),
		{ error: ({ input }) => `must be a list of hours such as [["09:00", "18:00"]] and is ${said(input)}` },
	)
	.max(mostHoursOfDay, `must have at most ${mostHoursOfDay} entries`);

const date = z
	.string({ error: ({ input }) => `must be a date such as "2026-12-25" and is ${said(input)}` })
	.transform((text, context): CalendarDay => {
		const day = parseDay(text);
		if (day !== undefined) return day;
		context.addIssue({ code: 'custom', message: `must be a date such as "2026-12-25" and is ${said(text)}` });
		return z.NEVER;
	});

const byDate = z.record(z.string(), hours).transform((dates, context): Map<CalendarDay, DayHours[]> => {
	const found = new Map<CalendarDay, DayHours[]>();
	for (const [text, own] of Object.entries(dates)) {
		const day = parseDay(text);
		if (day !== undefined) found.set(day, own);
		else context.addIssue({ code: 'custom', path: [text], message: `${said(text)} is no date` });
	}
	return found;
});

const holiday = z.preprocess(
	(value) => (typeof value === 'string' ? { date: value } : value),
	z.strictObject(
		{ date, name: z.string().max(500, 'must have at most 500 characters').default('') },
		{ error: ({ input }) => `must be a date, or a date with a name, and is ${said(input)}` },
	),
);

/** ISO numbers the days from Monday 1 to Sunday 7; others call Sunday 0. */
const weekdayKeys = [
	['mon', '1'],
	['tue', '2'],
	['wed', '3'],
	['thu', '4'],
	['fri', '5'],
	['sat', '6'],
	['sun', '7', '0'],
] as const;

export type Weekday = (typeof weekdayKeys)[number][number];

const weekly = z
	.partialRecord(z.enum(weekdayKeys.flat()), hours)
	.transform((days) => weekdayKeys.map((keys): DayHours[] => keys.flatMap((key) => days[key] ?? [])));

const wholeDays = weekdayKeys.map((): DayHours[] => [{ fromMs: 0, toMs: dayLengthMs }]);

/** To ask for a zone takes longer than to read the rest of a schedule. */
const knownZones = new Set<string>();

function isTimeZone(name: string): boolean {
	if (knownZones.has(name)) return true;
	const isKnown = timeZoneField.safeParse(name).success;
	if (isKnown) knownZones.add(name);
	return isKnown;
}

const timezone = z
	.string({ error: ({ input }) => `must be a time zone and is ${said(input)}` })
	.refine((name) => isTimeZone(name), {
		error: ({ input }) =>
			`must be a time zone of the IANA database, such as "Europe/Moscow" or "UTC", and is ${said(input)}`,
	});

const definition = z
	.strictObject({
		timezone,
		weekly: weekly.optional(),
		holidays: z.array(holiday).max(mostDates, `must have at most ${mostDates} entries`).default([]),
		shifts: byDate.default(new Map()),
		breaks: byDate.default(new Map()),
		always: z.boolean().default(false),
	})
	.refine(({ weekly: days, always }) => days !== undefined || always, {
		path: ['weekly'],
		error: 'is missing; give the hours of the week, or "always": true',
	})
	.transform(({ timezone: zone, weekly: days = [], holidays, shifts, breaks, always }): ParsedSchedule => ({
		timezone: zone,
		weekly: always ? wholeDays : days,
		holidays: new Map(holidays.map(({ date: day, name }) => [day, name])),
		...{ shifts, breaks },
	}));

/**
 * Reads a schedule.
 *
 * @throws SlaError `invalid_input` with every fault there is, each with its field
 */
export function parseSchedule(input: unknown): ParsedSchedule {
	const parsed = parseInput(definition, input);
	if (parsed.ok) return parsed.value;
	throw invalidInput('schedule', parsed.faults);
}
