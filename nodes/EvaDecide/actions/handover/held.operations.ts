import type { INodeProperties } from 'n8n-workflow';

import type * as Decide from '../../../../src/decide';
import type { HandoverQuery } from '../../../../src/decide';
import { forOperationsOf, optionsOf } from '../../../shared/fields';
import { instants } from '../../../shared/store/filters';
import { itemsOf, manyFields } from '../../../shared/store/pages';
import { choice, filtersOf, number, text as textFilter } from '../../../shared/store/record-fields';
import { id, idParameter, optionalId, text, textsOf } from '../fields';
import { optionsOfItem, type Operation } from '../operation';

const forOperations = forOperationsOf('handover');

const which: INodeProperties[] = [
	{
		displayName: 'Handover',
		name: 'handoverOf',
		type: 'options',
		noDataExpression: true,
		options: [
			{ name: 'By ID', value: 'handover', description: 'As Open gives it' },
			{ name: 'Newest of a Conversation', value: 'conversation' },
		],
		default: 'handover',
	},
	id('Conversation ID', 'conversationId', 'conversationId', {
		displayOptions: { show: { handoverOf: ['conversation'] } },
	}),
	id('Handover ID', 'handoverId', 'handoverId', { displayOptions: { show: { handoverOf: ['handover'] } } }),
];

type Change = 'takeOver' | 'handBack' | 'closeHandover';

/** @param change the function of the library that does it */
const changing = (
	operation: string,
	change: (decide: typeof Decide) => (typeof Decide)[Change],
): Operation => ({
	description: forOperations(
		[operation],
		[
			...which,
			optionsOf([
				text('By', 'by', { placeholder: 'e.g. Anna', description: 'Who does so, where it is no member' }),
				text('Member ID', 'memberId', { description: 'Who does so' }),
			]),
		],
	),
	// It decides whether a client is answered, and by whom.
	destructive: true,
	async execute(context, { decide, store }, itemIndex) {
		const options = optionsOfItem(context, itemIndex);
		const memberId = optionalId(context, itemIndex, 'Member ID', options['memberId']);
		const named =
			context.getNodeParameter('handoverOf', itemIndex) === 'conversation'
				? { conversationId: idParameter(context, itemIndex, 'Conversation ID', 'conversationId') }
				: { handoverId: idParameter(context, itemIndex, 'Handover ID', 'handoverId') };
		return [
			await change(decide)(await store(), {
				...named,
				...textsOf(options, 'by'),
				...(memberId !== undefined && { memberId }),
			}),
		];
	},
});

export const takeOver = changing('takeOver', (decide) => decide.takeOver);
export const handBack = changing('handBack', (decide) => decide.handBack);
export const close = changing('close', (decide) => decide.closeHandover);

export const get: Operation = {
	description: forOperations(['get'], [id('Handover ID', 'handoverId', 'handoverId')]),
	forPeople: true,
	async execute(context, { decide, store }, itemIndex) {
		const handoverId = idParameter(context, itemIndex, 'Handover ID', 'handoverId');
		return [await decide.getHandover(await store(), handoverId)];
	},
};

const state = choice(
	'State',
	'state',
	[
		{ name: 'Active', value: 'active', description: 'Open or held' },
		{ name: 'Closed', value: 'closed' },
		{ name: 'Handed Back', value: 'handedBack' },
		{ name: 'Held', value: 'held', description: 'A person has it' },
		{ name: 'Open', value: 'open', description: 'It waits for a person' },
	],
	{ default: 'active' },
);

const filters = [
	number('Conversation ID', 'conversationId', { description: '' }),
	number('Member ID', 'memberId', { description: 'Who has it' }),
	state,
	textFilter('Team', 'team'),
];

const instant = (displayName: string, name: string, description: string): INodeProperties => ({
	...{ displayName, name, type: 'dateTime', default: '', description },
});

export const getMany: Operation = {
	description: forOperations(
		['getMany'],
		manyFields(
			[
				...filters.map(({ property }) => property),
				instant('Opened Before', 'to', ''),
				instant('Opened From', 'from', 'At or after this instant'),
			].sort((one, other) => one.displayName.localeCompare(other.displayName)),
		),
	),
	// Reasons and drafts may repeat what a client wrote.
	forPeople: true,
	async execute(context, { decide, store }, itemIndex) {
		const given = context.getNodeParameter('filters', itemIndex, {}) as Record<string, unknown>;
		const query = {
			...filtersOf<HandoverQuery>(context, itemIndex, filters),
			...instants(context, itemIndex, given, { from: 'Opened From', to: 'Opened Before' }),
		};
		const own = await store();
		return await itemsOf(context, itemIndex, async (page) => await decide.getHandovers(own, query, page));
	},
};
