import { randomBytes } from 'node:crypto';

import {
	count,
	describeFaults,
	formatBytes,
	parseInput,
	retentionSchema,
	type Destination as DestinationDefinition,
	type RetentionPolicy,
	type RetentionPolicyInput,
	type Site,
} from '../shared';
import { chooseDestinations, placeOf, withDestination } from './choose-destinations';
import type { BackupContext } from './context';
import type { Destination } from './destinations/destination';
import { BackupError } from './errors';
import { defaultLockTimes, takeLock, type LockTimes } from './lock';
import { problemOf, refuseCancelled } from './problem';
import { describePolicy } from './retention/plan';
import { pruneDestination } from './retention/prune-destination';
import type { PruneOutcome, PruneReport } from './retention/reports';

export interface PruneOptions {
	/** Say what would be removed and why; remove nothing. Needs no lock and no right to write. */
	dryRun?: boolean | undefined;
	/** Name of the only destination to prune. */
	destination?: string | undefined;
	/** Rules in place of those of the site. */
	policy?: RetentionPolicyInput | undefined;
	/** How long to wait for another run of the same site, in milliseconds. Default 0. */
	waitForLockMs?: number | undefined;
	lockTimes?: LockTimes | undefined;
}

type Pruned = PruneReport['destinations'][number];

/**
 * Removes from the destinations of a site, from each by itself, what no rule of its retention keeps. Faults of a
 * destination stand in the report and do not keep the others from being pruned.
 *
 * @throws BackupError `retention_missing`, `retention_invalid`, `destination_unknown`, `cancelled`
 */
export async function pruneSite(
	site: Site,
	context: BackupContext,
	options: PruneOptions = {},
): Promise<PruneReport> {
	const now = (context.now ?? (() => new Date()))();
	const started = performance.now();
	const policy = policyOf(site, options);
	const definitions = chooseDestinations(site, options.destination);
	const destinations: Pruned[] = [];
	for (const definition of definitions) {
		destinations.push(await pruneOne(definition, site, context, { ...options, policy, now }));
	}
	const status = statusOf(destinations);
	return {
		site: site.name,
		dryRun: options.dryRun === true,
		status,
		message: messageOf(destinations, options.dryRun === true),
		policy: describePolicy(policy),
		startedAt: now.toISOString(),
		durationMs: Math.round(performance.now() - started),
		freedBytes: destinations.reduce((total, { freedBytes }) => total + freedBytes, 0),
		destinations,
	};
}

function policyOf(site: Site, { policy = site.retention }: PruneOptions): RetentionPolicy {
	if (!policy) {
		throw new BackupError(
			'retention_missing',
			`The site "${site.name}" does not say how long its backups are kept.`,
			'Give it "retention", e.g. daily 7, weekly 4, monthly 12; docs/retention.md has examples. Until then nothing is removed.',
		);
	}
	const parsed = parseInput<RetentionPolicy>(retentionSchema, policy);
	if (parsed.ok) return parsed.value;
	throw new BackupError(
		'retention_invalid',
		`The rules of retention cannot be used: ${describeFaults(parsed.faults)}.`,
		'Correct them; docs/retention.md has examples. Nothing was removed.',
	);
}

async function pruneOne(
	definition: DestinationDefinition,
	site: Site,
	context: BackupContext,
	options: PruneOptions & { policy: RetentionPolicy; now: Date },
): Promise<Pruned> {
	let place = placeOf(definition);
	try {
		return await withDestination(definition, site, context, async (destination) => {
			place = destination.label;
			const outcome = options.dryRun
				? await pruneDestination(destination, site.name, {
						...options,
						dryRun: true,
						assertHeld: () => {},
						signal: context.signal,
					})
				: await underLock(destination, site, context, options);
			return { name: definition.name, place, ...outcome };
		});
	} catch (thrown) {
		refuseCancelled(context.signal, 'pruning');
		return { name: definition.name, place, ...nothingDone('failed'), problems: [problemOf(thrown)] };
	}
}

async function underLock(
	destination: Destination,
	site: Site,
	{ signal }: BackupContext,
	options: PruneOptions & { policy: RetentionPolicy; now: Date },
): Promise<PruneOutcome> {
	const { waitForLockMs = 0, lockTimes = defaultLockTimes, policy, now } = options;
	const result = await takeLock(destination, {
		...lockTimes,
		folder: site.name,
		run: `prune-${randomBytes(6).toString('hex')}`,
		work: 'pruning',
		now,
		waitMs: waitForLockMs,
		signal,
	});
	if ('heldBy' in result) {
		return { ...nothingDone('skipped'), notes: [`Skipped: locked by ${result.heldBy}.`] };
	}
	const { lock } = result;
	try {
		const assertHeld = (): void => lock.assertHeld();
		return await pruneDestination(destination, site.name, {
			policy,
			now,
			dryRun: false,
			assertHeld,
			signal,
		});
	} finally {
		await lock.release().catch(() => {
			// It shows no life any more, so the next run takes it over.
		});
	}
}

function nothingDone(status: PruneOutcome['status']): PruneOutcome {
	return {
		status,
		decisions: [],
		kept: 0,
		dropped: 0,
		droppedBytes: 0,
		freedBytes: 0,
		removedFiles: 0,
		problems: [],
		notes: [],
	};
}

function statusOf(destinations: Pruned[]): PruneReport['status'] {
	const found = new Set(destinations.map(({ status }) => status));
	if (found.has('failed')) return 'failed';
	return found.has('refused') || found.has('skipped') ? 'warning' : 'ok';
}

function messageOf(destinations: Pruned[], dryRun: boolean): string {
	return destinations.map((pruned) => `${pruned.name}: ${describeOutcome(pruned, dryRun)}`).join(' ');
}

/** `Removed 3 restore points, 12 kept, 1.2 GB freed.` */
export function describeOutcome(outcome: PruneOutcome, dryRun = false): string {
	const { status, dropped, kept, droppedBytes, freedBytes, problems, notes } = outcome;
	const points = count(dropped, 'restore point');
	const faults = [...problems.map(({ message }) => message), ...notes].join(' ');
	if (status === 'refused' || status === 'skipped') return faults;
	if (status === 'failed') return `Not all was removed, ${formatBytes(freedBytes)} freed. ${faults}`;
	const done = dryRun
		? `Would remove ${points} (${formatBytes(droppedBytes)}), ${kept} kept.`
		: `Removed ${points}, ${kept} kept, ${formatBytes(freedBytes)} freed.`;
	return faults === '' ? done : `${done} ${faults}`;
}
