import type { IExecuteFunctions, INodeProperties } from 'n8n-workflow';

import type { Page, PageOptions } from '../../../src/chat';
import { limit, limitParameter, returnAll } from '../limit';

const mostOfPage = 1000;

/** `Return All` and `Limit` of a list, with its filters and options. */
export function manyFields(filters: INodeProperties[], more: INodeProperties[] = []): INodeProperties[] {
	return [
		returnAll,
		limit,
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

/** Page by page until there are as many as the user wants, or no more. */
export async function itemsOf<Item>(
	context: IExecuteFunctions,
	itemIndex: number,
	read: (options: PageOptions) => Promise<Page<Item>>,
): Promise<Item[]> {
	const most = limitParameter(context, itemIndex) ?? Number.POSITIVE_INFINITY;
	const signal = context.getExecutionCancelSignal();
	const found: Item[] = [];
	let cursor: string | undefined;
	do {
		const page = await read({
			limit: Math.min(mostOfPage, most - found.length),
			cursor,
			...(signal && { signal }),
		});
		found.push(...page.items);
		cursor = page.cursor;
	} while (cursor !== undefined && found.length < most);
	return found;
}
