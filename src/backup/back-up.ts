import { packageVersion, type Site } from '../shared';
import { Consistency } from './consistency/consistency';
import type { QuietOptions } from './consistency/quiet-run';
import type { BackupContext } from './context';
import { openEncryption, type Encryption } from './encryption';
import { defaultLockTimes, type LockTimes } from './lock';
import { keyNotKept } from './n8n';
import { refuseCancelled } from './problem';
import type { ArtefactReport, BackupReport } from './reports';
import { newRestorePointId } from './restore-points';
import { ContentSizes } from './room/content-sizes';
import { sameDiskNote, sharedDisks, withSharedDisk } from './room/same-disk';
import { RunDestination } from './run-destination';
import { refusePlainSecrets } from './sources/config';
import { sourcesOf } from './sources/source';
import { missSource, storeSource } from './store-source';
import { messageOf, statusOf } from './summary';

export interface BackUpOptions extends QuietOptions {
	/** How long to wait for another run of the same site before this one is skipped, in milliseconds. Default 0. */
	waitForLockMs?: number | undefined;
	/** How locks show that they live, and when they count as dead. The same for all runs of a site. */
	lockTimes?: LockTimes | undefined;
}

/**
 * Backs up a site to all its destinations: a new restore point under the same id in each, written source by source,
 * the manifest last. Faults of sources and destinations stand in the report; they never end the run of the others.
 *
 * A crash at any point leaves earlier restore points as they were and nothing that lists as good: files have their
 * final name only when they are whole and on disk, and a folder is a restore point only with its manifest.
 *
 * @throws BackupError `cancelled`, after what was written has been removed and containers run again; before anything is
 *   done, `encryption_required`, `key_missing` and `key_invalid`, and what must not be done to containers (`container_protected` …)
 */
export async function backUpSite(
	site: Site,
	context: BackupContext,
	options: BackUpOptions = {},
): Promise<BackupReport> {
	refusePlainSecrets(site, site.encryption !== undefined);
	const now = context.now ?? (() => new Date());
	const startedAt = now();
	const started = performance.now();
	const encryption = await openEncryption(site, context);
	const id = newRestorePointId(startedAt);
	const consistency = await Consistency.of(site, context, options);
	const destinations = site.destinations
		.map((definition) => new RunDestination(definition, site, id))
		.sort((a, b) => (a.order < b.order ? -1 : 1));
	let artefacts: ArtefactReport[] = [];
	let heldBy: string | undefined;
	try {
		for (const destination of destinations) await destination.open(context);
		refuseCancelled(context.signal, 'backup');
		heldBy = await lockAll(destinations, context, options, startedAt);
		if (heldBy === undefined) {
			const facts = { id, startedAt, now, encryption, consistency };
			artefacts = await run(site, destinations, context, facts);
		}
	} catch (thrown) {
		// A restore point that is complete stays, whatever happened after it.
		for (const destination of destinations) if (destination.living) await destination.undo();
		// Whatever broke off because of it is told as what it is.
		refuseCancelled(context.signal, 'backup');
		throw thrown;
	} finally {
		for (const destination of destinations) await destination.release();
	}
	const shared = await sharedDisks(site, context.patienceMs);
	const reports = site.destinations.flatMap(({ name }) =>
		destinations
			.filter((destination) => destination.name === name)
			.map((found) => withSharedDisk(found.report(), shared)),
	);
	const stored = artefacts.filter(({ status }) => status !== 'failed');
	const quiet = heldBy === undefined ? consistency.report() : undefined;
	const result = {
		site: site.name,
		id,
		status: statusOf(artefacts, reports, quiet),
		plainBytes: stored.reduce((total, { plainBytes }) => total + plainBytes, 0),
		storedBytes: stored.reduce((total, { storedBytes }) => total + storedBytes, 0),
		artefacts,
		destinations: reports,
		...(quiet && { consistency: quiet }),
	};
	const notes = [
		...destinations.flatMap((destination) => destination.notes),
		...(stored.length > 0 ? sameDiskNote(site, shared) : []),
		...(site.backup.n8n ? [keyNotKept] : []),
	];
	return {
		...result,
		message: heldBy === undefined ? messageOf(result, notes) : `Skipped: locked by ${heldBy}.`,
		startedAt: startedAt.toISOString(),
		finishedAt: now().toISOString(),
		durationMs: Math.round(performance.now() - started),
	};
}

/**
 * All locks or none: with only some of them, two runs that began at the same time would share the destinations
 * between them.
 * @returns who holds one of them
 */
async function lockAll(
	destinations: RunDestination[],
	{ signal }: BackupContext,
	{ waitForLockMs = 0, lockTimes = defaultLockTimes }: BackUpOptions,
	now: Date,
): Promise<string | undefined> {
	for (const destination of destinations) {
		const heldBy = await destination.takeLock({ ...lockTimes, waitMs: waitForLockMs, now, signal });
		if (heldBy === undefined) continue;
		for (const other of destinations) other.skip();
		return heldBy;
	}
	return undefined;
}

interface RunFacts {
	id: string;
	startedAt: Date;
	now: () => Date;
	encryption: Encryption | undefined;
	consistency: Consistency;
}

async function run(
	site: Site,
	destinations: RunDestination[],
	context: BackupContext,
	{ id, startedAt, now, encryption, consistency }: RunFacts,
): Promise<ArtefactReport[]> {
	for (const destination of destinations) await destination.cleanUp();
	const content = new ContentSizes(context.patienceMs);
	for (const destination of destinations) await destination.checkRoom(content, startedAt);
	const artefacts: ArtefactReport[] = [];
	if (!destinations.some(({ living }) => living)) return artefacts;
	try {
		await consistency.prepare(id);
		for (const source of consistency.inOrder(sourcesOf(site))) {
			refuseCancelled(context.signal, 'backup');
			// Nothing is stopped for a source that nobody can take.
			const isWanted = destinations.some(({ living }) => living);
			const problem = isWanted ? await consistency.before(source) : undefined;
			artefacts.push(
				problem
					? missSource(source, problem, destinations)
					: await storeSource(source, site, destinations, context, encryption, () =>
							consistency.warningsFor(source),
						),
			);
		}
	} finally {
		await consistency.end();
	}
	refuseCancelled(context.signal, 'backup');
	const frame = {
		id,
		site: { name: site.name, ...(site.domain !== undefined && { domain: site.domain }) },
		definition: { ...site },
		startedAt: startedAt.toISOString(),
		finishedAt: now().toISOString(),
		writtenBy: `n8n-nodes-opsdesk ${packageVersion()}`,
	};
	for (const destination of destinations) await destination.finish(frame);
	// A run that lacks anything anywhere, or is suspicious, removes nothing: what is older may be needed.
	const reports = destinations.map((destination) => destination.report());
	const status = statusOf(artefacts, reports, consistency.report());
	const isGood = status === 'ok' || status === 'warning';
	if (!site.retention?.afterBackup || !isGood || reports.some(({ suspicious }) => suspicious))
		return artefacts;
	for (const destination of destinations) await destination.prune(site.retention, now(), context.signal);
	return artefacts;
}
