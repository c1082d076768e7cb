import { parseSites, type Destination as DestinationDefinition, type Site } from '../shared';
import { placeOf } from './choose-destinations';
import type { BackupContext } from './context';
import { openDestination } from './destinations/open';
import { BackupError } from './errors';
import { findRestorePoint } from './restore-points';

/**
 * A site as its newest good backup in a place describes it, for the day when nothing but the backups is left. That place
 * is its only destination.
 *
 * Whoever can write there can change what it says: it is for people who name the place themselves and look at what would
 * be restored where.
 *
 * @param name of the site
 * @throws BackupError `set_not_found`, `manifest_invalid` when it holds no definition; what opening the place throws
 */
export async function siteFromBackups(
	place: DestinationDefinition,
	name: string,
	context: BackupContext,
): Promise<Site> {
	const destination = await openDestination(place, name, context);
	try {
		const { manifest, folder } = await findRestorePoint(destination, name, 'latest');
		const source = `The definition in ${placeOf(place)}/${folder}/manifest.json`;
		if (manifest.definition === undefined) {
			throw new BackupError(
				'manifest_invalid',
				`${source} is missing.`,
				'Write a site definition with this place as its destination, and give it with --site.',
			);
		}
		const [site] = parseSites({ ...manifest.definition, name, destinations: [place] }, source);
		if (!site) throw new Error('A definition that was read has one site.');
		return site;
	} finally {
		await destination.close();
	}
}
