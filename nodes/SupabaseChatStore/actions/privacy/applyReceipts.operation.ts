import { jsonValue } from '../json';
import type { BatchOperation } from '../operation';
import { keptReceipts } from '../receipts';
import { forOperations } from './common.descriptions';

/** Receipts of all items at once: each call has the tenant to itself. */
export const applyReceipts: BatchOperation = {
	description: forOperations(
		['applyReceipts'],
		[
			{
				displayName: 'Receipts From',
				name: 'receiptsFrom',
				type: 'options',
				noDataExpression: true,
				options: [
					{ name: 'Input', value: 'input', description: 'They were kept elsewhere' },
					{
						name: 'Kept Here',
						value: 'kept',
						description: 'Those that Erase and Anonymise of this n8n have kept outside the database',
					},
				],
				default: 'kept',
			},
			{
				displayName: 'Receipts',
				name: 'receipts',
				type: 'json',
				default: '={{ $json }}',
				required: true,
				description: 'As Get Receipts gives them: the input item is one, or a list of them',
				displayOptions: { show: { receiptsFrom: ['input'] } },
			},
		],
	),
	destructive: true,
	async executeAll(context, session, itemIndexes) {
		const { store, chat, fieldKeys } = session;
		const receipts = [];
		let areKeptRead = false;
		for (const itemIndex of itemIndexes) {
			if (context.getNodeParameter('receiptsFrom', itemIndex) === 'input') {
				const given = jsonValue(
					context,
					itemIndex,
					'Receipts',
					context.getNodeParameter('receipts', itemIndex),
				);
				const list: unknown[] = Array.isArray(given) ? given : [given];
				receipts.push(...list.map((one, place) => chat.parseReceipt(one, place)));
			} else if (!areKeptRead) {
				areKeptRead = true;
				receipts.push(...(await keptReceipts(session).of(store)));
			}
		}
		const done = await chat.applyReceipts(store, receipts, { fieldKeys });
		return itemIndexes.map((_itemIndex, place) => (place === 0 ? [done] : []));
	},
};
