import { instants, period } from '../../../shared/store/filters';
import { conversationLocator, conversationName } from '../../../shared/store/locators';
import type { Operation } from '../operation';
import { forOperations } from './common.descriptions';

export const statistics: Operation = {
	description: forOperations(['statistics'], [conversationLocator, ...period]),
	async execute(context, { store, chat }, itemIndex) {
		const values = {
			from: context.getNodeParameter('from', itemIndex, ''),
			to: context.getNodeParameter('to', itemIndex, ''),
		};
		const between = instants(context, itemIndex, values, { from: 'From', to: 'To' });
		return [await chat.summariseStatistics(store, conversationName(context, itemIndex), between)];
	},
};
