import { errorMessage, type Site } from '../shared';
import { chooseDestinations } from './choose-destinations';
import type { BackupContext } from './context';
import type { Destination } from './destinations/destination';
import { openDestination } from './destinations/open';
import { BackupError } from './errors';
import type { Manifest, ManifestArtefact } from './manifest';
import { refuseCancelled } from './problem';
import { ProgressMeter } from './progress';
import { readArtefact } from './read-artefact';
import type { RestoreReport } from './reports';
import { findRestorePoint, type RestorePoint } from './restore-points';
import { openTarget } from './restore/open';
import type { RestoreTarget } from './restore/target';
import { verifyRestorePoint } from './verify';

export interface RestoreOptions {
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

interface Restoration {
	artefact: ManifestArtefact;
	target: RestoreTarget;
	entries?: number | undefined;
}

type FoundPoint = RestorePoint & { manifest: Manifest };

/**
 * Restores a site, or parts of it. Everything is verified and put into staging places first; only when all of it is
 * there do they become the targets. Until then the targets are as they were.
 *
 * @throws BackupError, DockerError; after the first target has been swapped, `target_swap_failed` says which were
 */
export async function restoreSite(
	site: Site,
	context: BackupContext,
	options: RestoreOptions,
): Promise<RestoreReport> {
	const started = performance.now();
	const { destination, name, point } = await findSource(site, context, options);
	try {
		const artefacts = chooseArtefacts(point.manifest, options);
		await verifyFirst(destination, point, artefacts, context);
		const work: Restoration[] = [];
		for (const artefact of artefacts) {
			const to = options.to?.[artefact.name];
			const { overwrite = false } = options;
			const keepOut = site.destinations.filter(({ type }) => type === 'directory').map(({ path }) => path);
			const target = await openTarget(
				artefact,
				{ to, overwrite, id: point.id, site: site.name, keepOut },
				context,
			);
			work.push({ artefact, target });
		}
		const restored = await carryOut(work, destination, point.folder, context);
		return {
			site: site.name,
			id: point.id,
			destination: name,
			durationMs: Math.round(performance.now() - started),
			artefacts: restored,
		};
	} finally {
		await destination.close();
	}
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

async function carryOut(
	work: Restoration[],
	destination: Destination,
	folder: string,
	context: BackupContext,
): Promise<RestoreReport['artefacts']> {
	const swapped: RestoreReport['artefacts'] = [];
	try {
		refuseTwins(work);
		for (const { target } of work) await target.check();
		for (const item of work) {
			const meter = new ProgressMeter('restore', item.artefact.name, context.progress);
			const content = readArtefact(destination, folder, item.artefact, meter, context.signal);
			item.entries = (await item.target.fill(content)).entries;
		}
		refuseCancelled(context.signal, 'restore');
		for (const { artefact, target, entries } of work) {
			const { previous } = await target.swap();
			swapped.push({
				name: artefact.name,
				kind: artefact.kind,
				target: target.label,
				plainBytes: artefact.plainBytes,
				...(entries !== undefined && { entries }),
				...(previous !== undefined && { previous }),
			});
		}
		return swapped;
	} catch (thrown) {
		const rest = work.slice(swapped.length);
		const discarded = await Promise.allSettled(rest.map(({ target }) => target.discard()));
		const left = rest.filter((_, index) => discarded[index]?.status === 'rejected');
		throw swapped.length === 0 && left.length === 0 ? thrown : halfDone(thrown, swapped, rest, left);
	}
}

/** Whether two places are the same or one lies in the other; labels of paths end with the path. */
function overlap(a: string, b: string): boolean {
	return a === b || a.startsWith(`${b}/`) || b.startsWith(`${a}/`);
}

/** Two artefacts in one place would replace each other, one inside the other would go with what it replaces. */
function refuseTwins(work: Restoration[]): void {
	work.forEach(({ artefact, target: { label } }, index) => {
		const twin = work.slice(0, index).find(({ target }) => overlap(target.label, label));
		if (!twin) return;
		throw new BackupError(
			'target_refused',
			`${twin.artefact.name} and ${artefact.name} would both be restored to the ${label}, one into the other.`,
			'Give each its own target, or restore one after the other.',
		);
	});
}

/** Says exactly what is as before and what is not, which nobody could tell otherwise. */
function halfDone(
	thrown: unknown,
	swapped: RestoreReport['artefacts'],
	rest: Restoration[],
	left: Restoration[],
): BackupError {
	const done = swapped.map(({ name, target, previous }) =>
		previous === undefined ? `${name} (${target})` : `${name} (${target}, before: ${previous})`,
	);
	const facts = [
		...(done.length > 0 ? [`Restored already: ${done.join(', ')}.`] : []),
		...(done.length > 0 ? [`Not restored: ${rest.map(({ artefact }) => artefact.name).join(', ')}.`] : []),
		...(left.length > 0
			? [`Staging places could not be removed: ${left.map(({ target }) => target.label).join(', ')}.`]
			: []),
	];
	return new BackupError(
		'target_swap_failed',
		`${errorMessage(thrown)} ${facts.join(' ')}`,
		'Restore the missing artefacts alone by naming them, or put back by hand what was there before.',
		{ cause: thrown },
	);
}
