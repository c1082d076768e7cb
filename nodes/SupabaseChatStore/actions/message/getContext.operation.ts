import { wholeNumber } from '../../../../src/shared';
import { isTool } from '../../../shared/destructive';
import { optionsOf } from '../../../shared/fields';
import { yesOrNo } from '../../../shared/store/filters';
import { conversationLocator, conversationName } from '../../../shared/store/locators';
import type { Operation } from '../operation';
import { forOperations } from './common.descriptions';

export const getContext: Operation = {
	description: forOperations(
		['getContext'],
		[
			conversationLocator,
			{
				displayName: 'Messages',
				name: 'messages',
				type: 'number',
				typeOptions: { minValue: 1, maxValue: 1000 },
				default: 50,
				description: 'At most so many of the last messages',
			},
			{
				displayName: 'Hours',
				name: 'hours',
				type: 'number',
				typeOptions: { minValue: 1 },
				default: 168,
				description: 'Not older than so many hours',
			},
			optionsOf([
				{
					displayName: 'For Language Model',
					name: 'forModel',
					type: 'boolean',
					default: false,
					description:
						'Whether to leave out all that people have not allowed to be given to a language model. A model that uses this node as a tool never gets it.',
				},
			]),
		],
	),
	async execute(context, { store, chat, signal }, itemIndex) {
		const options = context.getNodeParameter('options', itemIndex, {}) as Record<string, unknown>;
		const isForModel =
			'forModel' in options && yesOrNo(context, itemIndex, 'For Language Model', options['forModel']);
		const found = await chat.getContext(store, conversationName(context, itemIndex), {
			limit: wholeNumber('Messages', context.getNodeParameter('messages', itemIndex), 1, 1000),
			hours: wholeNumber('Hours', context.getNodeParameter('hours', itemIndex), 1, 1_000_000),
			...((isForModel || isTool(context)) && { purpose: 'ai_analysis' as const }),
			...(signal && { signal }),
		});
		return [found];
	},
};
