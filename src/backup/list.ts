import type { Site } from '../shared';
import { describeEntry } from './catalogue/describe';
import { readCatalogue } from './catalogue/entries';
import { chooseDestinations, withDestination } from './choose-destinations';
import type { BackupContext } from './context';
import { problemOf, refuseCancelled } from './problem';
import type { Problem, RestorePointReport } from './reports';

export interface ListOptions {
	/** Name of the only destination to look in. */
	destination?: string | undefined;
}

export interface ListReport {
	/** Newest first. */
	restorePoints: RestorePointReport[];
	/** Destinations that could not be read: what they hold is unknown. */
	problems: { destination: string; problem: Problem }[];
}

/**
 * What the destinations of a site hold.
 * @throws BackupError `destination_unknown`, `cancelled`
 */
export async function listSite(
	site: Site,
	context: BackupContext,
	options: ListOptions = {},
): Promise<ListReport> {
	const now = (context.now ?? (() => new Date()))();
	const report: ListReport = { restorePoints: [], problems: [] };
	for (const definition of chooseDestinations(site, options.destination)) {
		try {
			const entries = await withDestination(definition, site, context, (destination) =>
				readCatalogue(destination, site.name, now),
			);
			const place = { site: site.name, destination: definition.name, now };
			report.restorePoints.push(
				...entries.map((entry, index) => describeEntry(entry, entries.slice(0, index), place)),
			);
		} catch (thrown) {
			refuseCancelled(context.signal, 'listing');
			report.problems.push({ destination: definition.name, problem: problemOf(thrown) });
		}
	}
	// Stable, so that one id keeps the order of the destinations.
	report.restorePoints.sort((a, b) => (a.startedAt === b.startedAt ? 0 : a.startedAt < b.startedAt ? 1 : -1));
	return report;
}
