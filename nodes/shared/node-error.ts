import { NodeOperationError, type INode } from 'n8n-workflow';

import { errorMessage, OpsdeskError } from '../../src/shared';

/** The one place where an error of this package becomes an error n8n shows: message, then how to get unstuck. */
export function toNodeError(node: INode, thrown: unknown, itemIndex: number): NodeOperationError {
	if (thrown instanceof NodeOperationError) return thrown;
	if (thrown instanceof OpsdeskError) {
		return new NodeOperationError(node, thrown.message, {
			itemIndex,
			description: thrown.remedy,
			type: thrown.code,
		});
	}
	return new NodeOperationError(node, thrown instanceof Error ? thrown : errorMessage(thrown), { itemIndex });
}
