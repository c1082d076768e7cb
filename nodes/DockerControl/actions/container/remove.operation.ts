import type { RemoveOptions } from '../../../../src/docker';
import { dryRun, optionsOf } from '../../../shared/fields';
import type { Operation } from '../operation';
import {
	actionParameters,
	containerLocator,
	containerReference,
	forOperations,
	overrideProtection,
} from './common.descriptions';

export const remove: Operation = {
	description: forOperations(
		['remove'],
		[
			containerLocator,
			optionsOf([
				dryRun,
				{
					displayName: 'Force',
					name: 'force',
					type: 'boolean',
					default: false,
					description: 'Whether to kill a container that runs, and then remove it',
				},
				{
					displayName: 'Ignore If Missing',
					name: 'ignoreMissing',
					type: 'boolean',
					default: false,
					description: 'Whether a container that does not exist is no error',
				},
				overrideProtection,
				{
					displayName: 'Remove Anonymous Volumes',
					name: 'volumes',
					type: 'boolean',
					default: false,
					description:
						'Whether volumes without a name that only this container has are removed too, with all data in them',
				},
			]),
		],
	),
	destructive: true,
	async execute(context, { containers, signal }, itemIndex) {
		const reference = containerReference(context, itemIndex);
		const options = actionParameters<RemoveOptions>(context, itemIndex, signal);
		return [{ ...(await containers.remove(reference, options)) }];
	},
};
