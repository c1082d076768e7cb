import { count, type RetentionPolicy } from '../../shared';
import { isFuture } from '../catalogue/clock';
import { storedBytesOf } from '../catalogue/describe';
import { readCatalogue, type CatalogueEntry } from '../catalogue/entries';
import type { Destination } from '../destinations/destination';
import { BackupError } from '../errors';
import { problemOf, refuseCancelled } from '../problem';
import { planRetention } from './plan';
import { byAge, retentionPointOf } from './point';
import { removeRestorePoint } from './remove';
import type { PruneDecision, PruneOutcome } from './reports';

export interface PruneRequest {
	policy: RetentionPolicy;
	now: Date;
	/** Decide only. */
	dryRun: boolean;
	/** @throws when the lock of the site is lost */
	assertHeld(): void;
	signal?: AbortSignal | undefined;
}

/** A restore point up to this far ahead of the clock means that the clock was set back. */
const clockSetBackMs = 24 * 3_600_000;

/**
 * Removes from one destination what no rule keeps. The caller holds the lock of the site there, except for a dry run.
 * @throws BackupError `cancelled`, `lock_lost`; what the destination throws when it cannot be read
 */
export async function pruneDestination(
	destination: Destination,
	site: string,
	request: PruneRequest,
): Promise<PruneOutcome> {
	const { policy, now, dryRun } = request;
	const entries = await readCatalogue(destination, site, now);
	const outcome = planned(entries, policy, now);
	const refusal = refusalOf(entries, now, destination.label);
	if (refusal) return refused(outcome, refusal);
	if (dryRun) return outcome;
	return await carryOut(destination, site, entries, outcome, request);
}

function planned(entries: readonly CatalogueEntry[], policy: RetentionPolicy, now: Date): PruneOutcome {
	const byId = new Map(entries.map((entry) => [entry.id, entry]));
	const plan = planRetention(entries.map(retentionPointOf), policy, now);
	const decisions = plan.flatMap(({ id, action, reason }): PruneDecision[] => {
		const entry = byId.get(id);
		if (!entry) return [];
		const { startedAtMs, generation } = entry;
		const startedAt = new Date(startedAtMs).toISOString();
		return [{ id, startedAt, state: generation, action, reason, storedBytes: storedBytesOf(entry) }];
	});
	const dropped = decisions.filter(({ action }) => action === 'drop');
	const future = entries.filter((entry) => isFuture(entry, now.getTime()));
	return {
		status: 'planned',
		decisions,
		kept: decisions.length - dropped.length,
		dropped: dropped.length,
		droppedBytes: dropped.reduce((total, { storedBytes }) => total + storedBytes, 0),
		freedBytes: 0,
		removedFiles: 0,
		problems: [],
		notes: future.map(
			({ id }) =>
				`The restore point ${id} is dated in the future and was left alone; check the clock of the machine that made it.`,
		),
	};
}

/**
 * Why nothing may be removed now, whatever the plan is: the last run did not end well, so what is there may be needed,
 * or the clock is not to be trusted.
 */
function refusalOf(entries: readonly CatalogueEntry[], now: Date, label: string): BackupError | undefined {
	const nowMs = now.getTime();
	const ahead = entries.find(
		(entry) => isFuture(entry, nowMs) && entry.startedAtMs <= nowMs + clockSetBackMs,
	);
	if (ahead) {
		return new BackupError(
			'prune_refused',
			`Nothing was removed from ${label}: the clock says ${now.toISOString()}, and the restore point ${ahead.id} is newer than that.`,
			'Check the clock of this machine and of the one that made the backup; when both are right, wait until that time has passed.',
		);
	}
	const [newest] = entries
		.filter((entry) => !isFuture(entry, nowMs) && entry.generation !== 'foreign')
		.map((entry) => ({ entry, point: retentionPointOf(entry) }))
		.sort((a, b) => byAge(a.point, b.point));
	if (!newest || newest.entry.generation === 'good') return undefined;
	return new BackupError(
		'prune_refused',
		`Nothing was removed from ${label}: its newest restore point, ${newest.entry.id}, is ${newest.entry.generation}.`,
		newest.entry.generation === 'suspicious'
			? 'Look at it. When it is as it should be, confirm it; otherwise make a good backup first.'
			: 'Make a good backup first; then the older ones are removed.',
	);
}

/** The plan stays as it would be, and nothing of it is carried out. */
function refused(outcome: PruneOutcome, refusal: BackupError): PruneOutcome {
	const decisions = outcome.decisions.map((decision): PruneDecision =>
		decision.action === 'keep'
			? decision
			: { ...decision, action: 'keep', reason: `kept: pruning was refused; later ${decision.reason}` },
	);
	return {
		...outcome,
		status: 'refused',
		decisions,
		kept: decisions.length,
		dropped: 0,
		droppedBytes: 0,
		problems: [problemOf(refusal)],
	};
}

async function carryOut(
	destination: Destination,
	site: string,
	entries: readonly CatalogueEntry[],
	plan: PruneOutcome,
	{ now, assertHeld, signal }: PruneRequest,
): Promise<PruneOutcome> {
	const outcome: PruneOutcome = { ...plan, status: 'pruned', decisions: [...plan.decisions] };
	// The oldest first: whenever it is broken off, the newer ones are all there.
	for (const [index, decision] of [...plan.decisions.entries()].reverse()) {
		if (decision.action === 'keep') continue;
		refuseCancelled(signal, 'pruning');
		const files = entries.find(({ id }) => id === decision.id)?.manifest?.artefacts ?? [];
		const removal = await removeRestorePoint(destination, {
			folder: `${site}/${decision.id}`,
			files: files.map(({ file }) => file),
			now,
			assertHeld,
		});
		outcome.removedFiles += removal.removedFiles;
		outcome.freedBytes += removal.freedBytes;
		outcome.problems.push(...removal.problems);
		if (!removal.heldMeanwhile) continue;
		outcome.decisions[index] = { ...decision, action: 'keep', reason: 'kept: held since a moment ago' };
		outcome.kept += 1;
		outcome.dropped -= 1;
		outcome.droppedBytes -= decision.storedBytes;
	}
	if (outcome.problems.length > 0) {
		outcome.status = 'failed';
		outcome.notes.push(
			`${count(outcome.problems.length, 'file')} could not be removed; the next time tries again. Nothing that has lost a part lists as good.`,
		);
	}
	return outcome;
}
