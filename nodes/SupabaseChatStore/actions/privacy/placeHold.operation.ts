import { optionsOf } from '../../../shared/fields';
import {
	contactLocator,
	contactName,
	conversationLocator,
	conversationName,
} from '../../../shared/store/locators';
import { placedBy, reason, reasonAndAuthor } from '../holds';
import type { Operation } from '../operation';
import { forOperations } from './common.descriptions';

export const placeHold: Operation = {
	description: forOperations(
		['placeHold'],
		[
			{
				displayName: 'On',
				name: 'holdOn',
				type: 'options',
				noDataExpression: true,
				options: [
					{ name: 'Contact', value: 'contact', description: 'A person, and what they have written' },
					{ name: 'Conversation', value: 'conversation' },
					{ name: 'Everything', value: 'everything', description: 'All of the tenant' },
				],
				default: 'contact',
			},
			{ ...contactLocator, displayOptions: { show: { holdOn: ['contact'] } } },
			{ ...conversationLocator, displayOptions: { show: { holdOn: ['conversation'] } } },
			reason,
			optionsOf([placedBy]),
		],
	),
	async execute(context, { store, chat }, itemIndex) {
		const { reason: why, by } = reasonAndAuthor(context, itemIndex);
		const on: unknown = context.getNodeParameter('holdOn', itemIndex);
		const what =
			on === 'everything'
				? {}
				: on === 'conversation'
					? conversationName(context, itemIndex)
					: contactName(context, itemIndex);
		return [await chat.placeHold(store, what, why, by)];
	},
};
