import type { IDataObject } from 'n8n-workflow';

import { simplify } from '../../../shared/fields';
import type { Operation } from '../operation';
import { forOperations, networkLocator, networkReference } from './common.descriptions';

export const get: Operation = {
	description: forOperations(['get'], [networkLocator, simplify]),
	async execute(context, { networks, signal }, itemIndex) {
		const reference = networkReference(context, itemIndex);
		return context.getNodeParameter('simplify', itemIndex)
			? [{ ...(await networks.get(reference, signal)) }]
			: [(await networks.getRaw(reference, signal)) as IDataObject];
	},
};
