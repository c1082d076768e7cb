import { dryRun, dryRunOf, optionsOf } from '../../../shared/fields';
import type { Operation } from '../operation';
import { forOperations, volumeLocator, volumeName } from './common.descriptions';

export const remove: Operation = {
	description: forOperations(['remove'], [volumeLocator, optionsOf([dryRun])]),
	destructive: true,
	async execute(context, { volumes, signal }, itemIndex) {
		const name = volumeName(context, itemIndex);
		const options = context.getNodeParameter('options', itemIndex, {}) as Record<string, unknown>;
		return [{ ...(await volumes.remove(name, { dryRun: dryRunOf(options), signal })) }];
	},
};
