import { jsonValue } from '../json';
import type { BatchOperation } from '../operation';
import { forOperations } from './common.descriptions';

/** Receipts of all items at once: each call has the tenant to itself. */
export const applyReceipts: BatchOperation = {
	description: forOperations(
		['applyReceipts'],
		[
			{
				displayName: 'Receipts',
				name: 'receipts',
				type: 'json',
				default: '={{ $json }}',
				required: true,
				description: 'As Get Receipts gives them: the input item is one, or a list of them',
			},
		],
	),
	destructive: true,
	async executeAll(context, { store, chat, fieldKeys }, itemIndexes) {
		const receipts = itemIndexes.flatMap((itemIndex) => {
			const given = jsonValue(
				context,
				itemIndex,
				'Receipts',
				context.getNodeParameter('receipts', itemIndex),
			);
			return (Array.isArray(given) ? given : [given]).map((one, place) => chat.parseReceipt(one, place));
		});
		const done = await chat.applyReceipts(store, receipts, { fieldKeys });
		return itemIndexes.map((_itemIndex, place) => (place === 0 ? [done] : []));
	},
};
