import type { IDataObject } from 'n8n-workflow';

import type { Operation } from '../operation';
import { simplify } from '../../../shared/fields';
import { containerLocator, containerReference, forOperations } from './common.descriptions';

export const get: Operation = {
	description: forOperations(['get'], [containerLocator, simplify]),
	async execute(context, { containers, signal }, itemIndex) {
		const reference = containerReference(context, itemIndex);
		return context.getNodeParameter('simplify', itemIndex)
			? [{ ...(await containers.get(reference, signal)) }]
			: [(await containers.getRaw(reference, signal)) as IDataObject];
	},
};
