import type { Operation } from '../operation';
import {
	actionOptions,
	actionParameters,
	containerLocator,
	containerReference,
	forOperations,
} from './common.descriptions';

export const start: Operation = {
	description: forOperations(['start'], [containerLocator, actionOptions(false)]),
	async execute(context, containers, itemIndex) {
		const reference = containerReference(context, itemIndex);
		return [{ ...(await containers.start(reference, actionParameters(context, itemIndex))) }];
	},
};
