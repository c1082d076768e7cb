import { dryRun, optionsOf } from '../../../shared/fields';
import type { Operation } from '../operation';
import {
	actionParameters,
	containerLocator,
	containerReference,
	forOperations,
	overrideProtection,
} from './common.descriptions';

export const rename: Operation = {
	description: forOperations(
		['rename'],
		[
			containerLocator,
			{
				displayName: 'New Name',
				name: 'newName',
				type: 'string',
				default: '',
				required: true,
				placeholder: 'e.g. shop-web-old',
			},
			optionsOf([dryRun, overrideProtection]),
		],
	),
	destructive: true,
	async execute(context, { containers, signal }, itemIndex) {
		const reference = containerReference(context, itemIndex);
		const newName = String(context.getNodeParameter('newName', itemIndex));
		const options = actionParameters(context, itemIndex, signal);
		return [{ ...(await containers.rename(reference, newName, options)) }];
	},
};
