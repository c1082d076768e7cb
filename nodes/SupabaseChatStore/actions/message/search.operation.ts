import { optionsOf } from '../../../shared/fields';
import { contactFilter, conversationFilter, ids, instants, period } from '../../../shared/store/filters';
import { itemsOf, manyFields } from '../../../shared/store/pages';
import { asText, textOf } from '../../../shared/values';
import type { Operation } from '../operation';
import { forOperations } from './common.descriptions';

export const search: Operation = {
	description: forOperations(
		['search'],
		[
			{
				displayName: 'Words',
				name: 'query',
				type: 'string',
				default: '',
				required: true,
				placeholder: 'e.g. invoice "annual report" -draft',
				description: 'Words in any of their forms; "in quotes" as they stand; -without; or',
			},
			...manyFields(
				[contactFilter, conversationFilter, ...period],
				[
					optionsOf([
						{
							displayName: 'Language',
							name: 'language',
							type: 'string',
							default: '',
							placeholder: 'e.g. de',
							description: 'Whose endings are known. Empty: Russian and English.',
						},
					]),
				],
			),
		],
	),
	forPeople: true,
	async execute(context, { store, chat }, itemIndex) {
		const filter = context.getNodeParameter('filters', itemIndex, {}) as Record<string, unknown>;
		const options = context.getNodeParameter('options', itemIndex, {}) as Record<string, unknown>;
		const language = textOf(options['language']);
		const query = {
			query: asText(context.getNodeParameter('query', itemIndex)),
			...(language !== undefined && { language }),
			...ids(context, itemIndex, filter, { contactId: 'Contact ID', conversationId: 'Conversation ID' }),
			...instants(context, itemIndex, filter, { from: 'From', to: 'To' }),
		};
		return await itemsOf(context, itemIndex, async (page) => {
			const found = await chat.searchMessages(store, query, page);
			return { ...found, items: found.items.map((item) => ({ ...item, matchedBy: found.matchedBy })) };
		});
	},
};
