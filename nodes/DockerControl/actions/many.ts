import type { IDataObject, IExecuteFunctions, INodeProperties } from 'n8n-workflow';

import { limit, limitParameter, returnAll } from '../../shared/limit';
import { simplify } from '../../shared/fields';

/** `Return All`, `Limit`, `Simplify` and `Filters` of a Get Many. */
export function manyFields(filters: INodeProperties[], more: INodeProperties[] = []): INodeProperties[] {
	return [
		{ ...returnAll, default: true },
		limit,
		simplify,
		{
			displayName: 'Filters',
			name: 'filters',
			type: 'collection',
			placeholder: 'Add filter',
			default: {},
			description: 'All given filters must fit',
			options: filters,
		},
		...more,
	];
}

/** What was found, simplified or raw, up to the limit. */
export async function manyItems(
	context: IExecuteFunctions,
	itemIndex: number,
	simplified: () => Promise<object[]>,
	raw: () => Promise<object[]>,
): Promise<IDataObject[]> {
	const most = limitParameter(context, itemIndex);
	const found = context.getNodeParameter('simplify', itemIndex) ? await simplified() : await raw();
	return found.slice(0, most) as IDataObject[];
}

export const labelsFilter: INodeProperties = {
	displayName: 'Labels',
	name: 'labels',
	type: 'string',
	default: '',
	placeholder: 'e.g. tier=web, opsdesk.keep',
	description: 'Labels that must all be present, as key or key=value, separated by commas',
};

export const useFilter: INodeProperties = {
	displayName: 'Use',
	name: 'use',
	type: 'options',
	default: 'any',
	options: [
		{ name: 'Any', value: 'any' },
		{ name: 'In Use', value: 'inUse', description: 'A container has it, running or not' },
		{ name: 'Unused', value: 'unused', description: 'No container has it' },
	],
};

/** What `Use` means. */
export function useOf(value: unknown): boolean | undefined {
	return value === 'inUse' ? true : value === 'unused' ? false : undefined;
}
