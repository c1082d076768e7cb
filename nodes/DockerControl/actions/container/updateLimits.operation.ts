import { dryRun, optionsOf } from '../../../shared/fields';
import type { Operation } from '../operation';
import {
	actionParameters,
	containerLocator,
	containerReference,
	forOperations,
	overrideProtection,
} from './common.descriptions';
import { limitFields, limitParameters } from './limits';

export const updateLimits: Operation = {
	description: forOperations(
		['updateLimits'],
		[
			containerLocator,
			{
				displayName: 'Limits',
				name: 'limits',
				type: 'collection',
				placeholder: 'Add limit',
				default: {},
				description: 'What is not given stays as it is',
				options: limitFields,
			},
			optionsOf([dryRun, overrideProtection]),
		],
	),
	destructive: true,
	async execute(context, { containers, signal }, itemIndex) {
		const fields = context.getNodeParameter('limits', itemIndex, {}) as Record<string, unknown>;
		const { before, after, ...result } = await containers.updateLimits(
			containerReference(context, itemIndex),
			limitParameters(fields),
			actionParameters(context, itemIndex, signal),
		);
		return [{ ...result, before: { ...before }, after: { ...after } }];
	},
};
