import {
	destination,
	destinationOf,
	forOperation,
	incompleteIsError,
	options,
	whenIncomplete,
} from './common.descriptions';
import { destinationNeeds } from './engine-needs';
import { incomplete } from './incomplete';
import type { Operation } from './operation';

export const list: Operation = {
	description: forOperation('list', [options([destination, whenIncomplete])]),
	engineNeeds: (context, itemIndex, site) => destinationNeeds(site, destinationOf(context, itemIndex)),
	async execute({ context, itemIndex, site, backup }) {
		const only = destinationOf(context, itemIndex);
		const { inOwnThread } = await import('../../../src/backup/index.js');
		const found = await inOwnThread.listSite(site, backup, only === undefined ? {} : { destination: only });
		const { restorePoints, problems } = found;
		if (problems.length > 0 && incompleteIsError(context, itemIndex)) {
			const names = problems.map((entry) => `"${entry.destination}"`).join(', ');
			const causes = problems.map(({ problem }) => problem);
			const message = `Restore points in ${names} cannot be listed: ${causes.map((cause) => cause.message).join(' ')}`;
			throw incomplete(context, itemIndex, site.name, message, causes, '');
		}
		if (restorePoints.length === 0 && problems.length === 0) {
			context.addExecutionHints({
				message: `"${site.name}" has no restore points yet.`,
				location: 'outputPane',
			});
		}
		return [
			...restorePoints.map((entry) => ({ ...entry })),
			// Not knowing what a destination holds is told as such, never by leaving it out.
			...problems.map((entry) => ({ site: site.name, ...entry, state: 'unknown' })),
		];
	},
};
