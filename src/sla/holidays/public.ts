import type HolidaysOfCountry from 'date-holidays';

import { SlaError } from '../errors';
import { formatDay, parseDay, dayMs } from '../schedule/calendar-day';
import { inOrder, type Holiday, type ImportedHolidays } from './holiday';
import { checkYears, type Years } from './years';

/** A country, or a part of one. */
export interface Region {
	/** e.g. `DE` */
	country: string;
	/** e.g. `BY` */
	state?: string | undefined;
	/** e.g. `A`, a part of the state */
	region?: string | undefined;
	/** Language of the names, e.g. `en`; that of the country unless given. */
	language?: string | undefined;
}

/** No clock is set by more, but for zones that leave out or repeat a date. */
const clockChangeMs = 2 * 3_600_000;

/**
 * The public holidays of a country or a part of one, with the days that stand in for those on a weekend.
 *
 * @throws SlaError `invalid_input` naming the places that are known, when this one is not
 */
export async function publicHolidays(place: Region, years: Years): Promise<ImportedHolidays> {
	const { from, to } = checkYears(years);
	const calendar = await calendarOf(place);
	const holidays: Holiday[] = [];
	const skipped: ImportedHolidays['skipped'] = [];
	for (let year = from; year <= to; year += 1) {
		for (const { type, date: text, start, end, name } of calendar.getHolidays(year)) {
			const date = text.slice(0, 10);
			const first = parseDay(date);
			if (type !== 'public' || first === undefined) continue;
			const { days, isWhole } = wholeDays(end.getTime() - start.getTime());
			const why = days === 0 ? 'It is no whole day' : 'It begins or ends with a part of a day';
			if (!isWhole) skipped.push({ name, date, why: `${why}; give its hours as a shift.` });
			for (let more = 0; more < days; more += 1) holidays.push({ date: formatDay(first + more), name });
		}
	}
	return { holidays: inOrder(holidays), skipped };
}

/** Days are 23 or 25 hours long where clocks are changed; a feast may be from sunset to sunset. */
function wholeDays(lengthMs: number): { days: number; isWhole: boolean } {
	const days = Math.floor((lengthMs + clockChangeMs) / dayMs);
	return { days, isWhole: lengthMs - days * dayMs <= clockChangeMs };
}

async function calendarOf({ country, state, region, language }: Region): Promise<HolidaysOfCountry> {
	const { default: Holidays } = await import('date-holidays');
	const known = new Holidays();
	const code = choose('country', country, known.getCountries('en'));
	// The library takes what it does not know for nothing: a holiday less, and no word of it.
	const stateCode = state === undefined ? undefined : choose('state', state, known.getStates(code, 'en'));
	const regionCode =
		region === undefined
			? undefined
			: choose('region', region, known.getRegions(code, stateCode ?? '', 'en'));
	const place = {
		country: code,
		...(stateCode !== undefined && { state: stateCode }),
		...(regionCode !== undefined && { region: regionCode }),
	};
	return new Holidays(place, language === undefined ? {} : { languages: [language] });
}

function choose(kind: string, said: string, known: Record<string, string> | undefined): string {
	const codes = Object.keys(known ?? {});
	const found = codes.find((code) => code.toLowerCase() === said.trim().toLowerCase());
	if (found !== undefined) return found;
	throw new SlaError(
		'invalid_input',
		`"${said.slice(0, 60)}" is no ${kind} whose holidays are known.`,
		codes.length > 0 ? `Use one of ${codes.join(', ')}.` : `Leave the ${kind} out: none is known there.`,
		[{ field: kind, problem: `is ${JSON.stringify(said.slice(0, 60))}` }],
	);
}
