import { wholeNumber } from '../../../src/shared';
import { forOperation, incompleteIsError, options, optionsOf, whenIncomplete } from './common.descriptions';
import { destinationNeeds } from './engine-needs';
import { incomplete } from './incomplete';
import { keptArtefacts, keptArtefactsOf, placeNeeds } from './kept';
import type { Operation } from './operation';

export const removeKept: Operation = {
	destructive: true,
	description: forOperation('removeKept', [
		options([
			keptArtefacts,
			{
				displayName: 'Dry Run',
				name: 'dryRun',
				type: 'boolean',
				default: false,
				description: 'Whether to only say what would be removed and why',
			},
			{
				displayName: 'Older Than (Days)',
				name: 'olderThanDays',
				type: 'number',
				typeOptions: { minValue: 0, maxValue: 3650 },
				default: 14,
				description: 'How long a copy is kept at least; in place of what the site definition says',
			},
			{
				displayName: 'Partly Backed Up',
				name: 'partlyBackedUp',
				type: 'boolean',
				default: false,
				description:
					'Whether to also remove copies of sources with include or exclude patterns, which may hold what is in no backup',
			},
			whenIncomplete,
		]),
	]),
	engineNeeds: (context, itemIndex, site) => [
		...placeNeeds(context, itemIndex, site),
		...destinationNeeds(site, undefined),
	],
	async execute({ context, itemIndex, site, backup }) {
		const artefacts = keptArtefactsOf(context, itemIndex);
		const { dryRun = false, olderThanDays, partlyBackedUp } = optionsOf(context, itemIndex);
		const { inOwnThread } = await import('../../../src/backup/index.js');
		const report = await inOwnThread.removeKeptCopies(site, backup, {
			artefacts,
			// Only a clear "no" removes anything: an expression may give something else in place of a switch.
			dryRun: dryRun !== false,
			partlyBackedUp: partlyBackedUp === true,
			...(olderThanDays !== undefined && {
				olderThanDays: wholeNumber('Older Than (Days)', olderThanDays, 0, 3650),
			}),
		});
		if (report.status === 'failed' && incompleteIsError(context, itemIndex)) {
			const problems = [
				...report.copies.flatMap(({ problem }) => problem ?? []),
				...report.problems.map(({ problem }) => problem),
			];
			throw incomplete(context, itemIndex, site.name, report.message, problems, '');
		}
		return [{ ...report }];
	},
};
