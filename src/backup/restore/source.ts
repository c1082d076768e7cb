import type { Site } from '../../shared';
import { chooseDestinations } from '../choose-destinations';
import type { BackupContext } from '../context';
import type { Destination } from '../destinations/destination';
import { openDestination } from '../destinations/open';
import { openingKeys, refuseMissingKeys } from '../encryption';
import { BackupError } from '../errors';
import type { Manifest, ManifestArtefact } from '../manifest';
import { refuseCancelled } from '../problem';
import { findRestorePoint, type RestorePoint } from '../restore-points';
import { verifyRestorePoint } from '../verify';
import type { PathSelection } from './selection';

export interface WantedRestorePoint {
	/** An id, or `latest` for the newest good one. */
	restorePoint: string;
	/** Name of the only destination to restore from; without it the first that has the restore point. */
	destination?: string | undefined;
}

export type FoundPoint = RestorePoint & { manifest: Manifest };

/** Where a restore point is read from; the destination must be closed. */
export interface RestoreSource {
	destination: Destination;
	/** Of the destination. */
	name: string;
	point: FoundPoint;
}

/** The first destination that holds the restore point, opened. @throws BackupError, DockerError */
export async function findSource(
	site: Site,
	context: BackupContext,
	wanted: WantedRestorePoint,
): Promise<RestoreSource> {
	const faults: unknown[] = [];
	for (const definition of chooseDestinations(site, wanted.destination)) {
		refuseCancelled(context.signal, 'restore');
		let destination: Destination | undefined;
		try {
			destination = await openDestination(definition, site.name, context);
			const point = await findRestorePoint(destination, site.name, wanted.restorePoint);
			return { destination, name: definition.name, point };
		} catch (thrown) {
			await destination?.close();
			faults.push(thrown);
		}
	}
	// One that was found and is bad, or could not be looked into, says more than one that was not found.
	const notFound = (thrown: unknown): boolean =>
		thrown instanceof BackupError && thrown.code === 'set_not_found';
	throw faults.find((thrown) => !notFound(thrown)) ?? faults[0];
}

/**
 * Reads all of the artefacts and proves them, and finds in their archives what was selected.
 * @throws BackupError `verification_failed`, `key_missing`, `key_invalid`, `wrong_key`, `path_unknown`
 */
export async function verifyFirst(
	{ destination, point: { folder, manifest } }: RestoreSource,
	artefacts: ManifestArtefact[],
	selections: ReadonlyMap<string, PathSelection>,
	context: BackupContext,
): Promise<void> {
	refuseMissingKeys(artefacts, await openingKeys(context.secrets));
	const verdict = await verifyRestorePoint(
		destination,
		folder,
		{ ...manifest, artefacts },
		context,
		({ name }, entry) => selections.get(name)?.see(entry),
	);
	const bad = verdict.artefacts.filter(({ ok }) => !ok);
	if (bad.length > 0 && bad.every(({ keyProblem }) => keyProblem === 'wrong_key')) {
		throw new BackupError(
			'wrong_key',
			`The restore point ${folder} in ${destination.label} is as it was stored, but cannot be opened: ${bad.map(({ name, problem }) => `${name}: ${problem}`).join('; ')}.`,
			'Nothing was restored. Give the identity or the passphrase it was encrypted for.',
		);
	}
	if (bad.length > 0) {
		throw new BackupError(
			'verification_failed',
			`The restore point ${folder} in ${destination.label} is damaged: ${bad.map(({ name, problem }) => `${name}: ${problem}`).join('; ')}.`,
			'Nothing was restored. Use another restore point or another destination, or restore the good artefacts alone by naming them.',
		);
	}
	for (const selection of selections.values()) selection.end();
}
