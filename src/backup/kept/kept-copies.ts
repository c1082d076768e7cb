import { count, formatBytes, type Site } from '../../shared';
import { chooseDestinations, orderOf } from '../choose-destinations';
import type { BackupContext } from '../context';
import type { Destination } from '../destinations/destination';
import { openDestination } from '../destinations/open';
import { BackupError } from '../errors';
import type { SiteLock } from '../lock';
import { problemOf, refuseCancelled } from '../problem';
import { lockForRestore, type RestoreLockOptions } from '../restore/restore-lock';
import { sourcesOf, type SiteSource } from '../sources/source';
import { obstacles, type FoundCopy, type KeptPlace } from './kept-place';
import { openKeptPlace } from './open';
import type { KeptCopy, KeptReport, RemovalReport, UnknownPlace } from './reports';

export interface KeptOptions {
	/** Names of the only artefacts whose places are looked into. */
	artefacts?: readonly string[] | undefined;
}

export interface RemoveKeptOptions extends KeptOptions, RestoreLockOptions {
	/** How long a copy is kept at least, in days; in place of `restore.keepPreviousDays` of the site. */
	olderThanDays?: number | undefined;
	/** Also remove what may hold the only copy of what the patterns of its source leave out of the backups. */
	partlyBackedUp?: boolean | undefined;
	/** Say what would be removed; remove nothing. */
	dryRun?: boolean | undefined;
}

const dayMs = 24 * 60 * 60_000;

/**
 * What restores have kept of what was there before them, in the places of the site definition. What was restored to
 * another target is not seen. A place that cannot be looked into stands in the report.
 *
 * @throws BackupError `artefact_unknown`, `cancelled`
 */
export async function listKeptCopies(
	site: Site,
	context: BackupContext,
	options: KeptOptions = {},
): Promise<KeptReport> {
	const now = (context.now ?? (() => new Date()))();
	const copies: KeptCopy[] = [];
	const problems = await lookInto(chosenSources(site, options), site, context, async (source, place) => {
		const found = (await place.find()).map((copy) => withPatterns(copy, source));
		copies.push(...found.map((copy) => describe(copy, place, { site, source, now })));
	});
	copies.sort((a, b) => (a.since ?? '').localeCompare(b.since ?? ''));
	return { site: site.name, copies, problems };
}

/**
 * Removes what was kept for long enough. Only what carries a name that restores give is looked at; it stays as long as it is not
 * sure that what took its place is there. Holds the lock of the site in all destinations, so that no restore is at work.
 *
 * @throws BackupError `keeping_missing` when nobody says how long, `locked`, `artefact_unknown`, `cancelled`,
 *   `destination_…` when a lock cannot be taken
 */
export async function removeKeptCopies(
	site: Site,
	context: BackupContext,
	options: RemoveKeptOptions = {},
): Promise<RemovalReport> {
	const now = (context.now ?? (() => new Date()))();
	const started = performance.now();
	const olderThanDays = daysOf(site, options);
	const { dryRun = false, partlyBackedUp = false } = options;
	const sources = chosenSources(site, options);
	const copies: RemovalReport['copies'] = [];
	const work = async (): Promise<UnknownPlace[]> =>
		await lookInto(sources, site, context, async (source, place) => {
			for (const each of await place.find()) {
				const found = partlyBackedUp ? each : withPatterns(each, source);
				const copy = describe(found, place, { site, source, now });
				copies.push({ ...copy, ...(await decide(found, place, { now, olderThanDays, dryRun })) });
			}
		});
	const problems = dryRun ? await work() : await underLocks(site, context, options, work);
	const removed = copies.filter(({ action }) => action === 'removed');
	const freedBytes = removed.reduce((total, { sizeBytes = 0 }) => total + sizeBytes, 0);
	return {
		site: site.name,
		dryRun,
		status: statusOf(copies, problems),
		message: messageOf(copies, problems, { dryRun, freedBytes }),
		olderThanDays,
		durationMs: Math.round(performance.now() - started),
		freedBytes,
		copies,
		problems,
	};
}

function daysOf(site: Site, { olderThanDays = site.restore?.keepPreviousDays }: RemoveKeptOptions): number {
	if (olderThanDays !== undefined && Number.isInteger(olderThanDays) && olderThanDays >= 0)
		return olderThanDays;
	throw new BackupError(
		'keeping_missing',
		olderThanDays === undefined
			? `Nobody says how long the site "${site.name}" keeps what was there before a restore.`
			: `${olderThanDays} is no number of days.`,
		'Give it "restore": {"keepPreviousDays": 14}, or say so for this run in whole days. Nothing was removed.',
	);
}

/** @throws BackupError `artefact_unknown` */
function chosenSources(site: Site, { artefacts }: KeptOptions): SiteSource[] {
	const all = sourcesOf(site);
	const unknown = artefacts?.find((name) => !all.some(({ artefact }) => artefact === name));
	if (unknown !== undefined) {
		throw new BackupError(
			'artefact_unknown',
			`The site "${site.name}" defines no artefact "${unknown}".`,
			`It defines: ${all.map(({ artefact }) => artefact).join(', ')}.`,
		);
	}
	return all.filter(({ artefact }) => artefacts?.includes(artefact) !== false);
}

