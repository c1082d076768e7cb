import type { Site } from '../shared';
import type { BackupContext } from './context';
import type { ManifestArtefact } from './manifest';
import { refuseCancelled } from './problem';
import { ProgressMeter } from './progress';
import { readArtefact } from './read-artefact';
import type { RestorePlan, RestoreReport } from './reports';
import { carryOut, type Restoration } from './restore/carry-out';
import { chooseArtefacts, choosePaths, chooseTables, leftOutOf, type RestoreChoice } from './restore/choose';
import { openTarget } from './restore/open';
import { placeOfArtefact } from './restore/place';
import { planOf, planRestoration } from './restore/plan';
import { lockForRestore, type RestoreLockOptions } from './restore/restore-lock';
import type { PathSelection } from './restore/selection';
import { UsersAtRest, type UsersAtRestOptions } from './restore/users-at-rest';
import { findSource, verifyFirst, type RestoreSource, type WantedRestorePoint } from './restore/source';

export interface RestoreOptions extends RestoreLockOptions, WantedRestorePoint, RestoreChoice {
	/** Replace what is there; it is kept beside. */
	overwrite?: boolean | undefined;
	/** Let a database count although pg_restore has told errors; they stand in the report. */
	allowErrors?: boolean | undefined;
	/** Stop the running containers that use a volume or a path of the host, start them after the change and watch them; when one is not well then, all is taken back. */
	stopContainers?: boolean | undefined;
	/** How those containers are stopped and watched. */
	containers?: UsersAtRestOptions | undefined;
}

interface ChosenParts {
	artefacts: ManifestArtefact[];
	selections: Map<string, PathSelection>;
	tables: ReadonlyMap<string, readonly string[]>;
}

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
	const source = await findSource(site, context, options);
	const { destination, name, point } = source;
	try {
		const chosen = choose(source, site, options);
		const lock = await lockForRestore(destination, site, context, options);
		try {
			await verifyFirst(source, chosen.artefacts, chosen.selections, context);
			const work = await openTargets(chosen, site, point.id, options, context);
			const users = options.stopContainers ? new UsersAtRest(site, context, options.containers) : undefined;
			const restored = await carryOut(work, destination, point.folder, context, lock, users);
			const targets = work.map(({ target }) => target);
			let consistency: RestoreReport['consistency'];
			try {
				consistency = await users?.settle(targets);
			} finally {
				for (const target of targets) await target.finish?.();
			}
			return {
				site: site.name,
				id: point.id,
				destination: name,
				durationMs: Math.round(performance.now() - started),
				artefacts: restored,
				leftOut: leftOutOf(point.manifest, options),
				...(consistency && { consistency }),
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

/**
 * What a restore with these options would do: everything is read, proved and looked at, and nothing is changed.
 * What would keep it from being done stands in the plan.
 *
 * @throws BackupError, DockerError when the restore point cannot be found, read or proved
 */
export async function planRestore(
	site: Site,
	context: BackupContext,
	options: RestoreOptions,
): Promise<RestorePlan> {
	const source = await findSource(site, context, options);
	try {
		const chosen = choose(source, site, options);
		await verifyFirst(source, chosen.artefacts, chosen.selections, context);
		const artefacts: RestorePlan['artefacts'] = [];
		const users = options.stopContainers ? new UsersAtRest(site, context, options.containers) : undefined;
		const work = await openTargets(chosen, site, source.point.id, options, context, true);
		for (const item of work) {
			refuseCancelled(context.signal, 'restore');
			const { artefact } = item;
			const meter = new ProgressMeter('restore', artefact.name, undefined, artefact.plainBytes);
			artefacts.push(
				await planRestoration(
					item,
					() => readArtefact(source.destination, source.point.folder, artefact, meter, context),
					() => users?.check(work.map(({ target }) => target)),
				),
			);
		}
		const leftOut = leftOutOf(source.point.manifest, options);
		return planOf({ site: site.name, id: source.point.id, destination: source.name, artefacts, leftOut });
	} finally {
		await source.destination.close();
	}
}

function choose({ point }: RestoreSource, site: Site, options: RestoreOptions): ChosenParts {
	const artefacts = chooseArtefacts(point.manifest, options)
		.map((artefact) => placeOfArtefact(artefact, site, options.to?.[artefact.name]))
		// Databases need the roles.
		.sort((a, b) => Number(b.kind === 'globals') - Number(a.kind === 'globals'));
	return {
		artefacts,
		selections: choosePaths(artefacts, options),
		tables: chooseTables(artefacts, options),
	};
}

async function openTargets(
	{ artefacts, selections, tables }: ChosenParts,
	site: Site,
	id: string,
	{ to, overwrite = false, stopContainers, allowErrors }: RestoreOptions,
	context: BackupContext,
	dryRun = false,
): Promise<Restoration[]> {
	const keepOut = site.destinations.flatMap((kept) => (kept.type === 'directory' ? [kept.path] : []));
	const work: Restoration[] = [];
	const promised = new Map<string, Set<string>>();
	for (const artefact of artefacts) {
		const selection = selections.get(artefact.name);
		const ofDatabase = tables.get(artefact.name);
		const options = {
			...{ to: to?.[artefact.name], overwrite, id, site: site.name },
			...{ keepOut, selection, dryRun, stopContainers, allowErrors, promised },
			tables: ofDatabase,
		};
		work.push({
			artefact,
			target: await openTarget(artefact, options, context),
			...(selection && { paths: selection.shown }),
			...(ofDatabase && { tables: [...ofDatabase] }),
		});
	}
	return work;
}
