import { conversationLocator, conversationName } from '../../../shared/store/locators';
import type { Operation } from '../operation';
import { forOperations } from './common.descriptions';

export const get: Operation = {
	description: forOperations(['get'], [conversationLocator]),
	forPeople: true,
	async execute(context, { store, chat }, itemIndex) {
		return [await chat.getConversation(store, conversationName(context, itemIndex))];
	},
};
