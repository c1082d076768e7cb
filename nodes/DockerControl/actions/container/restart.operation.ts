import type { Operation } from '../operation';
import {
	actionOptions,
	actionParameters,
	containerLocator,
	containerReference,
	forOperations,
} from './common.descriptions';

export const restart: Operation = {
	description: forOperations(['restart'], [containerLocator, actionOptions(true)]),
	destructive: true,
	async execute(context, containers, itemIndex) {
		const reference = containerReference(context, itemIndex);
		return [{ ...(await containers.restart(reference, actionParameters(context, itemIndex))) }];
	},
};
