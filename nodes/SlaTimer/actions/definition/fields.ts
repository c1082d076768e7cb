import type { INodeProperties } from 'n8n-workflow';

import { holidayFields } from './holidays';

const weekdays = [
	{ name: 'Friday', value: 'fri' },
	{ name: 'Monday', value: 'mon' },
	{ name: 'Saturday', value: 'sat' },
	{ name: 'Sunday', value: 'sun' },
	{ name: 'Thursday', value: 'thu' },
	{ name: 'Tuesday', value: 'tue' },
	{ name: 'Wednesday', value: 'wed' },
];

/**
 * Two names for the same choice: where it is `scheduleFrom`, the node asks for a credential only when the schedule is one of
 * the store.
 */
type ChoiceName = 'scheduleFrom' | 'definitionFrom';

const choice = (name: ChoiceName, mayBeStored: boolean): INodeProperties => ({
	displayName: 'Schedule',
	name,
	type: 'options',
	noDataExpression: true,
	options: [
		...(mayBeStored ? [{ name: 'From Store', value: 'store' }] : []),
		{ name: 'Using Fields Below', value: 'fields' },
		{ name: 'Using JSON', value: 'json' },
	],
	default: 'fields',
	description: 'Where the working schedule stands',
});

const timezone: INodeProperties = {
	displayName: 'Time Zone',
	name: 'timezone',
	type: 'string',
	default: '',
	placeholder: 'e.g. Europe/Moscow',
	description: 'A zone of the IANA database. Empty: the time zone of the workflow.',
};

const hours: INodeProperties = {
	displayName: 'Opening Hours',
	name: 'hours',
	type: 'fixedCollection',
	typeOptions: { multipleValues: true, sortable: true },
	placeholder: 'Add hours',
	default: { entry: [{ days: ['mon', 'tue', 'wed', 'thu', 'fri'], open: '09:00-18:00' }] },
	description: 'Days that stand in no entry are closed',
	options: [
		{
			displayName: 'Hours',
			name: 'entry',
			values: [
				{
					displayName: 'Days',
					name: 'days',
					type: 'multiOptions',
					options: weekdays,
					default: [],
				},
				{
					displayName: 'Open',
					name: 'open',
					type: 'string',
					default: '09:00-18:00',
					placeholder: 'e.g. 09:00-13:00, 14:00-18:00',
					description: 'An end that is not later than its start is one of the next day',
				},
			],
		},
	],
};

const specialDays: INodeProperties = {
	displayName: 'Special Days',
	name: 'specialDays',
	type: 'collection',
	placeholder: 'Add special days',
	default: {},
	options: [
		{
			displayName: 'Always Open',
			name: 'always',
			type: 'boolean',
			default: true,
			description:
				'Whether it is open around the clock in place of the opening hours; special days still apply',
		},
		{
			displayName: 'Breaks',
			name: 'breaks',
			type: 'string',
			typeOptions: { rows: 3 },
			default: '',
			placeholder: 'e.g. 2026-12-23 12:00-12:30',
			description: 'Times of single dates at which nobody works, a line for each date',
		},
		...holidayFields,
		{
			displayName: 'Other Hours',
			name: 'shifts',
			type: 'string',
			typeOptions: { rows: 3 },
			default: '',
			placeholder: 'e.g. 2026-12-24 09:00-12:00',
			description: 'Hours of single dates in place of those of their weekday, a line for each date',
		},
	],
};

const definition: INodeProperties = {
	displayName: 'Definition',
	name: 'definition',
	type: 'json',
	typeOptions: { rows: 8 },
	default: '{\n  "timezone": "Europe/Moscow",\n  "weekly": { "mon": [["09:00", "18:00"]] }\n}',
	description:
		'With the fields timezone, weekly, holidays, shifts, breaks and always, as the documentation of schedules tells',
};

const written = (from: ChoiceName): INodeProperties[] => [
	...[timezone, hours, specialDays].map((property) => ({
		...property,
		displayOptions: { show: { [from]: ['fields'] } },
	})),
	{ ...definition, displayOptions: { show: { [from]: ['json'] } } },
];

/** The schedule itself, written down in the node. */
export const definitionFields: INodeProperties[] = [
	choice('definitionFrom', false),
	...written('definitionFrom'),
];

/** The same, or one that the store has. */
export const scheduleFields = (locator: INodeProperties): INodeProperties[] => [
	choice('scheduleFrom', true),
	{ ...locator, displayOptions: { show: { scheduleFrom: ['store'] } } },
	...written('scheduleFrom'),
];
