import type { INodeProperties } from 'n8n-workflow';

import type { ErrorInput, ErrorQuery } from '../../../../src/store';
import { forOperationsOf } from '../../../shared/fields';
import { resourceDescription } from '../../../shared/resource';
import { instants, period } from '../../../shared/store/filters';
import { itemsOf, manyFields } from '../../../shared/store/pages';
import {
	choice,
	fieldsCollection,
	filtersOf,
	givenFields,
	longText,
	object,
	text,
} from '../../../shared/store/record-fields';
import type { Operation } from '../operation';

const shown = forOperationsOf('errorLog');

const level = choice(
	'Level',
	'level',
	[
		{ name: 'Debug', value: 'debug' },
		{ name: 'Error', value: 'error' },
		{ name: 'Fatal', value: 'fatal' },
		{ name: 'Info', value: 'info' },
		{ name: 'Warning', value: 'warning' },
	],
	{ default: 'error' },
);

const fields = [
	text('Key', 'key', {
		placeholder: 'e.g. ={{ $execution.id }}',
		description: 'Names this error: recorded again, it is stored once',
	}),
	level,
	object('Metadata', 'metadata', { description: 'What else is known, as an object' }),
	longText('Stack', 'stack'),
];
const occurredAt: INodeProperties = {
	displayName: 'Occurred At',
	name: 'occurredAt',
	type: 'dateTime',
	default: '',
	description: 'Empty: now',
};

const create: Operation = {
	description: shown(
		['create'],
		[
			{
				displayName: 'Message',
				name: 'message',
				type: 'string',
				default: '',
				required: true,
				description: 'What is wrong. What looks like a secret is masked, here and in all fields.',
			},
			{
				...fieldsCollection(fields),
				description: 'What else is known of it',
				options: [...fields.map(({ property }) => property), occurredAt],
			},
		],
	),
	async execute(context, { store, records }, itemIndex) {
		const given = context.getNodeParameter('fields', itemIndex, {}) as Record<string, unknown>;
		const more = givenFields<Partial<ErrorInput>>(context, itemIndex, fields);
		const known = Object.entries(more).filter(([, value]) => value !== null);
		return [
			await records.recordError(store, {
				message: String(context.getNodeParameter('message', itemIndex)),
				...Object.fromEntries(known),
				...instants(context, itemIndex, given, { occurredAt: 'Occurred At' }),
			}),
		];
	},
};

const filters = [level, text('Text', 'text', { description: 'Anywhere in the message' })];

const getMany: Operation = {
	description: shown(
		['getMany'],
		manyFields(
			[...period, ...filters.map(({ property }) => property)].sort((a, b) =>
				a.displayName.localeCompare(b.displayName),
			),
		),
	),
	async execute(context, { store, records }, itemIndex) {
		const given = context.getNodeParameter('filters', itemIndex, {}) as Record<string, unknown>;
		const query = {
			...filtersOf<ErrorQuery>(context, itemIndex, filters),
			...instants(context, itemIndex, given, { from: 'From', to: 'To' }),
		};
		return await itemsOf(context, itemIndex, async (page) => await records.getErrorLogs(store, query, page));
	},
};

export const operations: Record<string, Operation> = { create, getMany };

export const description: INodeProperties[] = resourceDescription('errorLog', operations, [
	{
		name: 'Create',
		value: 'create',
		action: 'Create error log entry',
		description: 'Record an error, without secrets',
	},
	{
		name: 'Get Many',
		value: 'getMany',
		action: 'Get many error log entries',
		description: 'Get errors by level, time and text, the newest first',
	},
]);
