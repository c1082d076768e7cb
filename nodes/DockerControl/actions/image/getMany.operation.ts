import { asList, asText } from '../../../shared/values';
import { labelsFilter, manyFields, manyItems, useFilter, useOf } from '../many';
import type { Operation } from '../operation';
import { forOperations } from './common.descriptions';

export const getMany: Operation = {
	description: forOperations(
		['getMany'],
		manyFields([
			{
				displayName: 'Dangling',
				name: 'dangling',
				type: 'boolean',
				default: true,
				description: 'Whether to return only images without a name, or only those with one',
			},
			labelsFilter,
			{
				displayName: 'Name',
				name: 'name',
				type: 'string',
				default: '',
				placeholder: 'e.g. ghcr.io/shop/*',
				description: 'The whole name with its tag; * stands for any characters, ? for one',
			},
			useFilter,
		]),
	),
	async execute(context, { images, signal }, itemIndex) {
		const filters = context.getNodeParameter('filters', itemIndex, {}) as Record<string, unknown>;
		const { dangling } = filters;
		const filter = {
			name: asText(filters['name']),
			labels: asList(filters['labels']),
			dangling: typeof dangling === 'boolean' ? dangling : undefined,
			inUse: useOf(filters['use']),
		};
		return await manyItems(
			context,
			itemIndex,
			() => images.list(filter, signal),
			() => images.listRaw(filter, signal),
		);
	},
};
