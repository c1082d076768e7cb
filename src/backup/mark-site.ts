import { setTimeout as sleep } from 'node:timers/promises';

import type { Destination as DestinationDefinition, Site } from '../shared';
import { chooseDestinations, placeOf, withDestination } from './choose-destinations';
import type { BackupContext } from './context';
import type { Destination } from './destinations/destination';
import { BackupError } from './errors';
import { manifestName } from './manifest';
import { problemOf, refuseCancelled } from './problem';
import { readRecord, recordFile, writeRecord } from './records';
import type { Problem } from './reports';
import { describeRestorePoint, idPattern, type RestorePoint } from './restore-points';

export interface MarkOptions {
	/** Id of the restore point. */
	restorePoint: string;
	/** Name of the only destination; without it every one that has the restore point. */
	destination?: string | undefined;
	/** Why, for those who come later. */
	reason?: string | undefined;
	/** Who says so. */
	by?: string | undefined;
}

export interface HoldOptions extends MarkOptions {
	reason: string;
	/** Until when it is held, ISO 8601; without it until it is released. */
	until?: string | undefined;
}

export interface MarkReport {
	site: string;
	id: string;
	/** Whether it was done in every destination that has the restore point and was asked. */
	ok: boolean;
	/** One sentence for people. */
	message: string;
	destinations: {
		name: string;
		place: string;
		/** `absent`: this destination has no such restore point. */
		status: 'done' | 'absent' | 'failed';
		problem?: Problem;
	}[];
}

type Marked = MarkReport['destinations'][number];
type Mark = (destination: Destination, point: RestorePoint, now: Date) => Promise<void>;

/**
 * Keeps a restore point from being removed by retention, whatever its rules say. No lock is needed, so that it can be
 * done while a backup runs.
 * @throws BackupError `set_not_found`, `destination_unknown`, `hold_failed` when what was given cannot be a hold
 */
export async function holdSite(
	site: Site,
	context: BackupContext,
	options: HoldOptions,
): Promise<MarkReport> {
	const until = untilOf(options.until, context);
	if (options.reason.trim() === '') {
		throw new BackupError('hold_failed', 'A hold needs a reason.', 'Say why the restore point is kept.');
	}
	return await markSite(site, context, options, 'Held', async (destination, { folder }, now) => {
		const fields = { reason: options.reason, by: options.by, ...(until !== undefined && { until }) };
		await writeRecord(destination, folder, 'hold', fields, now);
		await requireManifest(destination, folder);
	});
}

/**
 * Takes a hold back; nothing happens where there is none.
 * @throws BackupError `set_not_found`, `destination_unknown`
 */
export async function releaseSite(
	site: Site,
	context: BackupContext,
	options: MarkOptions,
): Promise<MarkReport> {
	return await markSite(site, context, options, 'Released', async (destination, { folder }) => {
		await destination.remove(`${folder}/${recordFile('hold')}`);
	});
}

/**
 * Says that a suspicious restore point is as it should be: it counts as good from then on, and later ones are compared
 * with it and no longer with those before it.
 * @throws BackupError `set_not_found`, `destination_unknown`
 */
export async function confirmSite(
	site: Site,
	context: BackupContext,
	options: MarkOptions,
): Promise<MarkReport> {
	return await markSite(site, context, options, 'Confirmed', async (destination, point, now) => {
		if (!point.manifest?.suspicious) throw notSuspicious(point);
		const { reason, by } = options;
		await writeRecord(
			destination,
			point.folder,
			'confirmed',
			{ by, ...(reason !== undefined && { reason }) },
			now,
		);
		await requireManifest(destination, point.folder);
	});
}

async function markSite(
	site: Site,
	context: BackupContext,
	{ restorePoint, destination }: MarkOptions,
	done: string,
	mark: Mark,
): Promise<MarkReport> {
	const destinations: Marked[] = [];
	for (const definition of chooseDestinations(site, destination)) {
		refuseCancelled(context.signal, 'change');
		destinations.push(await markIn(definition, site, context, restorePoint, mark));
	}
	const failed = destinations.filter(({ status }) => status === 'failed');
	const marked = destinations.filter(({ status }) => status === 'done');
	if (failed.length === 0 && marked.length === 0) {
		throw new BackupError(
			'set_not_found',
			`No destination of "${site.name}" holds the restore point "${restorePoint}".`,
			'Choose one that List shows, by its id.',
		);
	}
	const faults = failed.map(({ name, problem }) => `${name}: ${problem?.message ?? ''}`);
	const where = marked.map(({ name }) => `"${name}"`).join(', ');
	return {
		site: site.name,
		id: restorePoint,
		ok: failed.length === 0,
		message: [
			...(marked.length > 0 ? [`${done} ${restorePoint} in ${where}.`] : []),
			...(faults.length > 0 ? [`Not everywhere: ${faults.join(' ')}`] : []),
		].join(' '),
		destinations,
	};
}

async function markIn(
	definition: DestinationDefinition,
	site: Site,
	context: BackupContext,
	id: string,
	mark: Mark,
): Promise<Marked> {
	const marked: Marked = { name: definition.name, place: placeOf(definition), status: 'failed' };
	try {
		await withDestination(definition, site, context, async (destination) => {
			marked.place = destination.label;
			const point = await findById(destination, site.name, id);
			if (!point) marked.status = 'absent';
			else {
				await mark(destination, point, (context.now ?? (() => new Date()))());
				marked.status = 'done';
			}
		});
	} catch (thrown) {
		refuseCancelled(context.signal, 'change');
		marked.problem = problemOf(thrown);
	}
	return marked;
}

async function findById(
	destination: Destination,
	site: string,
	id: string,
): Promise<RestorePoint | undefined> {
	// It becomes part of a path.
	if (!idPattern.test(id)) return undefined;
	const point = await describeRestorePoint(destination, `${site}/${id}`, id);
	return point.state === 'unfinished' ? undefined : point;
}

const looks = 5;
const lookAgainMs = 300;

/**
 * Pruning looks for a hold once more after it has removed a manifest, and puts that back when it finds one; so a manifest
 * that is missing for longer was removed before the record was there.
 */
async function requireManifest(destination: Destination, folder: string): Promise<void> {
	for (let look = 1; look <= looks; look += 1) {
		if ((await destination.sizeBytes(`${folder}/${manifestName}`)) !== undefined) return;
		await sleep(lookAgainMs);
	}
	for (const kind of ['hold', 'confirmed'] as const) {
		if (await readRecord(destination, folder, kind))
			await destination.remove(`${folder}/${recordFile(kind)}`);
	}
	throw new BackupError(
		'hold_failed',
		`The restore point ${folder} was removed from ${destination.label} at the same time.`,
		'Choose another one that List shows.',
	);
}

function untilOf(until: string | undefined, { now = () => new Date() }: BackupContext): string | undefined {
	if (until === undefined) return undefined;
	const instant = new Date(until);
	if (!/^\d{4}-\d\d-\d\d/.test(until) || Number.isNaN(instant.getTime()) || instant <= now()) {
		throw new BackupError(
			'hold_failed',
			'The end of the hold is no date in the future.',
			'Write it as in 2027-01-31 or 2027-01-31T12:00:00Z, or leave it out: then it holds until it is released.',
		);
	}
	return instant.toISOString();
}

function notSuspicious({ folder }: RestorePoint): BackupError {
	return new BackupError(
		'not_suspicious',
		`The restore point ${folder} is not suspicious, so there is nothing to confirm.`,
		'List shows which ones are.',
	);
}
