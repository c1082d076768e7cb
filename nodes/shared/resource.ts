import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';

import { allowDestructiveProperty } from './destructive';

/** What the editor needs to know of an operation. */
export interface DescribedOperation {
	description: INodeProperties[];
	/** Interrupts or removes something: refused to a model unless a person has allowed it. */
	destructive?: boolean;
	/** Hands out what people may have refused to language models: refused to a model as well. */
	forPeople?: boolean;
}

/** The choice of operations of one resource, the switch for those that are destructive, and all their fields. */
export function resourceDescription(
	resource: string,
	operations: Record<string, DescribedOperation>,
	options: INodePropertyOptions[],
	usual = 'getMany',
): INodeProperties[] {
	const destructive = Object.keys(operations).filter(
		(name) => operations[name]?.destructive || operations[name]?.forPeople,
	);
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
