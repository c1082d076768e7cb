import { NodeOperationError, type IExecuteFunctions, type INodeProperties } from 'n8n-workflow';

import { instantParameter } from '../date-time';
import { textOf } from '../values';
import { idOf } from './locators';

const id = (displayName: string, name: string): INodeProperties => ({
	displayName,
	name,
	type: 'number',
	typeOptions: { minValue: 1 },
	default: 0,
});

export const contactFilter = {
	...id('Contact ID', 'contactId'),
	description: 'Whose they are, by the ID in the store',
};
export const conversationFilter = id('Conversation ID', 'conversationId');

export const period: INodeProperties[] = [
	{
		displayName: 'From',
		name: 'from',
		type: 'dateTime',
		default: '',
		description: 'At or after this instant',
	},
	{
		displayName: 'To',
		name: 'to',
		type: 'dateTime',
		default: '',
		description: 'Before this instant',
	},
];

/** The given instants in ISO 8601; times without an offset are meant in the time zone of the workflow. */
export function instants<Name extends string>(
	context: IExecuteFunctions,
	itemIndex: number,
	values: Record<string, unknown>,
	fields: Record<Name, string>,
): Partial<Record<Name, string>> {
	const found: Partial<Record<Name, string>> = {};
	for (const name of Object.keys(fields) as Name[]) {
		const instant = instantParameter(context, itemIndex, fields[name], values[name]);
		if (instant) found[name] = instant.toISOString();
	}
	return found;
}

/** Ids that were given. One that is no id is refused: without its filter a list would show everybody's. @throws NodeOperationError naming the field */
export function ids<Name extends string>(
	context: IExecuteFunctions,
	itemIndex: number,
	values: Record<string, unknown>,
	fields: Record<Name, string>,
): Partial<Record<Name, number>> {
	const found: Partial<Record<Name, number>> = {};
	for (const name of Object.keys(fields) as Name[])
		if (name in values) found[name] = idOf(context, itemIndex, fields[name], values[name]);
	return found;
}

/** A filter that was added and says nothing is refused: without it a list would show everybody's. */
export function givenText(
	context: IExecuteFunctions,
	itemIndex: number,
	filter: Record<string, unknown>,
	name: string,
	field: string,
): string | undefined {
	if (!(name in filter)) return undefined;
	const text = textOf(filter[name]);
	if (text !== undefined) return text;
	throw new NodeOperationError(context.getNode(), `The filter "${field}" is empty, or is no text.`, {
		itemIndex,
		description: 'See what the expression in that field gives for this item, or remove the filter.',
	});
}

/** What must not be guessed from an expression that gives something else. @throws NodeOperationError naming the field */
export function yesOrNo(
	context: IExecuteFunctions,
	itemIndex: number,
	field: string,
	value: unknown,
): boolean {
	if (typeof value === 'boolean') return value;
	throw new NodeOperationError(context.getNode(), `"${field}" is neither true nor false.`, {
		itemIndex,
		description: 'See what the expression in that field gives for this item.',
	});
}
