import { idOf } from '../../../shared/store/locators';
import { asText } from '../../../shared/values';
import type { Operation } from '../operation';
import { forOperations } from './common.descriptions';

export const settleFileRemoval: Operation = {
	description: forOperations(
		['settleFileRemoval'],
		[
			{
				displayName: 'Removal ID',
				name: 'removalId',
				type: 'number',
				default: 0,
				required: true,
				description: 'As Get File Removals gives it',
			},
			{
				displayName: 'Outcome',
				name: 'outcome',
				type: 'options',
				options: [
					{ name: 'Failed', value: 'failed', description: 'It stays listed, with the reason' },
					{ name: 'Removed', value: 'removed', description: 'It is gone, or was never there' },
				],
				default: 'removed',
			},
			{
				displayName: 'Error',
				name: 'error',
				type: 'string',
				default: '',
				displayOptions: { show: { outcome: ['failed'] } },
			},
		],
	),
	destructive: true,
	async execute(context, { store, chat }, itemIndex) {
		const id = idOf(context, itemIndex, 'Removal ID', context.getNodeParameter('removalId', itemIndex));
		const isFailed = context.getNodeParameter('outcome', itemIndex) !== 'removed';
		const error = isFailed
			? asText(context.getNodeParameter('error', itemIndex, '')) || 'unknown'
			: undefined;
		return [await chat.settleObjectRemovals(store, [{ id, ...(error !== undefined && { error }) }])];
	},
};
