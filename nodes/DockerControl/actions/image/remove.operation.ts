import { dryRun, dryRunOf, optionsOf } from '../../../shared/fields';
import type { Operation } from '../operation';
import { forOperations, imageLocator, imageReference } from './common.descriptions';

export const remove: Operation = {
	description: forOperations(
		['remove'],
		[
			imageLocator,
			optionsOf([
				dryRun,
				{
					displayName: 'Force',
					name: 'force',
					type: 'boolean',
					default: false,
					description:
						'Whether to remove the image even if stopped containers were made from it, which then cannot be started any more',
				},
			]),
		],
	),
	destructive: true,
	async execute(context, { images, signal }, itemIndex) {
		const options = context.getNodeParameter('options', itemIndex, {}) as Record<string, unknown>;
		const reference = imageReference(context, itemIndex);
		const chosen = { dryRun: dryRunOf(options), force: options['force'] === true };
		return [{ ...(await images.remove(reference, { ...chosen, signal })) }];
	},
};
