import { NodeOperationError, type IExecuteFunctions } from 'n8n-workflow';

import { refuseDestructiveTool } from './destructive';
import type { DescribedOperation } from './resource';

/**
 * The operation that a node is to carry out for an item.
 *
 * @param resources the operations by resource and name
 * @param nodeName as users know the node
 * @throws NodeOperationError where there is none, or a model is not allowed to use it
 */
export function chosenOperation<Operation extends DescribedOperation>(
	context: IExecuteFunctions,
	itemIndex: number,
	resources: Readonly<Record<string, Readonly<Record<string, Operation>>>>,
	nodeName: string,
): Operation {
	const resource: string = context.getNodeParameter('resource', itemIndex);
	const name: string = context.getNodeParameter('operation', itemIndex);
	const operation = resources[resource]?.[name];
	if (operation) {
		if (operation.destructive || operation.forPeople) refuseDestructiveTool(context, name, itemIndex);
		return operation;
	}
	throw new NodeOperationError(
		context.getNode(),
		`${nodeName} has no operation "${name}" for "${resource}".`,
		{
			itemIndex,
			description: 'Choose resource and operation from the lists.',
		},
	);
}
