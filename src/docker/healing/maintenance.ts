import { DateTime } from 'luxon';
import { z } from 'zod';

import { describeFaults, parseInput, timeZoneField } from '../../shared';
import { DockerError } from '../errors';
import type { Hold } from './observation';

const weekday = z.enum(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']);
const clock = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$|^24:00$/, 'must be a time such as "02:00"');
const date = z.union([z.string().max(40), z.number()]);

const once = z.strictObject({ start: date, end: date, timeZone: timeZoneField.optional() });
const weekly = z.strictObject({
	days: z.array(weekday).min(1).max(7).optional(),
	from: clock,
	to: clock,
	timeZone: timeZoneField.optional(),
});
const windows = z.array(z.union([once, weekly])).max(100);

/**
 * A time in which nothing is healed: once (`start`, `end` in ISO 8601), or each week (`days`, every day unless given; `from`
 * and `to` as on the clock of `timeZone`; past midnight when `to` is not later than `from`). The end is not included.
 */
export type MaintenanceWindow = z.infer<typeof windows>[number];

/** @throws DockerError `invalid_input` */
export function parseWindows(input: unknown): MaintenanceWindow[] {
	const parsed = parseInput(windows, input);
	if (parsed.ok) {
		for (const window of parsed.value) {
			if ('start' in window && !(instant(window.start, window) < instant(window.end, window)))
				throw invalid('a window ends before it begins, or its start or end is no date and time');
		}
		return parsed.value;
	}
	throw invalid(describeFaults(parsed.faults));
}

/**
 * The first window that a moment lies in.
 *
 * @param zone of windows that name none
 */
export function maintenanceAt(
	given: readonly MaintenanceWindow[],
	nowMs: number,
	zone = 'UTC',
): Hold | undefined {
	for (const window of given) {
		const end =
			'start' in window
				? endOfOnce(window, nowMs, zone)
				: endOfWeekly(window, nowMs, window.timeZone ?? zone);
		if (end === undefined) continue;
		return { by: 'maintenance', reason: `a maintenance window lasts until ${end}` };
	}
	return undefined;
}

function endOfOnce(window: z.infer<typeof once>, nowMs: number, zone: string): string | undefined {
	const end = instant(window.end, window, zone);
	if (nowMs < instant(window.start, window, zone) || nowMs >= end) return undefined;
	return (
		DateTime.fromMillis(end, { zone: window.timeZone ?? zone }).toISO({ suppressMilliseconds: true }) ?? ''
	);
}

/** The one that began yesterday may last until today. */
function endOfWeekly(window: z.infer<typeof weekly>, nowMs: number, zone: string): string | undefined {
	const now = DateTime.fromMillis(nowMs, { zone });
	for (const day of [now, now.minus({ days: 1 })].map((moment) => moment.startOf('day'))) {
		if (window.days && !window.days.some((name) => weekday.options.indexOf(name) === day.weekday - 1))
			continue;
		const start = at(day, window.from);
		const end = at(window.to <= window.from ? day.plus({ days: 1 }) : day, window.to);
		if (now >= start && now < end) return end.toISO({ suppressMilliseconds: true }) ?? '';
	}
	return undefined;
}

/** As the clock on the wall shows it, on the days of the change to summer time too. */
function at(day: DateTime, time: string): DateTime {
	const [hour = 0, minute = 0] = time.split(':').map(Number);
	return hour === 24 ? day.plus({ days: 1 }) : day.set({ hour, minute });
}

function instant(
	said: string | number,
	{ timeZone }: { timeZone?: string | undefined },
	zone = 'UTC',
): number {
	return typeof said === 'number' ? said : DateTime.fromISO(said, { zone: timeZone ?? zone }).toMillis();
}

function invalid(what: string): DockerError {
	return new DockerError(
		'invalid_input',
		`"Maintenance Windows" is not a list of windows: ${what}.`,
		'Give a list such as [{"days": ["sun"], "from": "02:00", "to": "04:00", "timeZone": "Europe/Berlin"}, {"start": "2026-12-24T18:00", "end": "2026-12-27T06:00"}].',
	);
}
