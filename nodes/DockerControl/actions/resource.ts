import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';

import { allowDestructiveProperty } from '../../shared/destructive';
import type { Operation } from './operation';

/** The choice of operations of one resource, the switch for those that are destructive, and all their fields. */
export function resourceDescription(
	resource: string,
	operations: Record<string, Operation>,
	options: INodePropertyOptions[],
	usual = 'getMany',
): INodeProperties[] {
	const destructive = Object.keys(operations).filter((name) => operations[name]?.destructive);
	return [
		{
			displayName: 'Operation',
			name: 'operation',
			type: 'options',
			noDataExpression: true,
			displayOptions: { show: { resource: [resource] } },
			options,
			default: usual,
		},
		...(destructive.length > 0 ? [allowDestructiveProperty(resource, destructive)] : []),
		...Object.values(operations).flatMap((operation) => operation.description),
	];
}
