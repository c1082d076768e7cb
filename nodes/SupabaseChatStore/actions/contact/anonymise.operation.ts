import { optionsOf } from '../../../shared/fields';
import { contactLocator, contactName } from '../../../shared/store/locators';
import { textOf } from '../../../shared/values';
import type { Operation } from '../operation';
import { withKeptReceipt } from '../receipts';
import { forOperations } from './common.descriptions';
import { source, withoutSealed } from './source';

export const anonymise: Operation = {
	description: forOperations(['anonymise'], [contactLocator, optionsOf([source, withoutSealed])]),
	destructive: true,
	async execute(context, session, itemIndex) {
		const { store, chat, signal, fieldKeys } = session;
		const options = context.getNodeParameter('options', itemIndex, {}) as Record<string, unknown>;
		const from = textOf(options['source']);
		const result = await chat.anonymiseContact(store, contactName(context, itemIndex), {
			fieldKeys,
			withoutSealed: options['withoutSealed'] === true,
			...(from !== undefined && { source: from }),
			...(signal && { signal }),
		});
		return [await withKeptReceipt(session, result)];
	},
};
