import { asList, asText } from '../../../shared/values';
import { labelsFilter, manyFields, manyItems, useFilter, useOf } from '../many';
import type { Operation } from '../operation';
import { forOperations } from './common.descriptions';

export const getMany: Operation = {
	description: forOperations(
		['getMany'],
		manyFields([
			{ displayName: 'Driver', name: 'driver', type: 'string', default: '', placeholder: 'e.g. bridge' },
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
		]),
	),
	async execute(context, { networks, signal }, itemIndex) {
		const filters = context.getNodeParameter('filters', itemIndex, {}) as Record<string, unknown>;
		const filter = {
			name: asText(filters['name']),
			labels: asList(filters['labels']),
			driver: asText(filters['driver']),
			inUse: useOf(filters['use']),
		};
		return await manyItems(
			context,
			itemIndex,
			() => networks.list(filter, signal),
			() => networks.listRaw(filter, signal),
		);
	},
};
