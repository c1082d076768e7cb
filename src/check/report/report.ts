import { setImmediate as nextTurn } from 'node:timers/promises';

import type { StateStore } from '../../shared';
import { usualSpacing, type FoundLevel, type Level } from '../alert';
import {
	availabilityOf,
	emptyBucket,
	History,
	total,
	type Availability,
	type Bucket,
	type Period,
} from '../history';
import { CheckMemory, type TargetMemory } from '../sweep/memory';

/** What is known of all checks of a set, or of several. Plain JSON. */
export interface Report {
	/** Its name, or their names. */
	set: string;
	/** ISO 8601. */
	generatedAt: string;
	/** The worst condition of what is listed; `unknown` when nothing was ever checked, or nothing for a while. */
	status: FoundLevel;
	/** Of what is listed. */
	counts: Record<FoundLevel, number>;
	/** When the last check was made; null: never. */
	checkedAt: string | null;
	/** That is longer ago than the time after which a report is out of date. */
	outdated: boolean;
	/** The stretch of time of `days`, in days. */
	days: number;
	/** Names of sets of which nothing is known. */
	missing: string[];
	checks: CheckReport[];
}

export interface CheckReport {
	set: string;
	key: string;
	name: string;
	site: string | null;
	type: string;
	/** Whether it is still among the checks; what is not any more is shown for a day, last, and counts for nothing. */
	listed: boolean;
	/** What the thresholds make of the results; `unknown` when it cannot be looked at, or was not for a while. */
	status: FoundLevel;
	/** Since when the condition holds. */
	since: string;
	/** A trouble has begun that has not reached its threshold yet. */
	pending: boolean;
	flapping: boolean;
	reason: string;
	message: string;
	latencyMs: number | null;
	/** Of checks of certificates, by the last look that could read one. */
	certificate: { issuer: string; expiresAt: string | null } | null;
	checkedAt: string;
	/** Without another look it is not known any more after that. */
	validUntil: string;
	acknowledged: Said | null;
	silenced: Said | null;
	last24Hours: Availability;
	/** Of all the days of the report. */
	period: Availability;
	/** The last 24 hours, oldest first. */
	hours: Slice[];
	/** UTC days, oldest first, the present one last. */
	daily: Slice[];
}

export interface Said {
	by: string;
	note: string;
	until: string | null;
}

/** An hour or a day. */
export interface Slice extends Availability {
	/** Its beginning, ISO 8601. */
	start: string;
}

export interface ReportOptions {
	/** In milliseconds since 1970. */
	now?: number | undefined;
	/** How many days back; 30 unless given, at most 400. */
	days?: number | undefined;
	/**
	 * After so long without a check nothing is known any more. Unless given, two and a half times as long as there usually is
	 * between two looks at it, and 15 minutes at the least.
	 */
	outdatedAfterMs?: number | undefined;
}

const hour = 60 * 60_000;
const day = 24 * hour;

/**
 * Reads what is known of all checks of a set; troubles first.
 *
 * @throws StateError
 */
export async function getReport(
	store: StateStore,
	set: string,
	options: ReportOptions = {},
): Promise<Report> {
	const { now = Date.now(), days = 30, outdatedAfterMs } = options;
	const memory = await new CheckMemory(store, set).read();
	const history = new History(store, set);
	const firstHour = Math.floor(now / hour) * hour - 23 * hour;
	const firstDay = Math.floor(now / day) * day - (days - 1) * day;
	const hours = await history.read('hour', firstHour, now + 1);
	const daily = await history.read('day', firstDay, now + 1);
	const checks: CheckReport[] = [];
	for (const [key, kept] of memory) {
		// With many checks this takes long, and the same process answers everybody else.
		await nextTurn();
		checks.push({
			set,
			...present(key, kept, validUntil(kept, outdatedAfterMs), now),
			last24Hours: availabilityOf(sum(hours, key), now - firstHour),
			period: availabilityOf(sum(daily, key), now - firstDay),
			hours: slices(hours, key, firstHour, now, hour),
			daily: slices(daily, key, firstDay, now, day),
		});
	}
	checks.sort((one, other) => rank(one) - rank(other) || (one.key < other.key ? -1 : 1));
	const counts = { ok: 0, warning: 0, critical: 0, unknown: 0 };
	for (const { status, listed } of checks) if (listed) counts[status] += 1;
	const lastAt = Math.max(...[...memory.values()].map(({ record }) => record.last.at));
	const worstFirst: FoundLevel[] = ['critical', 'unknown', 'warning', 'ok'];
	return {
		set,
		generatedAt: new Date(now).toISOString(),
		status: worstFirst.find((level) => counts[level] > 0) ?? 'unknown',
		counts,
		checkedAt: memory.size === 0 ? null : new Date(lastAt).toISOString(),
		outdated: checks.every((check) => now > Date.parse(check.validUntil)),
		days,
		missing: memory.size === 0 ? [set] : [],
		checks,
	};
}

