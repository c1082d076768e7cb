import { SlaError } from '../errors';
import { formatInstant, readInstant } from '../instant';
import { formatDay, parseDay, weekdayIndex } from './calendar-day';
import type { ClosedReason } from './opening';
import type { CompiledSchedule } from './schedule';

/** One date of a schedule, as a calendar shows it. */
export interface PreviewedDay {
	/** e.g. `2026-12-24` */
	date: string;
	weekday: string;
	/** As the clock on the wall shows it; a night ends at midnight here and goes on on the next date. */
	open: { from: string; to: string }[];
	workingMs: number;
	/** Why it is closed, all day or for a part of it; empty on a day that is simply open. */
	closedBecause: string[];
}

const weekdays = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];
const mostDays = 366;

/**
 * When a schedule is open on each of so many dates.
 *
 * @param firstDate in the schedule's zone, e.g. `2026-12-24`
 * @param days from 1 to 366
 * @throws SlaError `invalid_input`
 */
export function previewDays(schedule: CompiledSchedule, firstDate: string, days: number): PreviewedDay[] {
	const first = parseDay(firstDate);
	if (first === undefined) throw unusable('date', firstDate, 'a date such as 2026-12-24');
	if (!Number.isInteger(days) || days < 1 || days > mostDays)
		throw unusable('days', days, `a whole number from 1 to ${mostDays}`);
	return Array.from({ length: days }, (_, index) => previewed(schedule, first + index));
}

function previewed(schedule: CompiledSchedule, day: number): PreviewedDay {
	const { timezone } = schedule;
	const midnight = (date: number): number => readInstant(`${formatDay(date)}T00:00`, timezone);
	const [startMs, endMs] = [midnight(day), midnight(day + 1)];
	const open = schedule.segments(startMs, endMs);
	const reasons = schedule.closures(startMs, endMs).map(({ reason }) => saidReason(reason));
	const told = [...new Set(reasons.filter((reason) => reason !== undefined))];
	return {
		date: formatDay(day),
		weekday: weekdays[weekdayIndex(day)] ?? '',
		open: open.map(({ start, end }) => ({
			from: wallTime(start, timezone),
			to: end === endMs ? '24:00' : wallTime(end, timezone),
		})),
		workingMs: schedule.workingTime(startMs, endMs),
		closedBecause: told.length > 0 || open.length > 0 ? told : ['outside the hours'],
	};
}

/** Undefined for what every day has: time before and after the hours. */
function saidReason(reason: ClosedReason): string | undefined {
	if (reason.kind === 'closed') return undefined;
	if (reason.kind === 'break') return 'break';
	return reason.name === '' ? 'holiday' : `holiday: ${reason.name}`;
}

const wallTime = (ms: number, timezone: string): string => formatInstant(ms, timezone).slice(11, 16);

const unusable = (field: string, value: unknown, wanted: string): SlaError =>
	new SlaError('invalid_input', `"${field}" is not ${wanted}: ${JSON.stringify(value)}`, `Give ${wanted}.`, [
		{ field, problem: `is ${JSON.stringify(value)}` },
	]);
