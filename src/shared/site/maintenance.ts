import { DateTime } from 'luxon';
import { z } from 'zod';

import { weekdays } from './expectation';
import { timeZoneField } from './time-zone';

const clock = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$|^24:00$/, 'must be a time such as "02:00"');
const date = z.union([z.string().max(40), z.number()]);
const zone = timeZoneField.optional().meta({
	description: 'Time zone of the window.',
	examples: ['Europe/Berlin'],
});

const once = z
	.strictObject({
		start: date.meta({ description: 'ISO 8601.', examples: ['2026-12-24T18:00'] }),
		end: date.meta({ description: 'ISO 8601; not included.', examples: ['2026-12-27T06:00'] }),
		timeZone: zone,
	})
	.refine(({ start, end, timeZone }) => instant(start, timeZone) < instant(end, timeZone), {
		error: 'ends before it begins, or its start or end is no date and time',
	});
const weekly = z.strictObject({
	days: z.array(z.enum(weekdays)).min(1).max(7).optional().meta({
		description: 'Days on which it begins; every day unless given.',
	}),
	from: clock.meta({ description: 'Time of day.', examples: ['02:00'] }),
	to: clock.meta({
		description: 'Time of day, not included; of the next day when it is not later than `from`.',
	}),
	timeZone: zone,
});

/**
 * Times in which nothing is healed and nobody is told: once (`start`, `end`), or each week (`days`, `from`, `to` as on
 * the clock on the wall of `timeZone`). The end is not included.
 */
export const maintenanceSchema = z.array(z.union([once, weekly])).max(100);

export type MaintenanceWindow = z.output<typeof maintenanceSchema>[number];

/**
 * The end of the maintenance that a moment lies in; the latest one where windows overlap.
 *
 * @param nowMs in milliseconds since 1970
 * @param otherwise the zone of windows that name none
 */
export function maintenanceEnd(
	windows: readonly MaintenanceWindow[],
	nowMs: number,
	otherwise = 'UTC',
): DateTime | undefined {
	const ends = windows
		.map((window) =>
			'start' in window ? endOfOnce(window, nowMs, otherwise) : endOfWeekly(window, nowMs, otherwise),
		)
		.filter((end) => end !== undefined);
	return ends.sort((one, other) => other.toMillis() - one.toMillis())[0];
}

function endOfOnce(window: z.output<typeof once>, nowMs: number, otherwise: string): DateTime | undefined {
	const inZone = window.timeZone ?? otherwise;
	const end = instant(window.end, inZone);
	if (nowMs < instant(window.start, inZone) || nowMs >= end) return undefined;
	return DateTime.fromMillis(end, { zone: inZone });
}

/** The one that began yesterday may last until today. */
function endOfWeekly(
	{ days, from, to, timeZone }: z.output<typeof weekly>,
	nowMs: number,
	otherwise: string,
): DateTime | undefined {
	const now = DateTime.fromMillis(nowMs, { zone: timeZone ?? otherwise });
	for (const day of [now, now.minus({ days: 1 })].map((moment) => moment.startOf('day'))) {
		if (days && !days.some((name) => weekdays.indexOf(name) === day.weekday - 1)) continue;
		const { start, end } = onDay(day, from, to);
		if (now >= start && now < end) return end;
	}
	return undefined;
}

/**
 * As the clock on the wall shows it. In the night in which clocks are set forward, what should begin in the hour that is
 * left out begins at its end, as the jobs of cron do; and what lies within that hour wholly keeps its length, because the
 * work that it is for is done then.
 */
function onDay(day: DateTime, from: string, to: string): { start: DateTime; end: DateTime } {
	const start = beginning(day, from);
	const end = at(to <= from ? day.plus({ days: 1 }).startOf('day') : day, to);
	if (end > start) return { start, end };
	return { start, end: start.plus({ minutes: minuteOf(to) - minuteOf(from) }) };
}

function beginning(day: DateTime, time: string): DateTime {
	const moment = at(day, time);
	const skipped = (moment.hour * 60 + moment.minute - minuteOf(time)) % (24 * 60);
	return skipped > 0 ? endOfGap(moment, skipped) : moment;
}

/** @param after a moment past the gap @param minutes no more than the gap is long */
function endOfGap(after: DateTime, minutes: number): DateTime {
	let [early, late] = [-minutes, 0];
	while (late - early > 1) {
		const middle = Math.floor((early + late) / 2);
		if (after.plus({ minutes: middle }).offset === after.offset) late = middle;
		else early = middle;
	}
	return after.plus({ minutes: late });
}

function at(day: DateTime, time: string): DateTime {
	const minutes = minuteOf(time);
	if (minutes === 24 * 60) return day.plus({ days: 1 }).startOf('day');
	return day.set({ hour: Math.floor(minutes / 60), minute: minutes % 60 });
}

function minuteOf(time: string): number {
	const [hour = 0, minute = 0] = time.split(':').map(Number);
	return hour * 60 + minute;
}

function instant(said: string | number, inZone = 'UTC'): number {
	return typeof said === 'number' ? said : DateTime.fromISO(said, { zone: inZone }).toMillis();
}
