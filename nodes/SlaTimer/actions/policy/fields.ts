import type { IDataObject, IExecuteFunctions, INodeProperties } from 'n8n-workflow';

import { OpsdeskError } from '../../../../src/shared';
import type { ClockKind, PolicyLayer } from '../../../../src/sla';
import { jsonObject } from '../../../shared/store/json';
import { asList, asText } from '../../../shared/values';

const minutes = (displayName: string, name: string, usual: number, description: string): INodeProperties => ({
	...{ displayName, name, type: 'number', default: usual, description },
	typeOptions: { minValue: 0 },
});

const clock = (displayName: string, name: string, description: string): INodeProperties => ({
	displayName,
	name,
	type: 'options',
	options: [
		{ name: 'Calendar Time', value: 'calendar' },
		{ name: 'Working Time', value: 'working' },
	],
	default: 'working',
	description,
});

const recipients = (
	displayName: string,
	name: string,
	usual: string,
	description: string,
): INodeProperties => ({
	...{ displayName, name, type: 'string', default: usual, description },
	placeholder: 'e.g. assignee, manager, name@example.com',
});

const fields: INodeProperties[] = [
	clock('Clock', 'clock', 'What counts until the deadline'),
	minutes('Escalate Every (Minutes)', 'escalateEvery', 30, 'After the breach, until somebody answers'),
	clock('Escalation Clock', 'escalationClock', 'What counts between two escalations'),
	{
		displayName: 'Escalations at Most',
		name: 'escalateMost',
		type: 'number',
		typeOptions: { minValue: 0, maxValue: 100 },
		default: 5,
	},
	minutes('First Response (Minutes)', 'firstResponse', 60, 'Until the first answer. 0: not promised.'),
	minutes('Next Response (Minutes)', 'nextResponse', 60, 'Until each later answer. 0: not promised.'),
	recipients('Notify at Breach', 'notifyBreach', 'manager, assignee', 'Separated by commas'),
	{
		...recipients(
			'Notify at Escalation',
			'notifyEscalation',
			'manager, assignee',
			'A line for each level, the last one for all further ones',
		),
		typeOptions: { rows: 3 },
	},
	recipients('Notify at Warning', 'notifyWarning', 'assignee', 'Separated by commas'),
	{
		displayName: 'Quiet Hours',
		name: 'quietHours',
		type: 'string',
		default: '22:00-07:00',
		placeholder: 'e.g. 22:00-07:00',
		description: 'Escalations wait for their end. Empty: none.',
	},
	minutes('Resolution (Minutes)', 'resolution', 480, 'Until the matter is settled. 0: not promised.'),
	{
		displayName: 'Warnings',
		name: 'warnings',
		type: 'string',
		default: '80%',
		placeholder: 'e.g. 80%, 10 min',
		description: 'Percent of the target, or minutes before the breach, separated by commas. Empty: none.',
	},
];

/** What a layer says of promises, in fields or as JSON. */
export const policyFields: INodeProperties[] = [
	{
		displayName: 'Policy',
		name: 'policyFrom',
		type: 'options',
		noDataExpression: true,
		options: [
			{ name: 'As It Is', value: 'asItIs', description: 'Change only what stands under Options' },
			{
				name: 'Using Fields Below',
				value: 'fields',
				description: 'In place of all that the layer has said so far',
			},
			{ name: 'Using JSON', value: 'json', description: 'In place of all that the layer has said so far' },
		],
		default: 'fields',
	},
	{
		displayName: 'Promises',
		name: 'promises',
		type: 'collection',
		placeholder: 'Add field',
		default: {},
		description:
			'What is left out here, the next layer says: chat over tier over tenant over default. Without any field the policy stays as it is.',
		options: fields,
		displayOptions: { show: { policyFrom: ['fields'] } },
	},
	{
		displayName: 'Definition',
		name: 'policy',
		type: 'json',
		typeOptions: { rows: 6 },
		default: '{\n  "targetMinutes": { "firstResponse": 60 }\n}',
		description: 'With the fields of the documentation of promises',
		displayOptions: { show: { policyFrom: ['json'] } },
	},
];

/**
 * What a user has written there; the library looks at each value.
 *
 * @returns undefined: as it is
 * @throws NodeOperationError, OpsdeskError `invalid_input` naming the field
 */
export function policyOf(context: IExecuteFunctions, itemIndex: number): PolicyLayer | undefined {
	const how: unknown = context.getNodeParameter('policyFrom', itemIndex);
	if (how === 'asItIs') return undefined;
	if (how === 'json')
		return jsonObject(context, itemIndex, 'Definition', context.getNodeParameter('policy', itemIndex));
	const given = context.getNodeParameter('promises', itemIndex, {}) as IDataObject;
	// Who has only switched monitoring off did not mean to take all promises back.
	if (Object.keys(given).length === 0) return undefined;
	const targets = Object.fromEntries(
		['firstResponse', 'nextResponse', 'resolution']
			.filter((name) => name in given)
			.map((name) => [name, minutesOf(given, name) || null]),
	);
	const escalation = {
		...('escalateEvery' in given && { everyMinutes: minutesOf(given, 'escalateEvery') }),
		...('escalateMost' in given && { most: minutesOf(given, 'escalateMost') }),
		...('escalationClock' in given && { clock: given['escalationClock'] as ClockKind }),
		...('quietHours' in given && { quietHours: quietHoursOf(asText(given['quietHours'])) }),
	};
	const notify = {
		...('notifyWarning' in given && { warning: asList(given['notifyWarning']) }),
		...('notifyBreach' in given && { breach: asList(given['notifyBreach']) }),
		...('notifyEscalation' in given && {
			escalation: asText(given['notifyEscalation']).split('\n').map(asList),
		}),
	};
	return {
		...(Object.keys(targets).length > 0 && { targetMinutes: targets }),
		...('clock' in given && { clock: given['clock'] as ClockKind }),
		...('warnings' in given && { warnings: warningsOf(given['warnings']) }),
		...(Object.keys(escalation).length > 0 && { escalation }),
		...(Object.keys(notify).length > 0 && { notify }),
	};
}

function minutesOf(given: IDataObject, name: string): number {
	const text = asText(given[name]);
	const value = Number(text);
	if (text !== '' && Number.isFinite(value)) return value;
	const field = fields.find((one) => one.name === name)?.displayName ?? name;
	throw new OpsdeskError(
		'invalid_input',
		`"${field}" is no number: ${text.slice(0, 60)}`,
		'See what the expression in that field gives for this item.',
	);
}

function quietHoursOf(text: string): { from: string; to: string } | null {
	if (text === '') return null;
	const [from = '', to = ''] = text.split(/\s*[-–—]\s*/);
	return { from, to };
}

function warningsOf(value: unknown): NonNullable<PolicyLayer['warnings']> {
	return asList(value).map((entry) => {
		const [, number, unit] = /^(\d+(?:\.\d+)?)\s*(%|min|minutes?)$/i.exec(entry) ?? [];
		if (number !== undefined)
			return unit === '%' ? { percent: Number(number) } : { minutesBefore: Number(number) };
		throw new OpsdeskError(
			'invalid_input',
			`"Warnings" has an entry that is none: ${entry.slice(0, 60)}`,
			'Write percent of the target as 80%, minutes before the breach as 10 min.',
		);
	});
}
