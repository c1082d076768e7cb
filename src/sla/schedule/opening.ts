import { dayMs, formatDay, weekdayIndex, type CalendarDay } from './calendar-day';
import type { DayHours, ParsedSchedule } from './definition';
import { clip, intersect, merge, subtract, type Interval } from './interval';
import type { WallClock } from './zone';

/** Further back begins no night that is still open, whatever clocks and dates are left out. */
const daysBefore = 3;

/** When a schedule is open within a span of time. */
export function openings(schedule: ParsedSchedule, clock: WallClock, span: Interval): Interval[] {
	const days = daysAround(clock, span);
	return clip(subtract(openOn(schedule, clock, days), breaksOn(schedule, clock, days)), span);
}

/** Why a schedule is closed. */
export type ClosedReason =
	| { kind: 'closed' }
	/** `name` is empty where the schedule gives none. */
	| { kind: 'holiday'; date: string; name: string }
	| { kind: 'break' };

/** A time that does not count, and why. */
export interface Closure extends Interval {
	reason: ClosedReason;
}

/** When a schedule is closed within a span of time, and why; what is not told here is outside its hours. */
export function closures(schedule: ParsedSchedule, clock: WallClock, span: Interval): Closure[] {
	const days = daysAround(clock, span);
	const open = openOn(schedule, clock, days);
	const cuts = breaksOn(schedule, clock, days);
	const found: Closure[] = intersect(cuts, open).map((cut) => ({ ...cut, reason: { kind: 'break' } }));
	let explained = open;
	for (const day of days) {
		const name = schedule.holidays.get(day);
		if (name === undefined) continue;
		// Its own date, and the night that would have begun on it.
		const idle = merge([...onDay(clock, day, [wholeDay]), ...onDay(clock, day, hoursOf(schedule, day))]);
		for (const { start, end } of subtract(idle, explained)) {
			found.push({ start, end, reason: { kind: 'holiday', date: formatDay(day), name } });
		}
		explained = merge([...explained, ...idle]);
	}
	for (const { start, end } of subtract([span], explained)) {
		found.push({ start, end, reason: { kind: 'closed' } });
	}
	return found
		.filter(({ start, end }) => start < span.end && end > span.start)
		.map((closure) => ({
			...closure,
			start: Math.max(closure.start, span.start),
			end: Math.min(closure.end, span.end),
		}))
		.sort((one, other) => one.start - other.start);
}

const wholeDay: DayHours = { fromMs: 0, toMs: dayMs };

function daysAround(clock: WallClock, { start, end }: Interval): CalendarDay[] {
	const first = clock.dayAt(start) - daysBefore;
	const days = Array.from({ length: clock.dayAt(end) + 2 - first }, (_, index) => first + index);
	return days.filter((day) => !clock.isMissing(day));
}

const hoursOf = ({ shifts, weekly }: ParsedSchedule, day: CalendarDay): readonly DayHours[] =>
	shifts.get(day) ?? weekly[weekdayIndex(day)] ?? [];

function openOn(schedule: ParsedSchedule, clock: WallClock, days: readonly CalendarDay[]): Interval[] {
	const isOpen = (day: CalendarDay): boolean => !schedule.holidays.has(day);
	return merge(days.filter(isOpen).flatMap((day) => onDay(clock, day, hoursOf(schedule, day))));
}

function breaksOn({ breaks }: ParsedSchedule, clock: WallClock, days: readonly CalendarDay[]): Interval[] {
	if (breaks.size === 0) return [];
	return merge(days.flatMap((day) => onDay(clock, day, breaks.get(day) ?? [])));
}

const onDay = (clock: WallClock, day: CalendarDay, hours: readonly DayHours[]): Interval[] =>
	hours.map(({ fromMs, toMs }) => ({
		start: clock.instant(day * dayMs + fromMs),
		end: clock.instant(day * dayMs + toMs),
	}));
