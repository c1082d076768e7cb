import { contactLocator, contactName } from '../../../shared/store/locators';
import type { Operation } from '../operation';
import { forOperations } from './common.descriptions';

export const getConsent: Operation = {
	description: forOperations(['getConsent'], [contactLocator]),
	async execute(context, { store, chat }, itemIndex) {
		return [await chat.getConsent(store, contactName(context, itemIndex))];
	},
};
