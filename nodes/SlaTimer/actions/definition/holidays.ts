import type { IDataObject, INodeProperties } from 'n8n-workflow';

import type { Holiday, ImportedHolidays, Years } from '../../../../src/sla';
import { textOf } from '../../../shared/values';
import type { Session } from '../operation';

/** Where holidays may come from; what is given adds up. */
export const holidayFields: INodeProperties[] = [
	{
		displayName: 'Holiday Country',
		name: 'holidayCountry',
		type: 'string',
		default: '',
		placeholder: 'e.g. DE',
		description: 'Code of a country whose public holidays are closed',
	},
	{
		displayName: 'Holiday Region',
		name: 'holidayRegion',
		type: 'string',
		default: '',
		placeholder: 'e.g. A',
		description: 'Code of a part of the state, with a country and a state',
	},
	{
		displayName: 'Holiday State',
		name: 'holidayState',
		type: 'string',
		default: '',
		placeholder: 'e.g. BY',
		description: 'Code of a state or province, with a country',
	},
	{
		displayName: 'Holidays',
		name: 'holidays',
		type: 'string',
		typeOptions: { rows: 3 },
		default: '',
		placeholder: 'e.g. 2026-12-25 Christmas',
		description:
			'Dates that are closed, each with a name after it if you like, separated by commas or line breaks',
	},
	{
		displayName: 'Holidays as iCalendar',
		name: 'holidayCalendar',
		type: 'string',
		typeOptions: { rows: 3 },
		default: '',
		placeholder: 'e.g. BEGIN:VCALENDAR …',
		description: 'Text of a calendar: its events of whole days are closed',
	},
];

/** What was written in those fields, for given years. */
export class HolidaySources {
	readonly listed: Holiday[];
	private readonly country: string | undefined;
	private readonly state: string | undefined;
	private readonly region: string | undefined;
	private readonly calendar: string | undefined;

	constructor(
		private readonly sla: Session['sla'],
		fields: IDataObject,
	) {
		this.listed = datesOf(sla, fields['holidays']);
		this.country = textOf(fields['holidayCountry']);
		this.state = textOf(fields['holidayState']);
		this.region = textOf(fields['holidayRegion']);
		this.calendar = textOf(fields['holidayCalendar']);
	}

	/** Whether the years matter: a list is as long as it is. */
	get isYearly(): boolean {
		return this.country !== undefined || this.calendar !== undefined;
	}

	/** @throws SlaError `invalid_input` for places that are not known, and for what is no calendar */
	async within(years: Years): Promise<ImportedHolidays> {
		const { country, state, region, calendar } = this;
		const found = [
			...(country === undefined ? [] : [await this.sla.publicHolidays({ country, state, region }, years)]),
			...(calendar === undefined ? [] : [await this.sla.calendarHolidays(calendar, years)]),
		];
		return {
			holidays: [...this.listed, ...found.flatMap(({ holidays }) => holidays)],
			skipped: found.flatMap(({ skipped }) => skipped),
		};
	}
}

/** An expression may give a list in place of a text. */
function datesOf(sla: Session['sla'], value: unknown): Holiday[] {
	const texts: unknown[] = Array.isArray(value) ? value : [value];
	return texts.flatMap((text) => {
		if (typeof text === 'object' && text !== null && 'date' in text)
			return [{ date: String(text.date), name: 'name' in text ? String(text.name) : '' }];
		return sla.writtenHolidays(textOf(text) ?? '');
	});
}
