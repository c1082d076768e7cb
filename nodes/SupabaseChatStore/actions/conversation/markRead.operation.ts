import { instants } from '../../../shared/store/filters';
import { conversationLocator, conversationName } from '../../../shared/store/locators';
import type { Operation } from '../operation';
import { forOperations } from './common.descriptions';

export const markRead: Operation = {
	description: forOperations(
		['markRead'],
		[
			conversationLocator,
			{
				displayName: 'Up To',
				name: 'upTo',
				type: 'dateTime',
				default: '',
				description: 'Messages until then count as read. Empty: all there are.',
			},
		],
	),
	async execute(context, { store, chat }, itemIndex) {
		const values = { upTo: context.getNodeParameter('upTo', itemIndex, '') };
		const { upTo } = instants(context, itemIndex, values, { upTo: 'Up To' });
		return [await chat.markRead(store, conversationName(context, itemIndex), upTo)];
	},
};
