import { asText } from '../../../shared/values';
import { dryRun, dryRunOf, optionsOf } from '../../../shared/fields';
import type { Operation } from '../operation';
import { forOperations, imageLocator, imageReference } from './common.descriptions';

export const tag: Operation = {
	description: forOperations(
		['tag'],
		[
			imageLocator,
			{
				displayName: 'New Name',
				name: 'newName',
				type: 'string',
				default: '',
				required: true,
				placeholder: 'e.g. shop/web:stable',
				description: 'With tag, which is "latest" when left out. Another image that has this name loses it.',
			},
			optionsOf([dryRun]),
		],
	),
	destructive: true,
	async execute(context, { images, signal }, itemIndex) {
		const reference = imageReference(context, itemIndex);
		const newName = asText(context.getNodeParameter('newName', itemIndex));
		const options = context.getNodeParameter('options', itemIndex, {}) as Record<string, unknown>;
		return [{ ...(await images.tag(reference, newName, { dryRun: dryRunOf(options), signal })) }];
	},
};
