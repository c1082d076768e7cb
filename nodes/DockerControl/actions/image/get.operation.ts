import type { IDataObject } from 'n8n-workflow';

import { simplify } from '../../../shared/fields';
import type { Operation } from '../operation';
import { forOperations, imageLocator, imageReference } from './common.descriptions';

export const get: Operation = {
	description: forOperations(['get'], [imageLocator, simplify]),
	async execute(context, { images, signal }, itemIndex) {
		const reference = imageReference(context, itemIndex);
		return context.getNodeParameter('simplify', itemIndex)
			? [{ ...(await images.get(reference, signal)) }]
			: [(await images.getRaw(reference, signal)) as IDataObject];
	},
};
