import { dryRun, dryRunOf, optionsOf } from '../../../shared/fields';
import type { Operation } from '../operation';
import { forOperations, networkLocator, networkReference } from './common.descriptions';

export const remove: Operation = {
	description: forOperations(['remove'], [networkLocator, optionsOf([dryRun])]),
	destructive: true,
	async execute(context, { networks, signal }, itemIndex) {
		const reference = networkReference(context, itemIndex);
		const options = context.getNodeParameter('options', itemIndex, {}) as Record<string, unknown>;
		return [{ ...(await networks.remove(reference, { dryRun: dryRunOf(options), signal })) }];
	},
};
