import type { INodeProperties } from 'n8n-workflow';

import { optionsOf } from '../../../shared/fields';
import { contactFilter, conversationFilter, ids, instants, period } from '../../../shared/store/filters';
import { itemsOf, manyFields } from '../../../shared/store/pages';
import type { Operation } from '../operation';
import { forOperations } from './common.descriptions';

const filters: INodeProperties[] = [
	contactFilter,
	conversationFilter,
	{
		displayName: 'Direction',
		name: 'direction',
		type: 'options',
		options: [
			{ name: 'Inbound', value: 'inbound' },
			{ name: 'Outbound', value: 'outbound' },
		],
		default: 'inbound',
	},
	...period,
];

export const getMany: Operation = {
	description: forOperations(
		['getMany'],
		manyFields(filters, [
			optionsOf([
				{
					displayName: 'As Of',
					name: 'asOf',
					type: 'dateTime',
					default: '',
					description:
						'As it stood then: what came later is not there, and what was edited or deleted since says what it said',
				},
				{
					displayName: 'Include Deleted',
					name: 'includeDeleted',
					type: 'boolean',
					default: false,
					description: 'Whether to return messages that were deleted as well',
				},
				{
					displayName: 'Order',
					name: 'order',
					type: 'options',
					options: [
						{ name: 'Newest First', value: 'newest' },
						{ name: 'Oldest First', value: 'oldest' },
					],
					default: 'newest',
				},
			]),
		]),
	),
	forPeople: true,
	async execute(context, { store, chat }, itemIndex) {
		const filter = context.getNodeParameter('filters', itemIndex, {}) as Record<string, unknown>;
		const options = context.getNodeParameter('options', itemIndex, {}) as Record<string, unknown>;
		const query = {
			...instants(context, itemIndex, { ...filter, ...options }, { from: 'From', to: 'To', asOf: 'As Of' }),
			...(filter['direction'] !== undefined && { direction: filter['direction'] as 'inbound' | 'outbound' }),
			...ids(context, itemIndex, filter, { contactId: 'Contact ID', conversationId: 'Conversation ID' }),
			...(options['includeDeleted'] === true && { includeDeleted: true }),
			...(options['order'] === 'oldest' && { order: 'oldest' as const }),
		};
		return await itemsOf(context, itemIndex, async (page) => await chat.getMessages(store, query, page));
	},
};
