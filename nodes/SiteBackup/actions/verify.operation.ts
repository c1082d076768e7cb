import type { VerificationReport } from '../../../src/backup';
import {
	destination,
	destinationOf,
	forOperation,
	incompleteIsError,
	options,
	restorePoint,
	restorePointOf,
	whenIncomplete,
} from './common.descriptions';
import { destinationNeeds } from './engine-needs';
import { incomplete } from './incomplete';
import type { Operation } from './operation';

const problemsOf = ({ destinations }: VerificationReport) =>
	destinations.flatMap(({ problem }) => problem ?? []);

export const verify: Operation = {
	description: forOperation('verify', [restorePoint, options([destination, whenIncomplete])]),
	engineNeeds: (context, itemIndex, site) => destinationNeeds(site, destinationOf(context, itemIndex)),
	async execute({ context, itemIndex, site, backup }) {
		const only = destinationOf(context, itemIndex);
		const { inOwnThread } = await import('../../../src/backup/index.js');
		const report = await inOwnThread.verifySite(site, backup, {
			restorePoint: restorePointOf(context, itemIndex),
			...(only !== undefined && { destination: only }),
		});
		if (!report.ok && incompleteIsError(context, itemIndex)) {
			const fallback = 'Do not rely on this restore point: make a new backup, and look at the disk it is on.';
			throw incomplete(context, itemIndex, site.name, report.message, problemsOf(report), fallback);
		}
		return [{ ...report }];
	},
};
