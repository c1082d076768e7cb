import { optionsOf } from '../../../shared/fields';
import { contactLocator, contactName } from '../../../shared/store/locators';
import type { Operation } from '../operation';
import { forOperations } from './common.descriptions';
import { identityFields, identityFrom, identityOptions } from './identity.fields';

export const linkIdentity: Operation = {
	description: forOperations(
		['linkIdentity'],
		[contactLocator, ...identityFields, optionsOf(identityOptions)],
	),
	answersContact: true,
	async execute(context, { store, chat, fieldKeys }, itemIndex) {
		const options = context.getNodeParameter('options', itemIndex, {}) as Record<string, unknown>;
		const identity = identityFrom(context, itemIndex, options);
		const who = contactName(context, itemIndex);
		const id = 'contactId' in who ? who.contactId : (await chat.getContact(store, who)).id;
		return [await chat.linkIdentity(store, id, identity, { fieldKeys })];
	},
};
