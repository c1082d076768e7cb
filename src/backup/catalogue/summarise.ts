import { count, type Site } from '../../shared';
import type { Problem } from '../reports';
import type { RestorePointRecord } from '../records';
import { hours, isFuture } from './clock';
import { storedBytesOf } from './describe';
import type { CatalogueEntry, GenerationState } from './entries';
import { checkExpectation, type ExpectationState } from './expectation';

export interface StatusReport {
	site: string;
	/** `failed`: somewhere there is no good restore point, or it is unknown. `warning`: something is to be looked at. */
	status: 'ok' | 'warning' | 'failed';
	/** One sentence for each destination. */
	message: string;
	checkedAt: string;
	/** Whether any destination has missed a backup. */
	missed: boolean;
	destinations: DestinationStatus[];
}

export interface DestinationStatus extends Partial<DestinationFigures> {
	name: string;
	place: string;
	/** `unknown`: it cannot be read. */
	status: 'ok' | 'warning' | 'failed' | 'unknown';
	message: string;
	findings: StatusFinding[];
	freeBytes?: number;
	problem?: Problem;
}

interface DestinationFigures {
	newestGood: PointFigures;
	newestVerified: PointFigures & { verifiedAt: string; verifiedHoursAgo: number };
	lastDrill: DrillFigures;
	/** The last one that proved everything; its restore point may be gone. */
	lastGoodDrill: DrillFigures;
	/** How many restore points there are of each kind. */
	counts: Record<GenerationState | 'held' | 'future', number>;
	/** Of all artefacts. */
	storedBytes: number;
	/** Only when the site says when backups are expected. */
	expected: ExpectationState;
}

interface DrillFigures {
	/** Of the restore point. */
	id: string;
	at: string;
	hoursAgo: number;
	outcome: DrillRecord['outcome'];
	durationMs: number;
}

type DrillRecord = RestorePointRecord<'drill'>;

interface PointFigures {
	id: string;
	startedAt: string;
	/** Since its run began. */
	ageHours: number;
	storedBytes: number;
}

export interface StatusFinding {
	code: 'none_good' | 'missed' | 'newest_not_good' | 'damaged' | 'future' | 'drill_overdue';
	message: string;
}

/**
 * What the restore points of one destination amount to.
 * @param entries oldest first
 * @param keptDrill the last good drill, where it outlived its restore point
 */
export function summarise(
	entries: readonly CatalogueEntry[],
	site: Site,
	now: Date,
	keptDrill?: DrillRecord,
): Omit<DestinationStatus, 'name' | 'place'> {
	const nowMs = now.getTime();
	const past = entries.filter((entry) => !isFuture(entry, nowMs) && entry.generation !== 'foreign');
	const good = past.filter(({ generation }) => generation === 'good');
	const newest = good.at(-1);
	const verified = good.findLast((entry) => entry.verified?.outcome === 'proved');
	const drills = [...(keptDrill ? [keptDrill] : []), ...entries.flatMap(({ drill }) => drill ?? [])].sort(
		(a, b) => Date.parse(a.at) - Date.parse(b.at),
	);
	const lastGoodDrill = drills.findLast(({ outcome }) => outcome === 'proved');
	const expected = site.expect && checkExpectation(site.expect, newest?.startedAtMs, now);
	const findings = findingsOf(entries, past, newest, expected, now);
	const isNone = newest === undefined;
	const status = isNone ? 'failed' : findings.length > 0 ? 'warning' : 'ok';
	const lastDrill = drills.at(-1);
	return {
		status,
		message: messageOf(newest, verified, findings, nowMs),
		findings,
		...(newest && { newestGood: figuresOf(newest, nowMs) }),
		...(verified?.verified && {
			newestVerified: {
				...figuresOf(verified, nowMs),
				verifiedAt: verified.verified.at,
				verifiedHoursAgo: hours(nowMs - Date.parse(verified.verified.at)),
			},
		}),
		...(lastDrill && { lastDrill: drillFigures(lastDrill, nowMs) }),
		...(lastGoodDrill && { lastGoodDrill: drillFigures(lastGoodDrill, nowMs) }),
		counts: countsOf(entries, nowMs),
		storedBytes: entries.reduce((total, entry) => total + storedBytesOf(entry), 0),
		...(expected && { expected }),
	};
}

function findingsOf(
	entries: readonly CatalogueEntry[],
	past: readonly CatalogueEntry[],
	newestGood: CatalogueEntry | undefined,
	expected: ExpectationState | undefined,
	now: Date,
): StatusFinding[] {
	const findings: StatusFinding[] = [];
	if (!newestGood) findings.push({ code: 'none_good', message: 'There is no good restore point.' });
	if (expected?.missed) {
		findings.push({
			code: 'missed',
			message: `The backup that was due at ${expected.dueAt} is missing, ${expected.overdueHours} hours beyond its grace.`,
		});
	}
	const newest = past.at(-1);
	if (newest && newest.generation !== 'good') {
		findings.push({
			code: 'newest_not_good',
			message: `The newest restore point, ${newest.id}, is ${newest.generation}.`,
		});
	}
	const damaged = past.filter(({ generation }) => generation === 'damaged');
	if (damaged.length > 0) {
		findings.push({
			code: 'damaged',
			message: `A verification found damage in ${damaged.map(({ id }) => id).join(', ')}.`,
		});
	}
	const future = entries.filter((entry) => isFuture(entry, now.getTime()));
	if (future.length > 0) {
		findings.push({
			code: 'future',
			message: `${count(future.length, 'restore point')} dated in the future: ${future.map(({ id }) => id).join(', ')}. Check the clocks.`,
		});
	}
	return findings;
}

function messageOf(
	newest: CatalogueEntry | undefined,
	verified: CatalogueEntry | undefined,
	findings: StatusFinding[],
	nowMs: number,
): string {
	const parts = findings.map(({ message }) => message);
	if (newest) {
		parts.unshift(`The newest good restore point is ${age(newest, nowMs)} old.`);
		parts.push(
			verified
				? `The newest verified one is ${age(verified, nowMs)} old.`
				: 'None of the good ones has been verified yet.',
		);
	}
	return parts.join(' ');
}

/** `3.5 hours`, `12 days` */
function age({ startedAtMs }: CatalogueEntry, nowMs: number): string {
	const ageHours = Math.max(0, nowMs - startedAtMs) / 3_600_000;
	return ageHours < 48 ? count(Number(ageHours.toFixed(1)), 'hour') : count(Math.floor(ageHours / 24), 'day');
}

const drillFigures = (
	{ restorePoint, at, outcome, durationMs }: DrillRecord,
	nowMs: number,
): DrillFigures => ({
	id: restorePoint,
	at,
	hoursAgo: hours(nowMs - Date.parse(at)),
	outcome,
	durationMs,
});

function figuresOf(entry: CatalogueEntry, nowMs: number): PointFigures {
	return {
		id: entry.id,
		startedAt: new Date(entry.startedAtMs).toISOString(),
		ageHours: hours(nowMs - entry.startedAtMs),
		storedBytes: storedBytesOf(entry),
	};
}

function countsOf(entries: readonly CatalogueEntry[], nowMs: number): DestinationFigures['counts'] {
	const counts: DestinationFigures['counts'] = {
		good: 0,
		suspicious: 0,
		damaged: 0,
		partial: 0,
		unfinished: 0,
		unusable: 0,
		foreign: 0,
		held: 0,
		future: 0,
	};
	for (const entry of entries) {
		counts[entry.generation] += 1;
		if (entry.hold) counts.held += 1;
		if (isFuture(entry, nowMs)) counts.future += 1;
	}
	return counts;
}
