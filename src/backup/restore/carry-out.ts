import { errorMessage } from '../../shared';
import type { BackupContext } from '../context';
import type { Destination } from '../destinations/destination';
import { BackupError } from '../errors';
import type { SiteLock } from '../lock';
import type { ManifestArtefact } from '../manifest';
import { problemOf, refuseCancelled } from '../problem';
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
	/** When only these tables of a database are restored. */
	tables?: string[] | undefined;
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
		for (const { artefact, target, entries, paths, tables } of work) {
			const { previous, notes, errors } = await target.swap();
			swapped.push({
				name: artefact.name,
				kind: artefact.kind,
				target: target.label,
				plainBytes: artefact.plainBytes,
				...(entries !== undefined && { entries }),
				...(paths && { paths }),
				...(tables && { tables }),
				...(previous !== undefined && { previous }),
				...(notes && { notes }),
				...(errors && { errors }),
			});
		}
		return swapped;
	} catch (thrown) {
		const rest = work.slice(swapped.length);
		// Those that were stopped must not be started on a part of the restore.
		const undone = users ? await takeBack(work.slice(0, swapped.length)) : [];
		const lasting = swapped.filter((_, index) => !undone.some(({ item }) => item.target === targets[index]));
		for (const { target } of work.slice(0, swapped.length)) await target.finish?.();
		const down = (await users?.giveUp()) ?? [];
		const left: Restoration[] = [];
		// The other way round: databases need the roles that came before them.
		for (const item of rest.toReversed()) {
			await item.target.discard().catch(() => left.unshift(item));
		}
		const isAsBefore = lasting.length + left.length + down.length === 0;
		const isMixed = thrown instanceof BackupError && thrown.code === 'target_swap_failed';
		if (isAsBefore && undone.length > 0 && !isMixed) throw rolledBack(thrown, undone);
		if (!isAsBefore || undone.length > 0) throw halfDone(thrown, { lasting, undone, rest, left, down });
		// Whatever a connection that was cut off complains about, this is why.
		if (!isMixed) refuseCancelled(context.signal, 'restore');
		throw thrown;
	}
}

/** A part that is as it was before, with a sentence where what was restored of it could not be removed. */
interface Undone {
	item: Restoration;
	left?: string | undefined;
}

/** Takes back what was swapped, the last one first; resolves with those where it succeeded. */
async function takeBack(swapped: Restoration[]): Promise<Undone[]> {
	const undone: Undone[] = [];
	for (const item of swapped.toReversed()) {
		await item.target.takeBack().then(
			(left) => undone.unshift({ item, left }),
			() => {
				// It is told as restored, with where its former content is.
			},
		);
	}
	return undone;
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

const labelsOf = (work: Restoration[]): string => work.map(({ target }) => target.label).join(', ');
const remainsOf = (undone: Undone[]): string[] => undone.flatMap(({ left }) => left ?? []);
const namesOf = (work: Restoration[]): string => work.map(({ artefact }) => artefact.name).join(', ');

/** One target could not be changed, and everything is as it was before. */
function rolledBack(thrown: unknown, undone: Undone[]): BackupError {
	const { message, remedy } = problemOf(thrown);
	const facts = [`As before: ${labelsOf(undone.map(({ item }) => item))}.`, ...remainsOf(undone)];
	return new BackupError(
		'restore_rolled_back',
		`The restore was rolled back, because a part of it failed: ${message} ${facts.join(' ')}`,
		remedy,
		{ cause: thrown },
	);
}

interface HalfDone {
	/** What stays restored. */
	lasting: RestoreReport['artefacts'];
	undone: Undone[];
	rest: Restoration[];
	/** Of the rest, those whose staging places could not be removed. */
	left: Restoration[];
	/** Sentences on containers that do not run again. */
	down: string[];
}

/** Says exactly what is as before and what is not, which nobody could tell otherwise. */
function halfDone(thrown: unknown, { lasting, undone, rest, left, down }: HalfDone): BackupError {
	const done = lasting.map(({ name, target, previous }) =>
		previous === undefined ? `${name} (${target})` : `${name} (${target}, before: ${previous})`,
	);
	const facts = [
		...(done.length > 0 ? [`Restored already: ${done.join(', ')}.`] : []),
		...(undone.length > 0
			? [`Taken back: ${namesOf(undone.map(({ item }) => item))}.`, ...remainsOf(undone)]
			: []),
		...(done.length > 0 ? [`Not restored: ${namesOf(rest)}.`] : []),
		...(left.length > 0 ? [`Staging places could not be removed: ${labelsOf(left)}.`] : []),
		...down,
	];
	return new BackupError(
		'target_swap_failed',
		`${errorMessage(thrown)} ${facts.join(' ')}`,
		'Restore the missing artefacts alone by naming them, or put back by hand what was there before.',
		{ cause: thrown },
	);
}
