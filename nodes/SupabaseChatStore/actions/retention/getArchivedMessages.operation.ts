import { contactFilter, conversationFilter, ids, instants, period } from '../../../shared/store/filters';
import { itemsOf, manyFields } from '../../../shared/store/pages';
import type { Operation } from '../operation';
import { forOperations } from './common.descriptions';

export const getArchivedMessages: Operation = {
	description: forOperations(
		['getArchivedMessages'],
		manyFields([contactFilter, conversationFilter, ...period]),
	),
	forPeople: true,
	async execute(context, { store, chat }, itemIndex) {
		const filter = context.getNodeParameter('filters', itemIndex, {}) as Record<string, unknown>;
		const query = {
			...instants(context, itemIndex, filter, { from: 'From', to: 'To' }),
			...ids(context, itemIndex, filter, { contactId: 'Contact ID', conversationId: 'Conversation ID' }),
		};
		return await itemsOf(
			context,
			itemIndex,
			async (page) => await chat.getArchivedMessages(store, query, page),
		);
	},
};