/** Opens the place of each source; resolves with those that could not be looked into. */
async function lookInto(
	sources: SiteSource[],
	site: Site,
	context: BackupContext,
	work: (source: SiteSource, place: KeptPlace) => Promise<void>,
): Promise<UnknownPlace[]> {
	const problems: UnknownPlace[] = [];
	for (const source of sources) {
		refuseCancelled(context.signal, 'looking for kept copies');
		let place: KeptPlace | undefined;
		try {
			place = await openKeptPlace(source, site, context);
			if (place) await work(source, place);
		} catch (thrown) {
			refuseCancelled(context.signal, 'looking for kept copies');
			problems.push({ artefact: source.artefact, problem: problemOf(thrown) });
		} finally {
			await place?.close().catch(() => {
				// What it leaves ends by itself.
			});
		}
	}
	return problems;
}

/** A restore replaces a tree as a whole: what patterns leave out of the backups is in what was kept of it alone. */
function withPatterns(found: FoundCopy, source: SiteSource): FoundCopy {
	if (source.kind !== 'directory' && source.kind !== 'volume') return found;
	const { include, exclude } = source.definition;
	if (found.obstacle !== undefined || include.length + exclude.length === 0) return found;
	return { ...found, obstacle: obstacles.partlyBackedUp };
}

function describe(
	{ name, restorePoint, since, sizeBytes, obstacle }: FoundCopy,
	{ label }: KeptPlace,
	{ site, source, now }: { site: Site; source: SiteSource; now: Date },
): KeptCopy {
	return {
		site: site.name,
		artefact: source.artefact,
		kind: source.kind,
		place: label,
		name,
		...(restorePoint !== undefined && { restorePoint }),
		...(since && {
			since: since.toISOString(),
			// Clocks are read one after the other: what has just been kept may lie ahead of ours.
			ageDays: Math.max(0, Math.floor((now.getTime() - since.getTime()) / dayMs)),
		}),
		...(sizeBytes !== undefined && { sizeBytes }),
		...(obstacle !== undefined && { obstacle }),
	};
}

type Decision = Pick<RemovalReport['copies'][number], 'action' | 'reason' | 'problem'>;

async function decide(
	found: FoundCopy,
	place: KeptPlace,
	{ now, olderThanDays, dryRun }: { now: Date; olderThanDays: number; dryRun: boolean },
): Promise<Decision> {
	const { since, obstacle } = found;
	if (!since) return { action: 'kept', reason: obstacle ?? 'It is not known since when it is kept.' };
	const limit = count(olderThanDays, 'day');
	if (now.getTime() - since.getTime() < olderThanDays * dayMs) {
		return { action: 'kept', reason: `It is kept for less than ${limit}.` };
	}
	if (obstacle !== undefined) return { action: 'kept', reason: obstacle };
	if (!dryRun) {
		try {
			await place.remove(found);
		} catch (thrown) {
			return { action: 'kept', reason: 'It could not be removed.', problem: problemOf(thrown) };
		}
	}
	return { action: 'removed', reason: `It was kept for ${limit} or longer.` };
}

/** Runs `work` while no restore or backup of the site is at work from or to any of its destinations. */
async function underLocks<T>(
	site: Site,
	context: BackupContext,
	options: RemoveKeptOptions,
	work: () => Promise<T>,
): Promise<T> {
	const definitions = chooseDestinations(site, undefined).toSorted((a, b) =>
		orderOf(a).localeCompare(orderOf(b)),
	);
	const opened: Destination[] = [];
	const locks: SiteLock[] = [];
	try {
		for (const definition of definitions) {
			const destination = await openDestination(definition, site.name, context);
			opened.push(destination);
			const lock = await lockForRestore(destination, site, context, options, 'pruning');
			if (lock) locks.push(lock);
		}
		return await work();
	} finally {
		for (const lock of locks.toReversed()) {
			await lock.release().catch(() => {
				// It shows no life any more, so the next run takes it over.
			});
		}
		for (const destination of opened) await destination.close();
	}
}

function statusOf(copies: RemovalReport['copies'], problems: UnknownPlace[]): RemovalReport['status'] {
	if (problems.length > 0 || copies.some(({ problem }) => problem)) return 'failed';
	return copies.some(isHeld) ? 'warning' : 'ok';
}

/** Whether it stays although it is old enough, or may be. */
function isHeld({ obstacle, reason }: RemovalReport['copies'][number]): boolean {
	return obstacle !== undefined && reason === obstacle;
}

function messageOf(
	copies: RemovalReport['copies'],
	problems: UnknownPlace[],
	{ dryRun, freedBytes }: { dryRun: boolean; freedBytes: number },
): string {
	const removed = copies.filter(({ action }) => action === 'removed').length;
	const isCounted = copies.every(({ action, sizeBytes }) => action === 'kept' || sizeBytes !== undefined);
	const size = removed === 0 ? '' : ` (${isCounted ? '' : 'more than '}${formatBytes(freedBytes)})`;
	const done = `${dryRun ? 'Would remove' : 'Removed'} ${removed} of ${copies.length} kept ${copies.length === 1 ? 'copy' : 'copies'}${size}.`;
	const failed = copies.flatMap(({ name, problem }) => (problem ? [`${name}: ${problem.message}`] : []));
	const held = copies.filter(isHeld).map(({ name, reason }) => `${name} stays: ${reason}`);
	const unknown = problems.map(({ artefact, problem }) => `Unknown for ${artefact}: ${problem.message}`);
	return [done, ...failed, ...held, ...unknown].join(' ');
}
