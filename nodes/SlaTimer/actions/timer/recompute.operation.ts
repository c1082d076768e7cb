import { wholeNumber } from '../../../../src/shared';
import type { RecomputeOptions } from '../../../../src/sla';
import { dryRun, optionsOf } from '../../../shared/fields';
import { yesOrNo } from '../../../shared/store/filters';
import { conversationLocator, conversationName, idOf } from '../../../shared/store/locators';
import { scheduleLocator, scheduleNameOf } from '../locators';
import { optionsOfItem, type Operation } from '../operation';
import { forOperations } from './common';

export const recompute: Operation = {
	description: forOperations(
		['recompute'],
		[
			{
				displayName: 'Timers',
				name: 'which',
				type: 'options',
				options: [
					{ name: 'All Open Timers', value: 'all' },
					{
						name: 'Those of a Conversation',
						value: 'conversation',
						description: 'Such as after another tier was given to it',
					},
					{ name: 'Those of a Policy', value: 'policy' },
					{ name: 'Those of a Schedule', value: 'schedule' },
				],
				default: 'all',
				description: 'Which timers to plan anew after hours, holidays or promises were changed',
			},
			{ ...conversationLocator, displayOptions: { show: { which: ['conversation'] } } },
			{ ...scheduleLocator.property, displayOptions: { show: { which: ['schedule'] } } },
			{
				displayName: 'Policy ID',
				name: 'policyId',
				type: 'number',
				typeOptions: { minValue: 1 },
				default: 0,
				required: true,
				description: 'As Policy: Get Many gives it',
				displayOptions: { show: { which: ['policy'] } },
			},
			{ ...dryRun, default: true },
			optionsOf([
				{
					displayName: 'Differences at Most',
					name: 'listed',
					type: 'number',
					typeOptions: { minValue: 0, maxValue: 100_000 },
					default: 1000,
					description: 'How many of the instants that are others to list; all of them are counted',
				},
			]),
		],
	),
	destructive: true,
	async execute(context, { sla, store, signal }, itemIndex) {
		const which: unknown = context.getNodeParameter('which', itemIndex);
		const chosen: Pick<RecomputeOptions, 'schedule' | 'policy' | 'conversation' | 'all'> =
			which === 'schedule'
				? { schedule: scheduleNameOf(context, itemIndex) }
				: which === 'policy'
					? { policy: idOf(context, itemIndex, 'Policy ID', context.getNodeParameter('policyId', itemIndex)) }
					: which === 'conversation'
						? { conversation: conversationName(context, itemIndex) }
						: { all: true };
		const listed = optionsOfItem(context, itemIndex)['listed'] ?? 1000;
		const { differences, ...counts } = await sla.recompute(await store(), {
			...chosen,
			dryRun: yesOrNo(context, itemIndex, 'Dry Run', context.getNodeParameter('dryRun', itemIndex)),
			listed: wholeNumber('Differences at Most', listed, 0, 100_000),
			...(signal && { signal }),
		});
		const told = differences.map(({ beforeMs, afterMs, step, ...rest }) => ({
			...{ ...rest, ...step },
			...{ before: isoOf(beforeMs), after: isoOf(afterMs) },
		}));
		return [{ ...counts, differences: told }];
	},
};

const isoOf = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());
