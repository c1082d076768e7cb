import type { Operation } from '../operation';
import {
	actionOptions,
	actionParameters,
	containerLocator,
	containerReference,
	forOperations,
} from './common.descriptions';

export const stop: Operation = {
	description: forOperations(['stop'], [containerLocator, actionOptions(true)]),
	destructive: true,
	async execute(context, containers, itemIndex) {
		const reference = containerReference(context, itemIndex);
		return [{ ...(await containers.stop(reference, actionParameters(context, itemIndex))) }];
	},
};
