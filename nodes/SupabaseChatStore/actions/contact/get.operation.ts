import { isTool } from '../../../shared/destructive';
import { contactLocator, contactName } from '../../../shared/store/locators';
import type { Operation } from '../operation';
import { forOperations } from './common.descriptions';

export const get: Operation = {
	description: forOperations(['get'], [contactLocator]),
	forPeople: true,
	async execute(context, { store, chat, ...session }, itemIndex) {
		const fieldKeys = isTool(context) ? undefined : session.fieldKeys;
		return [await chat.getContact(store, contactName(context, itemIndex), { fieldKeys })];
	},
};
