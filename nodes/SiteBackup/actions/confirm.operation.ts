import { textOf } from '../../shared/values';
import { destination, destinationOf, forOperation, options, optionsOf } from './common.descriptions';
import { destinationNeeds } from './engine-needs';
import { markedItem, markOptionsOf } from './mark';
import type { Operation } from './operation';
import { namedRestorePoint, reason } from './retention.descriptions';

export const confirm: Operation = {
	// It counts as good from then on, and may take the place of an older one.
	destructive: true,
	oneSite: true,
	description: forOperation('confirm', [
		namedRestorePoint,
		options([destination, reason('Why it is as it should be')]),
	]),
	engineNeeds: (context, itemIndex, site) => destinationNeeds(site, destinationOf(context, itemIndex)),
	async execute({ context, itemIndex, site, backup }) {
		const why = textOf(optionsOf(context, itemIndex)['reason']);
		const { inOwnThread } = await import('../../../src/backup/index.js');
		const report = await inOwnThread.confirmSite(site, backup, {
			...markOptionsOf(context, itemIndex),
			...(why !== undefined && { reason: why }),
		});
		return markedItem(context, itemIndex, report);
	},
};
