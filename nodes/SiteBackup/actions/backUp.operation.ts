import type { BackupReport } from '../../../src/backup';
import { formatBytes, formatDuration, wholeNumber } from '../../../src/shared';
import { forOperation, incompleteIsError, options, optionsOf, whenIncomplete } from './common.descriptions';
import { consistencyNeeds, destinationNeeds, sourceNeeds } from './engine-needs';
import { incomplete } from './incomplete';
import type { Operation } from './operation';

const DAY_SECONDS = 86_400;

const problemsOf = ({ artefacts, destinations, consistency }: BackupReport) => [
	...[...(consistency?.containers ?? []), ...(consistency?.hooks ?? [])].flatMap(
		({ problem }) => problem ?? [],
	),
	...artefacts.flatMap(({ problem }) => problem ?? []),
	...destinations.flatMap(({ problems }) => problems),
];

export const backUp: Operation = {
	description: forOperation('backUp', [
		options([
			{
				displayName: 'Wait for Lock (Seconds)',
				name: 'waitForLockSeconds',
				type: 'number',
				typeOptions: { minValue: 0, maxValue: DAY_SECONDS },
				default: 0,
				description:
					'How long to wait for another backup of the same site to end. When it still runs then, this one is skipped.',
			},
			whenIncomplete,
		]),
	]),
	engineNeeds: (_context, _itemIndex, site) => [
		...sourceNeeds(site),
		...consistencyNeeds(site),
		...destinationNeeds(site, undefined),
	],
	async execute({ context, itemIndex, site, backup }) {
		const { waitForLockSeconds = 0 } = optionsOf(context, itemIndex);
		const seconds = wholeNumber('Wait for Lock (Seconds)', waitForLockSeconds, 0, DAY_SECONDS);
		const { inOwnThread } = await import('../../../src/backup/index.js');
		const report = await inOwnThread.backUpSite(site, backup, { waitForLockMs: seconds * 1000 });
		const stored = report.status === 'ok' || report.status === 'warning';
		if (!stored && incompleteIsError(context, itemIndex)) {
			const fallback =
				report.status === 'skipped'
					? 'Run it again when the other backup has ended, or set the option "Wait for Lock (Seconds)".'
					: 'Set the option "When Not Complete" to "Return the Report" to see every detail.';
			throw incomplete(context, itemIndex, site.name, report.message, problemsOf(report), fallback);
		}
		const size = `${formatBytes(report.plainBytes)} in ${formatDuration(report.durationMs)}`;
		context.addExecutionHints({
			message: `${site.name}: ${report.message} (${size})`,
			type: report.status === 'ok' ? 'info' : 'warning',
			location: 'outputPane',
		});
		return [{ ...report }];
	},
};
