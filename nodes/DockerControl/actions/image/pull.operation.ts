import { asText } from '../../../shared/values';
import { dryRun, dryRunOf, optionsOf } from '../../../shared/fields';
import type { Operation } from '../operation';
import { forOperations } from './common.descriptions';

export const pull: Operation = {
	description: forOperations(
		['pull'],
		[
			{
				displayName: 'Image Name',
				name: 'imageName',
				type: 'string',
				default: '',
				required: true,
				placeholder: 'e.g. ghcr.io/shop/web:2.1',
				description:
					'With registry, unless it is Docker Hub, and tag, which is "latest" when left out. For private images the engine itself must be logged in to the registry.',
			},
			optionsOf([
				dryRun,
				{
					displayName: 'Platform',
					name: 'platform',
					type: 'string',
					default: '',
					placeholder: 'e.g. linux/arm64',
					description: "The platform to get the image for. When empty, the engine's own.",
				},
			]),
		],
	),
	destructive: true,
	async execute(context, { images, signal }, itemIndex) {
		const name = asText(context.getNodeParameter('imageName', itemIndex));
		const options = context.getNodeParameter('options', itemIndex, {}) as Record<string, unknown>;
		const platform = asText(options['platform']) || undefined;
		return [{ ...(await images.pull(name, { dryRun: dryRunOf(options), platform, signal })) }];
	},
};
