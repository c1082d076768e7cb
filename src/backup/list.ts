import type { Site } from '../shared';
import { chooseDestinations, withDestination } from './choose-destinations';
import type { BackupContext } from './context';
import { problemOf, refuseCancelled } from './problem';
import type { Problem, RestorePointReport } from './reports';
import { beganAt, listRestorePoints, type RestorePoint } from './restore-points';

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
	const report: ListReport = { restorePoints: [], problems: [] };
	for (const definition of chooseDestinations(site, options.destination)) {
		try {
			const points = await withDestination(definition, site, context, (destination) =>
				listRestorePoints(destination, site.name),
			);
			report.restorePoints.push(...points.map((point) => describe(point, site.name, definition.name)));
		} catch (thrown) {
			refuseCancelled(context.signal, 'listing');
			report.problems.push({ destination: definition.name, problem: problemOf(thrown) });
		}
	}
	// Stable, so that one id keeps the order of the destinations.
	report.restorePoints.sort((a, b) => (a.startedAt === b.startedAt ? 0 : a.startedAt < b.startedAt ? 1 : -1));
	return report;
}

function describe(point: RestorePoint, site: string, destination: string): RestorePointReport {
	const { id, state, manifest, reason } = point;
	const artefacts = (manifest?.artefacts ?? []).map(
		({ name, kind, encryption, storedBytes, plainBytes }) => ({
			name,
			kind,
			...(encryption && { encryption }),
			storedBytes,
			plainBytes,
		}),
	);
	const sum = (field: 'storedBytes' | 'plainBytes'): number =>
		artefacts.reduce((total, artefact) => total + artefact[field], 0);
	return {
		site,
		destination,
		id,
		state,
		startedAt: beganAt(point),
		...(manifest && { finishedAt: manifest.finishedAt }),
		storedBytes: sum('storedBytes'),
		plainBytes: sum('plainBytes'),
		artefacts,
		missing: (manifest?.failures ?? []).map(({ name }) => name),
		...(reason !== undefined && { reason }),
	};
}
