import { NodeOperationError, type IExecuteFunctions, type INodeProperties } from 'n8n-workflow';

import { asList, asText } from '../values';
import { yesOrNo } from './filters';
import { jsonObject } from './json';
import { idOf } from './locators';

/** A field of a record in the editor, and how to read what was written there. */
export interface RecordField {
	property: INodeProperties;
	read(context: IExecuteFunctions, itemIndex: number, value: unknown): unknown;
}

type More = Partial<INodeProperties>;

/** An empty text empties the field. */
export const text = (displayName: string, name: string, more: More = {}): RecordField => ({
	property: { displayName, name, type: 'string', default: '', ...more },
	read: (_context, _itemIndex, value) => asText(value) || null,
});

/** A text whose spaces and line breaks at its ends count. */
export const longText = (displayName: string, name: string, more: More = {}): RecordField => ({
	property: { displayName, name, type: 'string', typeOptions: { rows: 4 }, default: '', ...more },
	read: (_context, _itemIndex, value) => (value === undefined || value === null ? null : String(value)),
});

/** 0 empties the field. */
export const number = (displayName: string, name: string, more: More = {}): RecordField => ({
	property: { displayName, name, type: 'number', default: 0, description: 'None at 0', ...more },
	read: (context, itemIndex, value) =>
		asText(value) === '0' ? null : idOf(context, itemIndex, displayName, value),
});

export const yes = (displayName: string, name: string, more: More = {}): RecordField => ({
	property: { displayName, name, type: 'boolean', default: true, ...more },
	read: (context, itemIndex, value) => yesOrNo(context, itemIndex, displayName, value),
});

export const list = (displayName: string, name: string, more: More = {}): RecordField => ({
	property: {
		displayName,
		name,
		type: 'string',
		default: '',
		description: 'Separated by commas or line breaks',
		...more,
	},
	read: (_context, _itemIndex, value) => asList(value),
});

export const object = (displayName: string, name: string, more: More = {}): RecordField => ({
	property: { displayName, name, type: 'json', default: '{}', ...more },
	read: (context, itemIndex, value) => jsonObject(context, itemIndex, displayName, value),
});

export const choice = (
	displayName: string,
	name: string,
	options: INodeProperties['options'],
	more: More = {},
): RecordField => ({
	property: { displayName, name, type: 'options', ...(options && { options }), default: '', ...more },
	read: (_context, _itemIndex, value) => value,
});

export function fieldsCollection(fields: RecordField[]): INodeProperties {
	return {
		displayName: 'Fields',
		name: 'fields',
		type: 'collection',
		placeholder: 'Add field',
		default: {},
		description: 'Only these are changed; an empty one is emptied',
		options: fields.map(({ property }) => property),
	};
}

/**
 * What was added under "Fields". The functions of the store look at each value again, and refuse it by its name.
 * @throws NodeOperationError naming the field
 */
export function givenFields<Fields>(
	context: IExecuteFunctions,
	itemIndex: number,
	fields: RecordField[],
	parameter = 'fields',
): Fields {
	const given = context.getNodeParameter(parameter, itemIndex, {}) as Record<string, unknown>;
	const set: Record<string, unknown> = {};
	for (const { property, read } of fields)
		if (property.name in given) set[property.name] = read(context, itemIndex, given[property.name]);
	return set as Fields;
}

/** Filters that were given. An empty one is refused: without it a list would show all. @throws NodeOperationError naming it */
export function filtersOf<Query>(
	context: IExecuteFunctions,
	itemIndex: number,
	fields: RecordField[],
): Query {
	const all = givenFields<Record<string, unknown>>(context, itemIndex, fields, 'filters');
	for (const { property } of fields)
		if (property.name in all && (all[property.name] === null || all[property.name] === ''))
			throw new NodeOperationError(context.getNode(), `The filter "${property.displayName}" is empty.`, {
				itemIndex,
				description: 'See what the expression in that field gives for this item, or remove the filter.',
			});
	return all as Query;
}

/** Values of a field for names and values, as JSON. @throws NodeOperationError naming the field */
export function valuesOf(
	context: IExecuteFunctions,
	itemIndex: number,
): Record<string, string | number | boolean | null> {
	const given = jsonObject(context, itemIndex, 'Values', context.getNodeParameter('values', itemIndex, {}));
	return Object.fromEntries(
		Object.entries(given).map(([name, value]) => {
			if (typeof value !== 'object' && typeof value !== 'undefined') return [name, value as string];
			if (value === null || value === undefined) return [name, null];
			throw new NodeOperationError(context.getNode(), `"Values": ${name} is neither a text nor a number.`, {
				itemIndex,
				description: 'Give each name one value, as {"name": "Anna"}.',
			});
		}),
	);
}
