import type { Destination as DestinationDefinition, Site } from '../shared';
import type { BackupContext } from './context';
import type { Destination } from './destinations/destination';
import { openDestination } from './destinations/open';
import { bucketLabel } from './destinations/s3/settings';
import { BackupError } from './errors';

/**
 * The destinations of a site, or the one with this name.
 * @throws BackupError `destination_unknown` naming those there are
 */
export function chooseDestinations(site: Site, name: string | undefined): DestinationDefinition[] {
	if (name === undefined) return site.destinations;
	const chosen = site.destinations.filter((destination) => destination.name === name);
	if (chosen.length > 0) return chosen;
	throw new BackupError(
		'destination_unknown',
		`The site "${site.name}" has no destination "${name}".`,
		`Choose from: ${site.destinations.map((destination) => destination.name).join(', ')}.`,
	);
}

/** Opens a destination for the time of `work`. @throws what opening or the work throws */
export async function withDestination<T>(
	definition: DestinationDefinition,
	site: Site,
	context: BackupContext,
	work: (destination: Destination) => Promise<T>,
): Promise<T> {
	const destination = await openDestination(definition, site.name, context);
	try {
		return await work(destination);
	} finally {
		await destination.close();
	}
}

/** Where a destination is, for reports on one that cannot be opened. */
export function placeOf(definition: DestinationDefinition): string {
	switch (definition.type) {
		case 'directory':
			return definition.path;
		case 'engine':
			return `host path ${definition.path}`;
		case 's3':
			return bucketLabel(definition);
	}
}

/** The same for every run of every host, so that the locks of several destinations are always taken in one order. */
export function orderOf(definition: DestinationDefinition): string {
	const credential = definition.type === 's3' ? ` ${definition.credential}` : '';
	return `${definition.type} ${placeOf(definition)}${credential}`;
}
