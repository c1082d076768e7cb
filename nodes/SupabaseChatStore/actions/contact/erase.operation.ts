import { dryRun, isDryRun, optionsOf } from '../../../shared/fields';
import { textOf } from '../../../shared/values';
import { contactLocator, contactName } from '../locators';
import type { Operation } from '../operation';
import { forOperations } from './common.descriptions';
import { source, withoutSealed } from './source';

export const erase: Operation = {
	description: forOperations(
		['erase'],
		[contactLocator, { ...dryRun, default: true }, optionsOf([source, withoutSealed])],
	),
	destructive: true,
	async execute(context, { store, chat, signal, fieldKeys }, itemIndex) {
		const options = context.getNodeParameter('options', itemIndex, {}) as Record<string, unknown>;
		const from = textOf(options['source']);
		return [
			await chat.eraseContact(store, contactName(context, itemIndex), {
				dryRun: isDryRun(context.getNodeParameter('dryRun', itemIndex)),
				fieldKeys,
				withoutSealed: options['withoutSealed'] === true,
				...(from !== undefined && { source: from }),
				...(signal && { signal }),
			}),
		];
	},
};
