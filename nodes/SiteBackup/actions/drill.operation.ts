import { textOf } from '../../shared/values';
import {
	destination,
	destinationOf,
	forOperation,
	incompleteIsError,
	options,
	optionsOf,
	restorePoint,
	restorePointOf,
	whenIncomplete,
} from './common.descriptions';
import { destinationNeeds, sourceNeeds } from './engine-needs';
import { incomplete } from './incomplete';
import type { Operation } from './operation';

export const drill: Operation = {
	description: forOperation('drill', [
		restorePoint,
		options([
			destination,
			whenIncomplete,
			{
				displayName: 'Work Folder',
				name: 'workFolder',
				type: 'string',
				default: '',
				placeholder: 'e.g. /home/node/.n8n/drills',
				description:
					'Folder in which directories are restored, with room for the largest. When empty, the folder for temporary files.',
			},
		]),
	]),
	engineNeeds: (context, itemIndex, site) => [
		...sourceNeeds(site),
		...destinationNeeds(site, destinationOf(context, itemIndex)),
	],
	async execute({ context, itemIndex, site, backup }) {
		const only = destinationOf(context, itemIndex);
		const workFolder = textOf(optionsOf(context, itemIndex)['workFolder']);
		const { inOwnThread } = await import('../../../src/backup/index.js');
		const report = await inOwnThread.drillSite(site, backup, {
			restorePoint: restorePointOf(context, itemIndex),
			...(only !== undefined && { destination: only }),
			...(workFolder !== undefined && { workFolder }),
		});
		if (!report.ok && incompleteIsError(context, itemIndex)) {
			const problems = report.artefacts.flatMap(({ problem }) => problem ?? []);
			const fallback = 'Set the option "When Not Complete" to "Return the Report" to see every detail.';
			throw incomplete(context, itemIndex, site.name, report.message, problems, fallback);
		}
		return [{ ...report }];
	},
};
