import { contactLocator, contactName } from '../locators';
import type { Operation } from '../operation';
import { forOperations } from './common.descriptions';

export const get: Operation = {
	description: forOperations(['get'], [contactLocator]),
	async execute(context, { store, chat, fieldKeys }, itemIndex) {
		return [await chat.getContact(store, contactName(context, itemIndex), { fieldKeys })];
	},
};
