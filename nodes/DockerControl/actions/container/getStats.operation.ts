import type { Operation } from '../operation';
import { containerLocator, containerReference, forOperations } from './common.descriptions';

export const getStats: Operation = {
	description: forOperations(['getStats'], [containerLocator]),
	async execute(context, { containers, signal }, itemIndex) {
		const reference = containerReference(context, itemIndex);
		return [{ ...(await containers.stats(reference, signal)) }];
	},
};
