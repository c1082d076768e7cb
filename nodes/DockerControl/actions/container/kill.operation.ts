import type { KillOptions } from '../../../../src/docker';
import { dryRun, optionsOf } from '../../../shared/fields';
import type { Operation } from '../operation';
import {
	actionParameters,
	containerLocator,
	containerReference,
	forOperations,
	overrideProtection,
} from './common.descriptions';

export const kill: Operation = {
	description: forOperations(
		['kill'],
		[
			containerLocator,
			optionsOf([
				dryRun,
				overrideProtection,
				{
					displayName: 'Signal',
					name: 'killSignal',
					type: 'string',
					default: 'SIGKILL',
					placeholder: 'e.g. SIGHUP',
					description: 'The signal for the first process of the container, by its name',
				},
			]),
		],
	),
	destructive: true,
	async execute(context, { containers, signal }, itemIndex) {
		const reference = containerReference(context, itemIndex);
		const options = actionParameters<KillOptions>(context, itemIndex, signal);
		return [{ ...(await containers.kill(reference, options)) }];
	},
};
