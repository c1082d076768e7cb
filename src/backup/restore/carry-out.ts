import { errorMessage } from '../../shared';
import type { BackupContext } from '../context';
import type { Destination } from '../destinations/destination';
import { BackupError } from '../errors';
import type { SiteLock } from '../lock';
import type { ManifestArtefact } from '../manifest';
import { refuseCancelled } from '../problem';
import { ProgressMeter } from '../progress';
import { readArtefact } from '../read-artefact';
import type { RestoreReport } from '../reports';
import type { RestoreTarget } from './target';
import type { UsersAtRest } from './users-at-rest';

/** One artefact with the place it goes to. */
export interface Restoration {
	artefact: ManifestArtefact;
	target: RestoreTarget;
	/** When only these of the artefact are restored. */
	paths?: string[] | undefined;
	entries?: number | undefined;
}

/**
 * Checks and fills all targets and only then makes each the new one.
 * @param folder of the restore point
 * @throws BackupError, DockerError; `target_swap_failed` once something was changed
 */
export async function carryOut(
	work: Restoration[],
	destination: Destination,
	folder: string,
	context: BackupContext,
	lock: SiteLock | undefined,
	users?: UsersAtRest,
): Promise<RestoreReport['artefacts']> {
	const swapped: RestoreReport['artefacts'] = [];
	const targets = work.map(({ target }) => target);
	try {
		refuseTwins(work);
		for (const { target } of work) {
			refuseCancelled(context.signal, 'restore');
			await target.check();
		}
		await users?.check(targets);
		for (const item of work) {
			lock?.assertHeld();
			const { artefact } = item;
			const meter = new ProgressMeter('restore', artefact.name, context.progress, artefact.plainBytes);
			const content = readArtefact(destination, folder, artefact, meter, context);
			item.entries = (await item.target.fill(content)).entries;
		}
		// A backup that holds the lock by now would read what is half restored.
		await lock?.confirm();
		refuseCancelled(context.signal, 'restore');
		await users?.begin(targets);
		for (const { artefact, target, entries, paths } of work) {
			const { previous, notes } = await target.swap();
			swapped.push({
				name: artefact.name,
				kind: artefact.kind,
				target: target.label,
				plainBytes: artefact.plainBytes,
				...(entries !== undefined && { entries }),
				...(paths && { paths }),
				...(previous !== undefined && { previous }),
				...(notes && { notes }),
			});
		}
		return swapped;
	} catch (thrown) {
		const rest = work.slice(swapped.length);
		for (const { target } of work.slice(0, swapped.length)) await target.finish?.();
		const down = (await users?.giveUp()) ?? [];
		const left: Restoration[] = [];
		// The other way round: databases need the roles that came before them.
		for (const item of rest.toReversed()) {
			await item.target.discard().catch(() => left.unshift(item));
		}
		if (swapped.length + left.length + down.length > 0) throw halfDone(thrown, swapped, rest, left, down);
		// Whatever a connection that was cut off complains about, this is why.
		if (!(thrown instanceof BackupError && thrown.code === 'target_swap_failed')) {
			refuseCancelled(context.signal, 'restore');
		}
		throw thrown;
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
	down: string[],
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
		...down,
	];
	return new BackupError(
		'target_swap_failed',
		`${errorMessage(thrown)} ${facts.join(' ')}`,
		'Restore the missing artefacts alone by naming them, or put back by hand what was there before.',
		{ cause: thrown },
	);
}
