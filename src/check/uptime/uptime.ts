import type { StateStore } from '../../shared';
import { availabilityOf, emptyBucket, History, Outages, type Availability, type Outage } from '../history';
import { CheckMemory, type Memory } from '../sweep/memory';

/** What checks and sites were like over a stretch of time. Plain JSON. */
export interface UptimeReport {
	/** ISO 8601. */
	from: string;
	/** Not included; no later than now. */
	to: string;
	/** By site and name. */
	checks: CheckUptime[];
	sites: SiteUptime[];
	/** Those that took longest within the time, the longest first. */
	outages: OutageReport[];
	/** How many there were in all, as far as they are remembered. */
	outageCount: number;
}

export interface CheckUptime extends Availability {
	set: string;
	key: string;
	/** The key, for what is no longer checked. */
	name: string;
	site: string | null;
	/** Null for what is no longer checked. */
	type: string | null;
	outages: number;
}

export interface SiteUptime {
	site: string;
	/** Of its worst check that says whether the site works: one that is critical, and none of backups. Null: nothing is known. */
	uptimePercent: number | null;
	/** That check. */
	check: string | null;
}

export interface OutageReport {
	set: string;
	key: string;
	from: string;
	/** Null: it goes on. */
	to: string | null;
	/** Within the time of the report. */
	durationMs: number;
	message: string;
}

export interface UptimeOptions {
	/** In milliseconds since 1970; to the hour. */
	from: number;
	/** Not included. */
	to: number;
	now?: number | undefined;
	/** How many outages are listed; 10 unless given. */
	mostOutages?: number | undefined;
}

/**
 * What the checks of sets were like over a stretch of time of the last 400 days. Where it begins or ends within a day (UTC), that
 * day counts to the hour if it is one of the last three, or at the turn of a month of the last 100 days; else not at all.
 *
 * @throws StateError; CheckError `invalid_input` for what is no name of a set
 */
export async function getUptime(
	store: StateStore,
	sets: readonly string[],
	{ from, to, now = Date.now(), mostOutages = 10 }: UptimeOptions,
): Promise<UptimeReport> {
	const end = Math.min(to, now);
	const checks: CheckUptime[] = [];
	const outages: OutageReport[] = [];
	const worst = new Map<string, SiteUptime>();
	for (const set of sets) {
		const memory = await new CheckMemory(store, set).read();
		const found = await outagesIn(store, set, memory, { from, end });
		outages.push(...found);
		// The present hour counts as far as it has gone by.
		const buckets = await new History(store, set).over(from, to > now ? now + hourMs : to);
		// What has begun since then has nothing to tell.
		for (const key of new Set([...buckets.keys(), ...found.map((one) => one.key)])) {
			const about = memory.get(key)?.about;
			const availability = availabilityOf(buckets.get(key) ?? emptyBucket, Math.max(0, end - from));
			checks.push({
				...{ set, key, name: about?.name ?? key, site: about?.site ?? null, type: about?.type ?? null },
				...availability,
				outages: found.filter((one) => one.key === key).length,
			});
			if (about?.site && about.severity === 'critical' && about.type !== 'backup')
				noteSite(worst, about.site, about.name, availability.uptimePercent);
		}
	}
	const longestFirst = outages.sort((one, other) => other.durationMs - one.durationMs);
	return {
		from: new Date(from).toISOString(),
		to: new Date(end).toISOString(),
		checks: checks.sort(
			(one, other) => compare(one.site ?? '', other.site ?? '') || compare(one.name, other.name),
		),
		sites: [...worst.values()].sort((one, other) => compare(one.site, other.site)),
		outages: longestFirst.slice(0, mostOutages),
		outageCount: outages.length,
	};
}

const hourMs = 60 * 60_000;

const compare = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);

function noteSite(worst: Map<string, SiteUptime>, site: string, check: string, percent: number | null): void {
	const before = worst.get(site);
	if (percent === null) {
		if (!before) worst.set(site, { site, uptimePercent: null, check: null });
		return;
	}
	if (percent < (before?.uptimePercent ?? Infinity)) worst.set(site, { site, uptimePercent: percent, check });
}

type Occurred = Omit<Outage, 'to'> & { to: number | null };

async function outagesIn(
	store: StateStore,
	set: string,
	memory: Memory,
	{ from, end }: { from: number; end: number },
): Promise<OutageReport[]> {
	const over: Occurred[] = await new Outages(store, set).read();
	const goingOn = [...memory].flatMap(([key, { record, listed }]): Occurred[] =>
		record.condition === 'critical' && listed
			? [{ key, from: record.since, to: null, message: record.trouble }]
			: [],
	);
	return [...over, ...goingOn]
		.filter((outage) => outage.from < end && (outage.to ?? Infinity) > from)
		.map(({ key, message, ...outage }) => ({
			...{ set, key, message },
			from: new Date(outage.from).toISOString(),
			to: outage.to === null ? null : new Date(outage.to).toISOString(),
			durationMs: Math.min(outage.to ?? end, end) - Math.max(outage.from, from),
		}));
}
