import type { IDataObject } from 'n8n-workflow';

import type { Operation } from '../operation';
import { containerLocator, containerReference, forOperations, simplify } from './common.descriptions';

export const get: Operation = {
	description: forOperations(['get'], [containerLocator, simplify]),
	async execute(context, containers, itemIndex) {
		const reference = containerReference(context, itemIndex);
		const signal = context.getExecutionCancelSignal();
		return context.getNodeParameter('simplify', itemIndex)
			? [{ ...(await containers.get(reference, signal)) }]
			: [(await containers.getRaw(reference, signal)) as IDataObject];
	},
};
