import { asList, asText } from '../../../shared/values';
import { optionsOf } from '../../../shared/fields';
import { labelsFilter, manyFields, manyItems, useFilter, useOf } from '../many';
import type { Operation } from '../operation';
import { forOperations } from './common.descriptions';

export const getMany: Operation = {
	description: forOperations(
		['getMany'],
		manyFields(
			[
				{
					displayName: 'Anonymous',
					name: 'anonymous',
					type: 'boolean',
					default: true,
					description: 'Whether to return only volumes that nobody gave a name, or only the others',
				},
				{ displayName: 'Driver', name: 'driver', type: 'string', default: '', placeholder: 'e.g. local' },
				labelsFilter,
				{
					displayName: 'Name',
					name: 'name',
					type: 'string',
					default: '',
					placeholder: 'e.g. shop_*',
					description: 'The whole name; * stands for any characters, ? for one',
				},
				useFilter,
			],
			[
				optionsOf([
					{
						displayName: 'Sizes',
						name: 'sizes',
						type: 'boolean',
						default: false,
						description:
							'Whether to have the engine measure the volumes, which may take it minutes; without it sizes are empty',
					},
				]),
			],
		),
	),
	async execute(context, { volumes, signal }, itemIndex) {
		const filters = context.getNodeParameter('filters', itemIndex, {}) as Record<string, unknown>;
		const options = context.getNodeParameter('options', itemIndex, {}) as Record<string, unknown>;
		const { anonymous } = filters;
		const filter = {
			name: asText(filters['name']),
			labels: asList(filters['labels']),
			driver: asText(filters['driver']),
			anonymous: typeof anonymous === 'boolean' ? anonymous : undefined,
			inUse: useOf(filters['use']),
		};
		const how = { sizes: options['sizes'] === true, signal };
		return await manyItems(
			context,
			itemIndex,
			() => volumes.list(filter, how),
			() => volumes.listRaw(filter, how),
		);
	},
};
