import { textOf } from '../../../shared/values';
import type { Operation } from '../operation';
import { itemsOf, manyFields } from '../pages';
import { forOperations } from './common.descriptions';
import { status } from './fields';

export const getMany: Operation = {
	description: forOperations(
		['getMany'],
		manyFields([
			{ displayName: 'Name', name: 'name', type: 'string', default: '', description: 'A part of the name' },
			status,
			{ displayName: 'Tag', name: 'tag', type: 'string', default: '' },
		]),
	),
	async execute(context, { store, chat }, itemIndex) {
		const filter = context.getNodeParameter('filters', itemIndex, {}) as Record<string, unknown>;
		const query: { name?: string; status?: string; tag?: string } = {};
		for (const name of ['name', 'status', 'tag'] as const) {
			const value = textOf(filter[name]);
			if (value !== undefined) query[name] = value;
		}
		return await itemsOf(context, itemIndex, async (page) => await chat.getContacts(store, query, page));
	},
};
