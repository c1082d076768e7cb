import { optionsOf } from '../../../shared/fields';
import { instants, yesOrNo } from '../../../shared/store/filters';
import { contactLocator, contactName } from '../../../shared/store/locators';
import { asText, textOf } from '../../../shared/values';
import type { Operation } from '../operation';
import { forOperations } from './common.descriptions';

export const setConsent: Operation = {
	description: forOperations(
		['setConsent'],
		[
			contactLocator,
			{
				displayName: 'Purpose',
				name: 'purpose',
				type: 'options',
				options: [
					{
						name: 'AI Analysis',
						value: 'ai_analysis',
						description: 'That what they write is given to a language model',
					},
					{ name: 'Chat Storage', value: 'chat_storage', description: 'That what they write is kept' },
				],
				default: 'chat_storage',
			},
			{
				displayName: 'Granted',
				name: 'granted',
				type: 'boolean',
				default: false,
				description: 'Whether the person allows it. When a refusal was answered, nothing more is stored.',
			},
			{
				displayName: 'Source',
				name: 'source',
				type: 'string',
				default: '',
				required: true,
				placeholder: 'e.g. telegram:/privacy',
				description: 'Where the person has said so',
			},
			optionsOf([
				{
					displayName: 'Given At',
					name: 'givenAt',
					type: 'dateTime',
					default: '',
					description: 'When it was said. Empty: now. The newest counts.',
				},
				{
					displayName: 'Text Version',
					name: 'textVersion',
					type: 'string',
					default: '',
					description: 'Of the text that was agreed to',
				},
			]),
		],
	),
	destructive: true,
	async execute(context, { store, chat }, itemIndex) {
		const options = context.getNodeParameter('options', itemIndex, {}) as Record<string, unknown>;
		const textVersion = textOf(options['textVersion']);
		return [
			await chat.setConsent(store, contactName(context, itemIndex), {
				purpose: context.getNodeParameter('purpose', itemIndex) as 'chat_storage' | 'ai_analysis',
				granted: yesOrNo(context, itemIndex, 'Granted', context.getNodeParameter('granted', itemIndex)),
				source: asText(context.getNodeParameter('source', itemIndex)),
				...instants(context, itemIndex, options, { givenAt: 'Given At' }),
				...(textVersion !== undefined && { textVersion }),
			}),
		];
	},
};
