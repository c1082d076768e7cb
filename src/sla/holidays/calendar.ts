import type ICAL from 'ical.js';

import { errorMessage, shorten } from '../../shared';
import { SlaError } from '../errors';
import { formatDay, parseDay } from '../schedule/calendar-day';
import { inOrder, type Holiday, type ImportedHolidays } from './holiday';
import { checkYears, type Years } from './years';

const mostCharacters = 10_000_000;
/** A rule without an end is asked no further. */
const mostOccurrences = 100_000;

/**
 * The holidays of a calendar in iCalendar form (RFC 5545), as calendars are published: every event of whole days, with
 * its repetitions, exceptions and changed dates. Events that are cancelled are left out.
 *
 * @param text what such a feed or file holds
 * @throws SlaError `invalid_input` for what is no calendar
 */
export async function calendarHolidays(text: string, years: Years): Promise<ImportedHolidays> {
	const { from, to } = checkYears(years);
	if (text.length > mostCharacters) throw noCalendar(`it has more than ${mostCharacters} characters`);
	const { default: library } = await import('ical.js');
	const found: Holiday[] = [];
	const skipped: ImportedHolidays['skipped'] = [];
	try {
		for (const event of eventsIn(text, library)) {
			if (isCancelled(event)) continue;
			if (event.startDate.isDate) {
				found.push(...occurrences(event, `${from}-01-01`, `${to}-12-31`));
				continue;
			}
			const why = 'It is no event of whole days; give its hours as a shift.';
			skipped.push({ name: nameOf(event), date: dateOf(event.startDate), why });
		}
	} catch (thrown) {
		// The library reads dates and rules when they are asked for.
		throw noCalendar(shorten(errorMessage(thrown), 200));
	}
	return { holidays: inOrder(found), skipped };
}

function eventsIn(text: string, { Component, Event, parse }: typeof ICAL): ICAL.Event[] {
	const parsed: unknown = parse(text);
	if (!Array.isArray(parsed) || parsed[0] !== 'vcalendar') throw new Error('no calendar begins in it');
	const components = new Component(parsed).getAllSubcomponents('vevent');
	const changed = components.filter((component) => component.hasProperty('recurrence-id'));
	return components
		.filter((component) => component.hasProperty('dtstart') && !component.hasProperty('recurrence-id'))
		.map((component) => {
			const uid = component.getFirstPropertyValue('uid');
			const exceptions = changed.filter((other) => other.getFirstPropertyValue('uid') === uid);
			return new Event(component, { exceptions, strictExceptions: false });
		});
}

function occurrences(event: ICAL.Event, first: string, last: string): Holiday[] {
	// With single dates in place of a rule, the library forgets the first one, which is its beginning.
	const isList = event.component.hasProperty('rdate') && !event.component.hasProperty('rrule');
	const found: Holiday[] = isList ? daysOf(event.startDate, event.endDate, nameOf(event)) : [];
	const iterator = event.iterator();
	for (let count = 0; count < mostOccurrences; count += 1) {
		const time = iterator.next();
		if (!time || dateOf(time) > last) break;
		if (isMisplaced(event, time)) continue;
		const { item, startDate, endDate } = event.getOccurrenceDetails(time);
		if (!isCancelled(item)) found.push(...daysOf(startDate, endDate, nameOf(item)));
	}
	return found.filter(({ date }) => date >= first && date <= last);
}

/** A 29 February each year is one in leap years alone (RFC 5545, 3.3.10); the library moves it to 1 March. */
function isMisplaced({ component, startDate }: ICAL.Event, time: ICAL.Time): boolean {
	const rule = String(component.getFirstPropertyValue('rrule') ?? '');
	return (
		/FREQ=YEARLY/.test(rule) &&
		!/BY/.test(rule) &&
		startDate.day === 29 &&
		startDate.month === 2 &&
		time.day !== 29
	);
}

function daysOf(start: ICAL.Time, end: ICAL.Time, name: string): Holiday[] {
	const firstDay = parseDay(dateOf(start));
	const lastDay = parseDay(dateOf(end));
	if (firstDay === undefined || lastDay === undefined) return [];
	// The end of an event of whole days is the day after it.
	const length = Math.min(Math.max(1, lastDay - firstDay), 366);
	return Array.from({ length }, (_, more) => ({ date: formatDay(firstDay + more), name }));
}

const nameOf = ({ summary }: ICAL.Event): string => shorten(summary ?? '', 500);

const dateOf = (time: ICAL.Time): string => String(time).slice(0, 10);

const isCancelled = ({ component }: ICAL.Event): boolean =>
	String(component.getFirstPropertyValue('status') ?? '').toUpperCase() === 'CANCELLED';

const noCalendar = (why: string): SlaError =>
	new SlaError(
		'invalid_input',
		`The text is no calendar: ${why}.`,
		'Give the text of a file or feed in iCalendar form, which begins with BEGIN:VCALENDAR.',
		[{ field: 'calendar', problem: why }],
	);
