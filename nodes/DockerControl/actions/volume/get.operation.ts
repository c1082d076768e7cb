import type { IDataObject } from 'n8n-workflow';

import { simplify } from '../../../shared/fields';
import type { Operation } from '../operation';
import { forOperations, volumeLocator, volumeName } from './common.descriptions';

export const get: Operation = {
	description: forOperations(['get'], [volumeLocator, simplify]),
	async execute(context, { volumes, signal }, itemIndex) {
		const name = volumeName(context, itemIndex);
		return context.getNodeParameter('simplify', itemIndex)
			? [{ ...(await volumes.get(name, signal)) }]
			: [(await volumes.getRaw(name, signal)) as IDataObject];
	},
};
