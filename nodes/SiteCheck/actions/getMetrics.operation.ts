import { wholeNumber, type MetricFamily } from '../../../src/shared';
import { isTool } from '../../shared/destructive';
import { backupSitesOf, backupSitesProperty, statesContext } from './backups';
import { forOperations, options, optionsOf, type Call, type Operation } from './operation';
import { setsParameter, setsProperty } from './set';

export const getMetrics: Operation = {
	description: forOperations(
		['getMetrics'],
		[
			setsProperty,
			options([
				{
					displayName: 'Backups',
					name: 'backups',
					type: 'boolean',
					default: true,
					description: 'Whether to tell what is remembered of backups',
				},
				{
					displayName: 'Backups at Most (Minutes) Old',
					name: 'backupsMaxAgeMinutes',
					type: 'number',
					typeOptions: { minValue: 0, maxValue: 10_080 },
					default: 60,
					description:
						'The backups of the sites under Backup Sites are looked at again when that was done longer ago. Without this option nothing is looked at, and what checks of backups have seen last is told.',
				},
				{
					...backupSitesProperty,
					description: `${backupSitesProperty.description}. All that are remembered when empty.`,
				},
				{
					displayName: 'Heals',
					name: 'heals',
					type: 'boolean',
					default: true,
					description: 'Whether to tell what healing has done, and what it has left to people',
				},
			]),
		],
	),
	async execute(call) {
		const { exposition } = await import('../../../src/check/index.js');
		const { heals = true, backups = true } = optionsOf(call);
		const families = [
			...(await familiesOfChecks(call)),
			...(backups === false ? [] : await familiesOfBackups(call)),
			...(heals === false ? [] : await familiesOfHeals(call)),
		];
		return [{ json: { metrics: await exposition(families) } }];
	},
};

async function familiesOfChecks(call: Call): Promise<MetricFamily[]> {
	const { checkMetrics, getReport } = await import('../../../src/check/index.js');
	const families: MetricFamily[] = [];
	for (const set of await setsParameter(call))
		families.push(...checkMetrics(await getReport(call.store(), set, { days: 1 })));
	return families;
}

async function familiesOfBackups(call: Call): Promise<MetricFamily[]> {
	const { backupFiguresOf, backupMetrics } = await import('../../../src/backup/index.js');
	const { backupSites, backupsMaxAgeMinutes } = optionsOf(call);
	const sites = await backupSitesOf(backupSites);
	const figures = await backupFiguresOf({
		store: call.store(),
		...(sites.length > 0 && { sites }),
		// A model may know what is remembered, and does not choose what is looked at.
		...(backupsMaxAgeMinutes !== undefined &&
			!isTool(call.context) && {
				maxAgeMs: wholeNumber('Backups at Most (Minutes) Old', backupsMaxAgeMinutes, 0, 10_080) * 60_000,
			}),
		contextOf: async (site) => await statesContext(call, site),
		signal: call.context.getExecutionCancelSignal(),
	});
	return backupMetrics(figures);
}

async function familiesOfHeals({ store }: Call): Promise<MetricFamily[]> {
	const { healMetrics } = await import('../../../src/docker/index.js');
	return await healMetrics(store());
}
