import { optionsOf } from '../../../shared/fields';
import { textOf } from '../../../shared/values';
import type { Operation } from '../operation';
import { forOperations } from './common.descriptions';
import { identityFields, identityFrom, identityOptions } from './identity.fields';

export const findOrCreate: Operation = {
	description: forOperations(
		['findOrCreate'],
		[
			...identityFields,
			{ displayName: 'Name', name: 'name', type: 'string', default: '', description: 'Of a new contact' },
			optionsOf(identityOptions),
		],
	),
	answersContact: true,
	async execute(context, { store, chat, fieldKeys }, itemIndex) {
		const options = context.getNodeParameter('options', itemIndex, {}) as Record<string, unknown>;
		const name = textOf(context.getNodeParameter('name', itemIndex, ''));
		return [
			await chat.findOrCreateContact(store, identityFrom(context, itemIndex, options), name, { fieldKeys }),
		];
	},
};
