import type { UpdateOptions } from '../../../../src/docker';
import { dryRun, optionsOf } from '../../../shared/fields';
import type { Operation } from '../operation';
import { reportOrError, updateFields } from '../update.fields';
import {
	actionParameters,
	containerLocator,
	containerReference,
	forOperations,
	gracePeriod,
	overrideProtection,
} from './common.descriptions';

export const update: Operation = {
	description: forOperations(
		['update'],
		[
			containerLocator,
			reportOrError('When Rolled Back', 'whenRolledBack', 'the new container was not well'),
			optionsOf([
				updateFields.drain,
				dryRun,
				gracePeriod,
				updateFields.healthTimeout,
				{
					displayName: 'Image',
					name: 'image',
					type: 'string',
					default: '',
					placeholder: 'e.g. shop/web:2',
					description: 'Another image than the one the container was made from',
				},
				overrideProtection,
				updateFields.pull,
				updateFields.settle,
				{
					displayName: 'Way',
					name: 'way',
					type: 'options',
					default: 'automatic',
					options: [
						{
							name: 'Automatic',
							value: 'automatic',
							description:
								'Start first where others reach it by network alias alone and it writes to no volume',
						},
						{
							name: 'Start First',
							value: 'startFirst',
							description: 'Both run for a while, without a gap; only for what may run twice',
						},
						{ name: 'Stop First', value: 'stopFirst', description: 'With a gap from stop to start' },
					],
				},
			]),
		],
	),
	destructive: true,
	async execute(context, { connection, signal }, itemIndex) {
		const { updateContainer, refuseRolledBack } = await import('../../../../src/docker/index.js');
		const reference = containerReference(context, itemIndex);
		type Given = Omit<UpdateOptions, 'way'> & { way?: UpdateOptions['way'] | 'automatic' };
		const { way, ...others } = actionParameters<Given>(context, itemIndex, signal);
		const options = { ...others, ...(way !== undefined && way !== 'automatic' && { way }) };
		const result = await updateContainer(connection, reference, options);
		if (context.getNodeParameter('whenRolledBack', itemIndex, 'error') !== 'report') refuseRolledBack(result);
		return [{ ...result }];
	},
};
