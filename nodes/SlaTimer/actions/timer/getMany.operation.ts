import type { TimerQuery } from '../../../../src/sla';
import { optionsOf } from '../../../shared/fields';
import { instants } from '../../../shared/store/filters';
import { itemsOf, manyFields } from '../../../shared/store/pages';
import { choice, filtersOf, number, yes } from '../../../shared/store/record-fields';
import { optionsOfItem, type Operation } from '../operation';
import { forOperations, metric, shownTimer, simplifyTimer } from './common';

const status = choice(
	'Status',
	'status',
	[
		{ name: 'Answered', value: 'answered' },
		{ name: 'Cancelled', value: 'cancelled' },
		{ name: 'Open', value: 'open', description: 'Running or paused' },
		{ name: 'Paused', value: 'paused' },
		{ name: 'Running', value: 'running' },
	],
	{ default: 'open' },
);

const filters = [
	number('Assigned Member ID', 'assignedMemberId', { description: 'Who takes care of the conversation' }),
	yes('Breached', 'breached', {
		description:
			'Whether to return timers whose breach was recorded, or the others; it is recorded when the event is claimed',
	}),
	number('Conversation ID', 'conversationId', { description: '' }),
	choice('Promise', 'metric', metric.options, { default: 'firstResponse' }),
	status,
	number('Team ID', 'teamId', { description: '' }),
];

const dueBefore = {
	displayName: 'Due Before',
	name: 'dueBefore',
	type: 'dateTime',
	default: '',
	description: 'Whose next warning, breach or escalation is before this instant',
} as const;

export const getMany: Operation = {
	description: forOperations(
		['getMany'],
		manyFields(
			[...filters.map(({ property }) => property), dueBefore].sort((one, other) =>
				one.displayName.localeCompare(other.displayName),
			),
			[optionsOf([simplifyTimer])],
		),
	),
	async execute(context, { sla, store }, itemIndex) {
		const given = context.getNodeParameter('filters', itemIndex, {}) as Record<string, unknown>;
		const query = {
			...filtersOf<TimerQuery>(context, itemIndex, filters),
			...instants(context, itemIndex, given, { dueBefore: 'Due Before' }),
		};
		const own = await store();
		const found = await itemsOf(context, itemIndex, async (page) => await sla.getTimers(own, query, page));
		const options = optionsOfItem(context, itemIndex);
		return found.map((timer) => shownTimer(timer, options));
	},
};
