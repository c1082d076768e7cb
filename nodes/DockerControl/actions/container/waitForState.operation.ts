import type { AwaitedState } from '../../../../src/docker';
import { optionsOf } from '../../../shared/fields';
import type { Operation } from '../operation';
import { given, optionValues } from './command';
import { containerLocator, containerReference, forOperations } from './common.descriptions';

export const waitForState: Operation = {
	description: forOperations(
		['waitForState'],
		[
			containerLocator,
			{
				displayName: 'State',
				name: 'state',
				type: 'options',
				default: 'running',
				options: [
					{ name: 'Exited', value: 'exited' },
					{ name: 'Healthy', value: 'healthy', description: 'Its health check says so' },
					{ name: 'Paused', value: 'paused' },
					{ name: 'Removed', value: 'removed' },
					{ name: 'Running', value: 'running' },
					{ name: 'Stopped', value: 'stopped', description: 'Nothing runs in it: created, exited or dead' },
					{ name: 'Unhealthy', value: 'unhealthy' },
				],
			},
			optionsOf([
				{
					displayName: 'Timeout (Seconds)',
					name: 'timeoutSeconds',
					type: 'number',
					typeOptions: { minValue: 1, maxValue: 86400 },
					default: 60,
					description: 'How long to wait before it is an error that tells what was seen last',
				},
			]),
		],
	),
	async execute(context, { containers, signal }, itemIndex) {
		const state = context.getNodeParameter('state', itemIndex) as AwaitedState;
		const timeoutSeconds = given(optionValues(context, itemIndex)['timeoutSeconds']);
		const reference = containerReference(context, itemIndex);
		return [{ ...(await containers.waitFor(reference, state, { timeoutSeconds, signal })) }];
	},
};
