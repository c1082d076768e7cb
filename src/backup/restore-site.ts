import type { Site } from '../shared';
import { chooseDestinations } from './choose-destinations';
import type { BackupContext } from './context';
import type { Destination } from './destinations/destination';
import { openDestination } from './destinations/open';
import { BackupError } from './errors';
import type { Manifest, ManifestArtefact } from './manifest';
import { refuseCancelled } from './problem';
import type { RestoreReport } from './reports';
import { findRestorePoint, type RestorePoint } from './restore-points';
import { carryOut, type Restoration } from './restore/carry-out';
import { openTarget } from './restore/open';
import { placeOfArtefact } from './restore/place';
import { lockForRestore, type RestoreLockOptions } from './restore/restore-lock';
import { verifyRestorePoint } from './verify';

export interface RestoreOptions extends RestoreLockOptions {
	/** An id, or `latest` for the newest good one. */
	restorePoint: string;
	/** Name of the only destination to restore from; without it the first that has the restore point. */
	destination?: string | undefined;
	/** Names of artefacts; without it all of the restore point. */
	artefacts?: readonly string[] | undefined;
	/** Other targets than where it came from, by the name of the artefact. */
	to?: Readonly<Record<string, string>> | undefined;
	/** Replace what is there; it is kept beside. */
	overwrite?: boolean | undefined;
}

type FoundPoint = RestorePoint & { manifest: Manifest };

/**
 * Restores a site, or parts of it. Everything is verified and put into staging places first; only when all of it is
 * there do they become the targets. Until then the targets are as they were.
 *
 * @throws BackupError (`locked` while a backup or another restore of the site runs), DockerError; after the first target has been swapped, `target_swap_failed` says which were
 */
export async function restoreSite(
	site: Site,
	context: BackupContext,
	options: RestoreOptions,
): Promise<RestoreReport> {
	const started = performance.now();
	const { destination, name, point } = await findSource(site, context, options);
	try {
		const artefacts = chooseArtefacts(point.manifest, options).map((artefact) =>
			placeOfArtefact(artefact, site, options.to?.[artefact.name]),
		);
		const lock = await lockForRestore(destination, site, context, options);
		try {
			await verifyFirst(destination, point, artefacts, context);
			const work = await openTargets(artefacts, site, point.id, options, context);
			const restored = await carryOut(work, destination, point.folder, context, lock);
			return {
				site: site.name,
				id: point.id,
				destination: name,
				durationMs: Math.round(performance.now() - started),
				artefacts: restored,
			};
		} finally {
			await lock?.release().catch(() => {
				// It shows no life any more, so the next run takes it over.
			});
		}
	} finally {
		await destination.close();
	}
}

async function openTargets(
	artefacts: ManifestArtefact[],
	site: Site,
	id: string,
	{ to, overwrite = false }: RestoreOptions,
	context: BackupContext,
): Promise<Restoration[]> {
	const keepOut = site.destinations.filter(({ type }) => type === 'directory').map(({ path }) => path);
	const work: Restoration[] = [];
	for (const artefact of artefacts) {
		const options = { to: to?.[artefact.name], overwrite, id, site: site.name, keepOut };
		work.push({ artefact, target: await openTarget(artefact, options, context) });
	}
	return work;
}

/** The first destination that holds the restore point, opened. */
async function findSource(
	site: Site,
	context: BackupContext,
	options: RestoreOptions,
): Promise<{ destination: Destination; name: string; point: FoundPoint }> {
	const faults: unknown[] = [];
	for (const definition of chooseDestinations(site, options.destination)) {
		refuseCancelled(context.signal, 'restore');
		let destination: Destination | undefined;
		try {
			destination = await openDestination(definition, site.name, context);
			const point = await findRestorePoint(destination, site.name, options.restorePoint);
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

function chooseArtefacts(
	manifest: Manifest,
	{ artefacts, to = {} }: Pick<RestoreOptions, 'artefacts' | 'to'>,
): ManifestArtefact[] {
	const chosen = new Set(artefacts ?? manifest.artefacts.map(({ name }) => name));
	const known = manifest.artefacts.map(({ name }) => name);
	const unknown = [...chosen, ...Object.keys(to)].find((name) => !known.includes(name));
	if (unknown !== undefined) {
		const failure = manifest.failures.find(({ name }) => name === unknown);
		throw new BackupError(
			'artefact_unknown',
			`The restore point ${manifest.id} holds no artefact "${unknown}"${failure ? `: ${failure.message}` : '.'}`,
			`It holds: ${known.join(', ')}.`,
		);
	}
	const unused = Object.keys(to).find((name) => !chosen.has(name));
	if (unused !== undefined) {
		throw new BackupError(
			'artefact_unknown',
			`A target is given for "${unused}", which is not among the artefacts to restore.`,
			'Add it to the artefacts, or leave out its target.',
		);
	}
	return manifest.artefacts.filter(({ name }) => chosen.has(name));
}

async function verifyFirst(
	destination: Destination,
	{ folder, manifest }: FoundPoint,
	artefacts: ManifestArtefact[],
	{ signal, progress }: BackupContext,
): Promise<void> {
	const verdict = await verifyRestorePoint(destination, folder, { ...manifest, artefacts }, signal, progress);
	const bad = verdict.artefacts.filter(({ ok }) => !ok);
	if (bad.length === 0) return;
	throw new BackupError(
		'verification_failed',
		`The restore point ${folder} in ${destination.label} is damaged: ${bad.map(({ name, problem }) => `${name}: ${problem}`).join('; ')}.`,
		'Nothing was restored. Use another restore point or another destination, or restore the good artefacts alone by naming them.',
	);
}
