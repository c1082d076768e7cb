import { idOf } from '../../../shared/store/locators';
import { asList } from '../../../shared/values';
import type { Operation } from '../operation';
import { forOperations } from './common.descriptions';

export const deleteMessages: Operation = {
	description: forOperations(
		['delete'],
		[
			{
				displayName: 'Message IDs',
				name: 'messageIds',
				type: 'string',
				default: '',
				required: true,
				placeholder: 'e.g. 17, 18',
				description: 'IDs in the store, separated by commas',
			},
		],
	),
	destructive: true,
	async execute(context, { store, chat }, itemIndex) {
		const given: unknown = context.getNodeParameter('messageIds', itemIndex);
		const wanted = asList(given).map((id) => idOf(context, itemIndex, 'Message IDs', id));
		if (wanted.length === 0) idOf(context, itemIndex, 'Message IDs', '');
		const results = await chat.deleteMessages(store, wanted);
		return results.map(({ id, status }) => ({ id, status, deleted: status !== 'unknown' }));
	},
};