type Present = Omit<CheckReport, 'set' | 'last24Hours' | 'period' | 'hours' | 'daily'>;

const shortestValidityMs = 15 * 60_000;
/** Of a certificate, as long as nobody knows how often it is looked at: once a day is usual. */
const certificateValidityMs = 36 * hour;

/** In milliseconds since 1970. */
function validUntil(
	{ about, record: { last, recent } }: TargetMemory,
	outdatedAfterMs: number | undefined,
): number {
	const usual = Math.ceil(2.5 * usualSpacing(recent.map(({ at }) => at)));
	const isDaily = about.type === 'certificate' && recent.length < 2;
	const least = isDaily ? certificateValidityMs : shortestValidityMs;
	return last.at + (outdatedAfterMs ?? Math.max(least, usual));
}

function present(key: string, kept: TargetMemory, validUntilMs: number, now: number): Present {
	const { about, record, latencyMs, certificates, listed } = kept;
	const [certificate] = certificates;
	const isOutdated = now > validUntilMs || !listed;
	const { last, condition, since, flappingSince, acknowledged, silenced } = record;
	const { name, site, type } = about;
	const isBlind = last.level === 'unknown' && condition === 'ok';
	const said = (word: typeof acknowledged): Said | null =>
		word && { by: word.by, note: word.note, until: word.until === null ? null : isoOf(word.until) };
	return {
		...{ key, name, site, type, listed },
		status: isOutdated || isBlind ? 'unknown' : condition,
		since: isoOf(since),
		pending: condition === 'ok' && isBad(last.level),
		flapping: flappingSince !== null,
		...(isOutdated ? outdatedBecause(last.message, listed) : { reason: last.reason, message: last.message }),
		latencyMs,
		certificate:
			certificate === undefined
				? null
				: {
						issuer: certificate.issuer,
						expiresAt: certificate.expiresAt === null ? null : isoOf(certificate.expiresAt),
					},
		checkedAt: isoOf(last.at),
		validUntil: isoOf(validUntilMs),
		acknowledged: said(acknowledged),
		silenced: said(silenced),
	};
}

function outdatedBecause(message: string, isListed: boolean): { reason: string; message: string } {
	if (!isListed) return { reason: 'not_listed', message: 'It is no longer checked.' };
	return { reason: 'outdated', message: `It was not checked since then. ${message}` };
}

const isoOf = (at: number): string => new Date(at).toISOString();
const isBad = (level: FoundLevel): level is Exclude<Level, 'ok'> =>
	level === 'warning' || level === 'critical';
const rank = ({ status, listed }: CheckReport): number =>
	listed ? ['critical', 'unknown', 'warning', 'ok'].indexOf(status) : 4;

function sum(periods: readonly Period[], key: string): Bucket {
	return (
		total(periods.map(({ start, buckets }) => ({ start, buckets: one(buckets, key) }))).get(key) ??
		emptyBucket
	);
}

function one(buckets: ReadonlyMap<string, Bucket>, key: string): ReadonlyMap<string, Bucket> {
	const bucket = buckets.get(key);
	return new Map(bucket ? [[key, bucket]] : []);
}

function slices(periods: readonly Period[], key: string, from: number, now: number, unitMs: number): Slice[] {
	const known = new Map(periods.map(({ start, buckets }) => [start, buckets.get(key)]));
	const all: Slice[] = [];
	for (let start = from; start <= now; start += unitMs) {
		const length = Math.min(unitMs, now - start);
		all.push({ start: isoOf(start), ...availabilityOf(known.get(start) ?? emptyBucket, length) });
	}
	return all;
}
