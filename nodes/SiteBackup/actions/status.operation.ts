import { destination, destinationOf, forOperation, options } from './common.descriptions';
import { destinationNeeds } from './engine-needs';
import type { Operation } from './operation';

export const status: Operation = {
	description: forOperation('status', [options([destination])]),
	engineNeeds: (context, itemIndex, site) => destinationNeeds(site, destinationOf(context, itemIndex)),
	async execute({ context, itemIndex, site, backup }) {
		const only = destinationOf(context, itemIndex);
		const { inOwnThread } = await import('../../../src/backup/index.js');
		const report = await inOwnThread.statusSite(
			site,
			backup,
			only === undefined ? {} : { destination: only },
		);
		// A bad state is an answer and no error: what to do about it is for the workflow to decide.
		return [{ ...report }];
	},
};
