import { NodeOperationError, type IExecuteFunctions, type INodeProperties } from 'n8n-workflow';

import { idOf } from '../../shared/store/locators';
import { asText, textOf } from '../../shared/values';

export const reason: INodeProperties = {
	displayName: 'Reason',
	name: 'reason',
	type: 'string',
	default: '',
	required: true,
	placeholder: 'e.g. case 12 at the district court',
	description: 'What it is kept for: whoever is refused is told',
};

export const placedBy: INodeProperties = {
	displayName: 'By',
	name: 'by',
	type: 'string',
	default: '',
	description: 'Who has decided it',
};

export const holdId: INodeProperties = {
	displayName: 'Hold ID',
	name: 'holdId',
	type: 'number',
	default: 0,
	required: true,
	description: 'As Place Hold and Get Holds give it',
};

/** @throws NodeOperationError naming the field */
export function reasonAndAuthor(
	context: IExecuteFunctions,
	itemIndex: number,
): { reason: string; by: string | undefined } {
	const options = context.getNodeParameter('options', itemIndex, {}) as Record<string, unknown>;
	const given = asText(context.getNodeParameter('reason', itemIndex));
	if (given === '') {
		throw new NodeOperationError(context.getNode(), '"Reason" is empty.', {
			itemIndex,
			description: 'Say what it is kept for.',
		});
	}
	return { reason: given, by: textOf(options['by']) };
}

/** @throws NodeOperationError naming the field */
export function liftedHold(
	context: IExecuteFunctions,
	itemIndex: number,
): { id: number; by: string | undefined } {
	const options = context.getNodeParameter('options', itemIndex, {}) as Record<string, unknown>;
	return {
		id: idOf(context, itemIndex, 'Hold ID', context.getNodeParameter('holdId', itemIndex)),
		by: textOf(options['by']),
	};
}
