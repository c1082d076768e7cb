import { textOf } from '../../shared/values';
import { destination, destinationOf, forOperation, options, optionsOf } from './common.descriptions';
import { destinationNeeds } from './engine-needs';
import { markedItem, markOptionsOf } from './mark';
import type { Operation } from './operation';
import { namedRestorePoint, reason } from './retention.descriptions';

export const hold: Operation = {
	oneSite: true,
	description: forOperation('hold', [
		namedRestorePoint,
		{ ...reason('Why it is kept, for those who come later'), required: true },
		options([
			destination,
			{
				displayName: 'Until',
				name: 'until',
				type: 'dateTime',
				default: '',
				description: 'When the hold ends by itself; without it when it is released',
			},
		]),
	]),
	engineNeeds: (context, itemIndex, site) => destinationNeeds(site, destinationOf(context, itemIndex)),
	async execute({ context, itemIndex, site, backup }) {
		const until = textOf(optionsOf(context, itemIndex)['until']);
		const { inOwnThread } = await import('../../../src/backup/index.js');
		const report = await inOwnThread.holdSite(site, backup, {
			...markOptionsOf(context, itemIndex),
			reason: textOf(context.getNodeParameter('reason', itemIndex)) ?? '',
			...(until !== undefined && { until }),
		});
		return markedItem(context, itemIndex, report);
	},
};
