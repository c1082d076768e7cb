import type { INodeProperties } from 'n8n-workflow';

const most = (displayName: string, name: string, usual: number, description: string): INodeProperties => ({
	displayName,
	name,
	type: 'number',
	typeOptions: { minValue: 0, maxValue: 10_000 },
	default: usual,
	description,
});

const timezone = (description: string): INodeProperties => ({
	displayName: 'Time Zone',
	name: 'timezone',
	type: 'string',
	default: 'UTC',
	placeholder: 'e.g. Europe/Moscow',
	description,
});

const retention: INodeProperties = {
	displayName: 'Retention',
	name: 'retention',
	type: 'collection',
	placeholder: 'Add rule',
	default: {},
	description:
		'How long backups are kept; what one rule keeps is kept. Without any rule nothing is ever removed.',
	options: [
		most('Daily', 'daily', 7, 'How many of the last days that have a backup keep their newest one'),
		most('Hourly', 'hourly', 24, 'How many of the last hours that have a backup keep their newest one'),
		most('Keep Last', 'keepLast', 3, 'How many of the newest are kept, whenever they were made'),
		{
			displayName: 'Keep Within',
			name: 'keepWithin',
			type: 'string',
			default: '14d',
			placeholder: 'e.g. 14d, 1y6m',
			description:
				'Everything made within this time before the newest backup is kept: years y, months m, weeks w, days d, hours h',
		},
		{
			displayName: 'Minimum Age',
			name: 'minimumAge',
			type: 'string',
			default: '24h',
			placeholder: 'e.g. 24h',
			description: 'Nothing younger than this is removed: weeks w, days d, hours h, minutes min',
		},
		most('Monthly', 'monthly', 12, 'How many of the last months that have a backup keep their newest one'),
		{
			displayName: 'Prune After Backup',
			name: 'afterBackup',
			type: 'boolean',
			default: true,
			description: 'Whether each good backup removes what no rule keeps any more',
		},
		timezone('Says when a day, week, month and year begins'),
		most('Weekly', 'weekly', 4, 'How many of the last weeks that have a backup keep their newest one'),
		most('Yearly', 'yearly', 3, 'How many of the last years that have a backup keep their newest one'),
	],
};

const expectation: INodeProperties = {
	displayName: 'Expected Backups',
	name: 'expect',
	type: 'collection',
	placeholder: 'Add expectation',
	default: {},
	description: 'When backups are expected, so that Status tells a missed one. Give either Every or At.',
	options: [
		{
			displayName: 'At',
			name: 'at',
			type: 'string',
			default: '02:00',
			placeholder: 'e.g. 02:00, 14:00',
			description: 'Times of day at which a backup is to begin, separated by commas',
		},
		{
			displayName: 'Days',
			name: 'days',
			type: 'multiOptions',
			default: [],
			description: 'Days of the week on which At holds; every day when none is chosen',
			options: [
				{ name: 'Friday', value: 'fri' },
				{ name: 'Monday', value: 'mon' },
				{ name: 'Saturday', value: 'sat' },
				{ name: 'Sunday', value: 'sun' },
				{ name: 'Thursday', value: 'thu' },
				{ name: 'Tuesday', value: 'tue' },
				{ name: 'Wednesday', value: 'wed' },
			],
		},
		{
			displayName: 'Every',
			name: 'every',
			type: 'string',
			default: '24h',
			placeholder: 'e.g. 24h, 6h',
			description: 'A good backup is expected at least this often: weeks w, days d, hours h, minutes min',
		},
		{
			displayName: 'Grace',
			name: 'grace',
			type: 'string',
			default: '2h',
			placeholder: 'e.g. 2h, 30min',
			description: 'How late a backup may be before it counts as missed',
		},
		timezone('Of At and Days'),
	],
};

/** How long backups are kept and when they are expected, in the fields of a site. */
export const retentionProperties: INodeProperties[] = [retention, expectation];

/** One restore point that must be named: a change is never made to whatever happens to be the newest. */
export const namedRestorePoint: INodeProperties = {
	displayName: 'Restore Point',
	name: 'restorePointId',
	type: 'string',
	default: '',
	required: true,
	placeholder: 'e.g. 20261120T020000Z-1a2b3c',
	description: 'Its ID as List shows it',
};

export const reason = (description: string): INodeProperties => ({
	displayName: 'Reason',
	name: 'reason',
	type: 'string',
	default: '',
	placeholder: 'e.g. audit of 2026',
	description,
});
