import {
	NodeOperationError,
	type IExecuteFunctions,
	type INodeParameterResourceLocator,
	type INodeProperties,
} from 'n8n-workflow';

import { asText } from '../values';

/** A way to name a record by its own words. */
interface NameMode {
	name: string;
	displayName: string;
	placeholder: string;
}

/** How records of one kind are named. */
export interface RecordLocator {
	/** From the list, by number, or by the record's own words. */
	property: INodeProperties;
	/** The same for an operation that may make a record: its own words come first. */
	forNew: INodeProperties;
	modes: NameMode[];
	isNumbered: boolean;
}

export function recordLocator(
	displayName: string,
	name: string,
	searchListMethod: string,
	modes: [NameMode, ...NameMode[]],
	isNumbered = true,
): RecordLocator {
	const property: INodeProperties = {
		displayName,
		name,
		type: 'resourceLocator',
		default: { mode: 'list', value: '' },
		required: true,
		modes: [
			{
				displayName: 'From List',
				name: 'list',
				type: 'list',
				typeOptions: { searchListMethod, searchable: true },
			},
			...(isNumbered
				? [{ displayName: 'By ID', name: 'id', type: 'string' as const, placeholder: 'e.g. 42' }]
				: []),
			...modes.map((mode) => ({ ...mode, type: 'string' as const })),
		],
	};
	const forNew = { ...property, default: { mode: modes[0].name, value: '' } };
	return { property, forNew, modes, isNumbered };
}

/** How a user named a record, and by what. @throws NodeOperationError when the field is empty */
export function chosen(
	context: IExecuteFunctions,
	itemIndex: number,
	{ property, modes, isNumbered }: RecordLocator,
): { mode: string; value: string } {
	const given = context.getNodeParameter(property.name, itemIndex, '') as
		string | number | INodeParameterResourceLocator;
	const isLocator = typeof given === 'object' && given !== null;
	const value = asText(isLocator ? given.value : given);
	if (value === '')
		throw new NodeOperationError(context.getNode(), `"${property.displayName}" is empty.`, {
			itemIndex,
			description: 'Choose one, or see what the expression in that field gives for this item.',
		});
	// An expression in place of the whole field gives no mode: a number is an ID.
	const named = isNumbered && /^\d+$/.test(value) ? 'id' : (modes[0]?.name ?? 'id');
	return { mode: isLocator ? given.mode : named, value };
}
