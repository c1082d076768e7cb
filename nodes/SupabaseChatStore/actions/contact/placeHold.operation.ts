import { optionsOf } from '../../../shared/fields';
import { contactLocator, contactName } from '../../../shared/store/locators';
import { placedBy, reason, reasonAndAuthor } from '../holds';
import type { Operation } from '../operation';
import { forOperations } from './common.descriptions';

export const placeHold: Operation = {
	description: forOperations(['placeHold'], [contactLocator, reason, optionsOf([placedBy])]),
	async execute(context, { store, chat }, itemIndex) {
		const given = reasonAndAuthor(context, itemIndex);
		return [await chat.placeHold(store, contactName(context, itemIndex), given.reason, given.by)];
	},
};
