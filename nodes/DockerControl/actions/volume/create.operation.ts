import { asText } from '../../../shared/values';
import { dryRun, dryRunOf, optionsOf } from '../../../shared/fields';
import type { Operation } from '../operation';
import { pairsField, pairsOf } from '../pairs';
import { forOperations } from './common.descriptions';

export const create: Operation = {
	description: forOperations(
		['create'],
		[
			{
				displayName: 'Name',
				name: 'name',
				type: 'string',
				default: '',
				required: true,
				placeholder: 'e.g. shop_media',
			},
			optionsOf([
				{
					displayName: 'Driver',
					name: 'driver',
					type: 'string',
					default: 'local',
					description: 'The plugin that keeps the volume; "local" is the engine itself',
				},
				pairsField({
					displayName: 'Driver Options',
					name: 'driverOptions',
					placeholder: 'Add option',
					description:
						'Such as type, device and o of a network share. A folder of the host must be one of the allowed host paths of the credential.',
					secret: true,
				}),
				dryRun,
				pairsField({
					displayName: 'Labels',
					name: 'labels',
					placeholder: 'Add label',
					description: 'Labels to mark the volume with',
				}),
			]),
		],
	),
	destructive: true,
	async execute(context, { volumes, signal }, itemIndex) {
		const name = asText(context.getNodeParameter('name', itemIndex));
		const options = context.getNodeParameter('options', itemIndex, {}) as Record<string, unknown>;
		const definition = {
			name,
			driver: asText(options['driver']) || 'local',
			labels: pairsOf(context, itemIndex, 'Labels', options['labels']),
			options: pairsOf(context, itemIndex, 'Driver Options', options['driverOptions']),
		};
		return [{ ...(await volumes.create(definition, { dryRun: dryRunOf(options), signal })) }];
	},
};
