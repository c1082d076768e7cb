import { forOperationsOf, optionsOf } from '../../../shared/fields';
import { asList, asText, textOf } from '../../../shared/values';
import { id, idParameter, optionalId, text, textsOf } from '../fields';
import { optionsOfItem, type Operation } from '../operation';

const forOperations = forOperationsOf('handover');

const place = [
	text('Account', 'account', { placeholder: 'e.g. my_bot', description: 'The bot, page or number' }),
	text('Chat ID', 'chatId', { placeholder: 'e.g. -1001234567890' }),
	text('Platform', 'platform', { default: 'telegram' }),
	text('Thread ID', 'threadId', { description: 'The topic of a forum on Telegram' }),
];

export const open: Operation = {
	description: forOperations(
		['open'],
		[
			id('Message ID', 'messageId', 'messageId', {
				description: 'The message that needs a person, by its ID in the store',
			}),
			text('Reason', 'reason', {
				default: '={{ $json.reason }}',
				required: true,
				description: 'Why, in words for operators',
			}),
			text('Team', 'team', {
				default: '={{ $json.decision?.actions?.team ?? "" }}',
				description: 'Whose desk it goes to. Empty, or without a desk of its own: the desk of all.',
			}),
			text('Draft', 'draft', {
				default: '={{ $json.decision?.draft ?? "" }}',
				description: 'What an operator may send',
			}),
			text('Decision ID', 'decisionId', { default: '={{ $json.decisionId ?? "" }}' }),
			text('Within (Minutes)', 'withinMinutes', {
				default: '={{ $json.decision?.actions?.withinMinutes ?? "" }}',
				description: 'By when somebody should answer',
			}),
			text('Not Before', 'notBefore', {
				default: '={{ $json.outcome === "defer" ? $json.sendAt ?? "" : "" }}',
				placeholder: 'e.g. 2026-03-02T09:00:00Z',
				description:
					'Until then nobody is told, and Eva goes on deciding on what the client writes. Empty: at once.',
			}),
			optionsOf([
				{
					displayName: 'Desk',
					name: 'desk',
					type: 'fixedCollection',
					default: {},
					description: 'Another place than the desk of the team',
					options: [{ displayName: 'Place', name: 'place', values: place }],
				},
				text('Rule', 'rule', {
					default: '={{ $json.decision?.rule ?? "" }}',
					description: 'The rule that said so',
				}),
			]),
		],
	),
	// The card repeats what was said in the conversation.
	forPeople: true,
	async execute(context, { decide, store }, itemIndex) {
		const options = optionsOfItem(context, itemIndex);
		const field = (name: string): unknown => context.getNodeParameter(name, itemIndex, '');
		const fields = { reason: field('reason'), team: field('team'), draft: field('draft') } as const;
		const texts = textsOf(fields as Record<string, string>, 'team', 'draft');
		const decisionId = optionalId(context, itemIndex, 'Decision ID', field('decisionId'));
		const notBefore = textOf(field('notBefore'));
		const minutes = Number(asText(field('withinMinutes')));
		const { place: desk } = Object(options['desk']) as { place?: Record<string, string> };
		const where = desk && textsOf(desk, 'account', 'threadId');
		return [
			await decide.openHandover(await store(), {
				messageId: idParameter(context, itemIndex, 'Message ID', 'messageId'),
				reason: asText(fields.reason),
				...texts,
				...textsOf(options, 'rule'),
				...(decisionId !== undefined && { decisionId }),
				// What is no number is refused there.
				...(minutes !== 0 && { withinMinutes: minutes }),
				...(notBefore !== undefined && { notBefore }),
				...(desk && {
					desk: { ...where, platform: asText(desk['platform']), chatId: asText(desk['chatId']) },
				}),
			}),
		];
	},
};

export const notePosted: Operation = {
	description: forOperations(
		['notePosted'],
		[
			id('Handover ID', 'handoverId', 'handoverId', { description: 'As Open gives it' }),
			text('Platform', 'platform', { default: 'telegram', required: true }),
			text('Chat ID', 'chatId', {
				required: true,
				placeholder: 'e.g. -1001234567890',
				description: 'The chat of the operators',
			}),
			text('Message IDs', 'externalIds', {
				required: true,
				placeholder: 'e.g. 17, 18',
				description: 'Of all messages that the card became there, separated by commas',
			}),
			optionsOf([
				text('Account', 'account', { placeholder: 'e.g. my_bot' }),
				text('Card Key', 'key', { description: 'As Open gives it; then the card is not asked for again' }),
				text('Thread ID', 'threadId', { description: 'The topic of a forum on Telegram' }),
			]),
		],
	),
	async execute(context, { decide, store }, itemIndex) {
		const field = (name: string): string => asText(context.getNodeParameter(name, itemIndex));
		return [
			await decide.notePosted(await store(), {
				handoverId: idParameter(context, itemIndex, 'Handover ID', 'handoverId'),
				...{ platform: field('platform'), chatId: field('chatId') },
				externalIds: asList(context.getNodeParameter('externalIds', itemIndex)),
				...textsOf(optionsOfItem(context, itemIndex), 'account', 'key', 'threadId'),
			}),
		];
	},
};
