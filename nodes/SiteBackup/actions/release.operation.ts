import { destination, destinationOf, forOperation, options } from './common.descriptions';
import { destinationNeeds } from './engine-needs';
import { markedItem, markOptionsOf } from './mark';
import type { Operation } from './operation';
import { namedRestorePoint } from './retention.descriptions';

export const release: Operation = {
	// What is released may be removed by the next backup.
	destructive: true,
	oneSite: true,
	description: forOperation('release', [namedRestorePoint, options([destination])]),
	engineNeeds: (context, itemIndex, site) => destinationNeeds(site, destinationOf(context, itemIndex)),
	async execute({ context, itemIndex, site, backup }) {
		const { inOwnThread } = await import('../../../src/backup/index.js');
		const report = await inOwnThread.releaseSite(site, backup, markOptionsOf(context, itemIndex));
		return markedItem(context, itemIndex, report);
	},
};
