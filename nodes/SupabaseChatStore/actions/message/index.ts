import type { INodeProperties } from 'n8n-workflow';

import { resourceDescription } from '../../../shared/resource';
import type { AnyOperation } from '../operation';
import { deleteMessages } from './delete.operation';
import { getContext } from './getContext.operation';
import { getMany } from './getMany.operation';
import { search } from './search.operation';
import { store } from './store.operation';

export const operations: Record<string, AnyOperation> = {
	delete: deleteMessages,
	getContext,
	getMany,
	search,
	store,
};

export const description: INodeProperties[] = resourceDescription(
	'message',
	operations,
	[
		{
			name: 'Delete',
			value: 'delete',
			action: 'Delete messages',
			description: 'Hide messages; they go for good with the retention or with their author',
		},
		{
			name: 'Get Context',
			value: 'getContext',
			action: 'Get the context of a conversation',
			description: 'Get the last messages, the summary, and what is known of who takes part',
		},
		{
			name: 'Get Many',
			value: 'getMany',
			action: 'Get many messages',
			description: 'Get messages, newest or oldest first, also as they stood at an earlier time',
		},
		{
			name: 'Search',
			value: 'search',
			action: 'Search messages',
			description: 'Find messages by words, or by parts of words where no word fits',
		},
		{
			name: 'Store',
			value: 'store',
			action: 'Store messages',
			description: 'Store messages, edits and deletions, each exactly once',
		},
	],
	'store',
);
