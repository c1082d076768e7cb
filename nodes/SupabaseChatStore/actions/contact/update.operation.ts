import { NodeOperationError } from 'n8n-workflow';

import { contactLocator, contactName } from '../../../shared/store/locators';
import type { Operation } from '../operation';
import { forOperations } from './common.descriptions';
import { contactFields, givenFields } from './fields';

export const update: Operation = {
	description: forOperations(
		['update'],
		[
			contactLocator,
			{
				displayName: 'Fields',
				name: 'fields',
				type: 'collection',
				placeholder: 'Add field',
				default: {},
				description: 'Only these are changed; an empty one is emptied',
				options: contactFields,
			},
		],
	),
	answersContact: true,
	async execute(context, { store, chat, fieldKeys }, itemIndex) {
		const given = context.getNodeParameter('fields', itemIndex, {}) as Record<string, unknown>;
		const set = givenFields(context, itemIndex, given);
		if (Object.keys(set).length === 0) {
			throw new NodeOperationError(context.getNode(), 'There is nothing to change.', {
				itemIndex,
				description: 'Add a field under "Fields".',
			});
		}
		return [await chat.updateContact(store, contactName(context, itemIndex), set, { fieldKeys })];
	},
};
