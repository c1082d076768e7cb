import type { INodeProperties } from 'n8n-workflow';

import { resourceDescription } from '../../../shared/resource';
import { liftHoldOf } from '../lift-hold';
import type { AnyOperation } from '../operation';
import { applyReceipts } from './applyReceipts.operation';
import { getExecutionRetention } from './getExecutionRetention.operation';
import { getFileRemovals } from './getFileRemovals.operation';
import { getHolds } from './getHolds.operation';
import { getReceipts } from './getReceipts.operation';
import { placeHold } from './placeHold.operation';
import { settleFileRemoval } from './settleFileRemoval.operation';

export const operations: Record<string, AnyOperation> = {
	applyReceipts,
	getExecutionRetention,
	getFileRemovals,
	getHolds,
	getReceipts,
	liftHold: liftHoldOf('privacy'),
	placeHold,
	settleFileRemoval,
};

export const description: INodeProperties[] = resourceDescription(
	'privacy',
	operations,
	[
		{
			name: 'Apply Receipts',
			value: 'applyReceipts',
			action: 'Apply receipts of erasures',
			description: 'Carry erasures out again that a restored, older database does not know',
		},
		{
			name: 'Get Execution Retention',
			value: 'getExecutionRetention',
			action: 'Get what n8n itself keeps',
			description: 'Say what n8n itself still holds of messages in its executions, and for how long',
		},
		{
			name: 'Get File Removals',
			value: 'getFileRemovals',
			action: 'Get pending file removals',
			description: 'Get the files of erased people that are still to be removed from a storage',
		},
		{
			name: 'Get Holds',
			value: 'getHolds',
			action: 'Get legal holds',
			description: 'Get what must be kept, and why',
		},
		{
			name: 'Get Receipts',
			value: 'getReceipts',
			action: 'Get receipts of erasures',
			description: 'Get the receipts, which hold no personal data, to be kept outside the database',
		},
		{
			name: 'Lift Hold',
			value: 'liftHold',
			action: 'Lift a legal hold',
			description: 'End a hold; names that were to be masked meanwhile are masked now',
		},
		{
			name: 'Place Hold',
			value: 'placeHold',
			action: 'Place a legal hold',
			description: 'Keep a contact, a conversation or everything from being erased or removed',
		},
		{
			name: 'Settle File Removal',
			value: 'settleFileRemoval',
			action: 'Settle a file removal',
			description: 'Say that a file was removed, or why it could not be',
		},
	],
	'getHolds',
);
