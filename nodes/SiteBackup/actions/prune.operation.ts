import {
	destination,
	destinationOf,
	forOperation,
	incompleteIsError,
	options,
	optionsOf,
	whenIncomplete,
} from './common.descriptions';
import { destinationNeeds } from './engine-needs';
import { incomplete } from './incomplete';
import type { Operation } from './operation';

export const prune: Operation = {
	destructive: true,
	description: forOperation('prune', [
		options([
			destination,
			{
				displayName: 'Dry Run',
				name: 'dryRun',
				type: 'boolean',
				default: false,
				description: 'Whether to only say what would be removed and why',
			},
			whenIncomplete,
		]),
	]),
	engineNeeds: (context, itemIndex, site) => destinationNeeds(site, destinationOf(context, itemIndex)),
	async execute({ context, itemIndex, site, backup }) {
		const only = destinationOf(context, itemIndex);
		const { dryRun = false } = optionsOf(context, itemIndex);
		const { inOwnThread } = await import('../../../src/backup/index.js');
		const report = await inOwnThread.pruneSite(site, backup, {
			// Only a clear "no" removes anything: an expression may give something else in place of a switch.
			dryRun: dryRun !== false,
			...(only !== undefined && { destination: only }),
		});
		if (report.status !== 'ok' && incompleteIsError(context, itemIndex)) {
			const problems = report.destinations.flatMap((pruned) => pruned.problems);
			const fallback = 'Run it again when the other run has ended.';
			throw incomplete(context, itemIndex, site.name, report.message, problems, fallback);
		}
		return [{ ...report }];
	},
};
