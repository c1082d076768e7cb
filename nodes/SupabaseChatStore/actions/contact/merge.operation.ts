import { contactLocator, contactName } from '../../../shared/store/locators';
import type { Operation } from '../operation';
import { forOperations } from './common.descriptions';

export const merge: Operation = {
	description: forOperations(
		['merge'],
		[
			{ ...contactLocator, description: 'The contact that stays' },
			{
				...contactLocator,
				displayName: 'Merge With',
				name: 'mergeWith',
				description: 'The same person, whose messages and identities the other one gets',
			},
		],
	),
	destructive: true,
	answersContact: true,
	async execute(context, { store, chat, fieldKeys }, itemIndex) {
		const [into, from] = await Promise.all(
			['contact', 'mergeWith'].map(async (parameter) => {
				const who = contactName(context, itemIndex, parameter);
				return 'contactId' in who ? who.contactId : (await chat.getContact(store, who)).id;
			}),
		);
		return [await chat.mergeContacts(store, from ?? 0, into ?? 0, { fieldKeys })];
	},
};
