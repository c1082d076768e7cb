import type { FeedbackInput } from '../../../../src/decide';
import { wholeNumber } from '../../../../src/shared';
import { forOperationsOf } from '../../../shared/fields';
import { id, idParameter, text, textsOf, yes, yesesOf } from '../fields';
import type { Operation } from '../operation';

const categories = [
	{ name: 'Clarification', value: 'CLARIFICATION' },
	{ name: 'Gratitude', value: 'GRATITUDE' },
	{ name: 'Request', value: 'REQUEST' },
	{ name: 'Spam', value: 'SPAM' },
];

const outcomes = [
	{ name: 'Defer', value: 'defer' },
	{ name: 'Escalate', value: 'escalate' },
	{ name: 'Ignore', value: 'ignore' },
	{ name: 'Reply', value: 'reply' },
	{ name: 'Route', value: 'route' },
];

export const giveFeedback: Operation = {
	description: forOperationsOf('message')(
		['giveFeedback'],
		[
			{
				displayName: 'Feedback On',
				name: 'feedbackOn',
				type: 'options',
				noDataExpression: true,
				options: [
					{ name: 'Decision', value: 'decision' },
					{ name: 'Message', value: 'message', description: 'The last decision on it' },
				],
				default: 'decision',
			},
			id('Decision ID', 'decisionId', 'decisionId', {
				displayOptions: { show: { feedbackOn: ['decision'] } },
			}),
			id('Message ID', 'messageId', 'messageId', { displayOptions: { show: { feedbackOn: ['message'] } } }),
			{
				displayName: 'Feedback',
				name: 'feedback',
				type: 'collection',
				placeholder: 'Add field',
				default: {},
				description: 'What should have been; the last word of a person counts',
				options: [
					text('By', 'by', { placeholder: 'e.g. Anna', description: 'Who says so' }),
					{
						displayName: 'Category',
						name: 'category',
						type: 'options',
						options: categories,
						default: 'REQUEST',
					},
					text('Comment', 'comment', { typeOptions: { rows: 2 } }),
					{
						displayName: 'Outcome',
						name: 'outcome',
						type: 'options',
						options: outcomes,
						default: 'escalate',
					},
					{
						displayName: 'Rating',
						name: 'rating',
						type: 'number',
						typeOptions: { minValue: 1, maxValue: 5 },
						default: 5,
					},
					yes('Spam', 'isSpam', 'Whether the message is spam: what the spam model learns from'),
					text('Team', 'team', { placeholder: 'e.g. accountants' }),
				],
			},
		],
	),
	// What is called spam is silenced from then on.
	destructive: true,
	async execute(context, { decide, store }, itemIndex) {
		const given = context.getNodeParameter('feedback', itemIndex, {}) as Record<string, never>;
		const which =
			context.getNodeParameter('feedbackOn', itemIndex) === 'message'
				? { messageId: idParameter(context, itemIndex, 'Message ID', 'messageId') }
				: { decisionId: idParameter(context, itemIndex, 'Decision ID', 'decisionId') };
		const input = {
			...which,
			...textsOf(given, 'by', 'category', 'comment', 'outcome', 'team'),
			...yesesOf(context, itemIndex, given, { isSpam: 'Spam' }),
			...('rating' in given && { rating: wholeNumber('Rating', given['rating'], 1, 5) }),
		};
		// What a category or outcome may be, is looked at there.
		return [await decide.giveFeedback(await store(), input as FeedbackInput)];
	},
};
