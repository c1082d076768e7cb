import type { IDataObject } from 'n8n-workflow';

import { simplify } from '../../../shared/fields';
import type { Operation } from '../operation';
import { forOperations } from './common.descriptions';

export const info: Operation = {
	description: forOperations(['info'], [simplify]),
	async execute(context, { system, signal }, itemIndex) {
		return context.getNodeParameter('simplify', itemIndex)
			? [{ ...(await system.info(signal)) }]
			: [(await system.infoRaw(signal)) as IDataObject];
	},
};
