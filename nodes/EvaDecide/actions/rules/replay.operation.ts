import type { ReplayOptions } from '../../../../src/decide';
import { wholeNumber } from '../../../../src/shared';
import { forOperationsOf, optionsOf } from '../../../shared/fields';
import { instants } from '../../../shared/store/filters';
import { textOf } from '../../../shared/values';
import { optionalId, text } from '../fields';
import { optionsOfItem, type Operation } from '../operation';
import { ruleSetFields } from '../ruleSet/fields';
import { writtenRuleSet } from '../ruleSet/written';

const whole = (displayName: string, name: string, usual: number, description: string) =>
	({ displayName, name, type: 'number', typeOptions: { minValue: 1 }, default: usual, description }) as const;

export const replay: Operation = {
	description: forOperationsOf('rules')(
		['replay'],
		[
			...ruleSetFields(true),
			{
				displayName: 'Answer',
				name: 'answer',
				type: 'options',
				options: [
					{
						name: 'Differences',
						value: 'differences',
						description: 'An item for each message that would be dealt with in another way',
					},
					{ name: 'Summary', value: 'summary', description: 'One item with counts and examples' },
				],
				default: 'summary',
			},
			optionsOf([
				text('Conversation ID', 'conversationId', { description: 'Only decisions of this conversation' }),
				whole('Decisions at Most', 'most', 10_000, 'Only the newest so many'),
				whole(
					'Differences at Most',
					'listed',
					100,
					'How many of the differences to list; all of them are counted',
				),
				{
					displayName: 'From',
					name: 'from',
					type: 'dateTime',
					default: '',
					description: 'Decided at or after this instant',
				},
				{
					displayName: 'To',
					name: 'to',
					type: 'dateTime',
					default: '',
					description: 'Decided before this instant',
				},
				text('Version', 'version', {
					description:
						'Of stored rules, in place of the active ones. "stored": each decision by its own, which shows whether it comes out the same.',
					displayOptions: { show: { '/rulesFrom': ['store'] } },
				}),
			]),
		],
	),
	async execute(context, { decide, store, signal }, itemIndex) {
		const options = optionsOfItem(context, itemIndex);
		const conversationId = optionalId(context, itemIndex, 'Conversation ID', options['conversationId']);
		const rules: ReplayOptions['rules'] =
			writtenRuleSet(context, decide, itemIndex) ?? textOf(options['version']) ?? 'active';
		const { examples, ...summary } = await decide.summariseReplay(await store(), {
			rules,
			...instants(context, itemIndex, options, { from: 'From', to: 'To' }),
			...(conversationId !== undefined && { conversationId }),
			most: wholeNumber('Decisions at Most', options['most'] ?? 10_000, 1, 10_000_000),
			examples: wholeNumber('Differences at Most', options['listed'] ?? 100, 1, 100_000),
			...(signal && { signal }),
		});
		const answer: unknown = context.getNodeParameter('answer', itemIndex);
		return answer === 'differences' ? examples : [{ ...summary, differences: examples }];
	},
};
