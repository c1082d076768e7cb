import { NodeOperationError, type IExecuteFunctions } from 'n8n-workflow';

import { optionsOf } from '../../../shared/fields';
import { jsonValue } from '../../../shared/store/json';
import { withoutSealed } from '../contact/source';
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
			optionsOf([withoutSealed]),
		],
	),
	destructive: true,
	async executeAll(context, session, itemIndexes) {
		const { store, chat, fieldKeys } = session;
		const receipts = [];
		let areKeptRead = false;
		let ofOtherKeys = 0;
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
				const kept = await keptReceipts(session).of(store);
				receipts.push(...kept.receipts);
				ofOtherKeys = kept.ofOtherKeys;
				if (receipts.length === 0 && ofOtherKeys > 0)
					throw madeWithAnotherKey(context, ofOtherKeys, itemIndex);
			}
		}
		const options = context.getNodeParameter('options', 0, {}) as Record<string, unknown>;
		const done = await chat.applyReceipts(store, receipts, {
			fieldKeys,
			withoutSealed: options['withoutSealed'] === true,
		});
		const output = { ...done, read: receipts.length, ofOtherKeys };
		return itemIndexes.map((_itemIndex, place) => (place === 0 ? [output] : []));
	},
};

function madeWithAnotherKey(
	context: IExecuteFunctions,
	number: number,
	itemIndex: number,
): NodeOperationError {
	return new NodeOperationError(
		context.getNode(),
		`All ${number} receipts that are kept here for this tenant were made with another key: nobody would be found by them.`,
		{
			itemIndex,
			description:
				'If this database was restored, restore its table tenant_peppers as well, from the state in which they were made. If it is another database, there is nothing to apply.',
		},
	);
}
