import { conditionOf } from './condition';
import type { ReleaseReason } from './decision';
import type { Condition, Observation } from './observation';
import { longestWaitMs, type HealPolicy } from './policy';
import { newRecord, type HealRecord } from './record';
import { withoutAlerts } from './telling';

export interface Recalled {
	/** A copy that may be changed. */
	record: HealRecord;
	/** What was seen, with what the record knows of it. */
	seen: Observation;
	released: ReleaseReason | null;
	/** Restarts by the engine's own policy since the last look. */
	grown: number;
	/** The trouble of an earlier alert has ended. */
	resolved: boolean;
	/** For how long it was not well, once it is well again; else null. */
	downMs: number | null;
}

/** No attempt takes longer, whatever stands in a record. */
export const longestAttemptMs = 2 * 60 * 60_000;

/**
 * Brings what is known of a container up to date with what is seen of it: who has started it since, how often the
 * engine has, for how long it has run well, what may be forgotten.
 */
export function recall(
	known: HealRecord | undefined,
	found: Observation,
	{ now, policy, release }: { now: number; policy: HealPolicy; release: boolean },
): Recalled {
	const isSame = known?.id === found.id;
	const record = isSame ? withoutAbsurdTimes(known, now, policy) : newRecord(found);
	let released: ReleaseReason | null = null;
	let grown = 0;
	if (known && !isSame) {
		if (known.quarantinedAt !== null)
			released = known.imageId === found.imageId ? 'new_container' : 'new_image';
		const untold = withoutAlerts(known.untold);
		Object.assign(record, {
			...{ untold, open: known.open, releasedAt: known.open ? now : null },
			downSince: known.downSince,
		});
	}
	if (isSame && record.pending !== null) {
		// Nobody has seen how the attempt ended: the next start is its doing, and an end before that.
		const began = found.startedAt !== record.startedAt;
		if (!began) record.followed = null;
		if (found.state !== 'running' && !began) record.endedByUs = found.finishedAt;
		if (began) record.pending = null;
	} else if (isSame) {
		grown = Math.max(0, found.restartCount - record.restartCount);
		if (startedBySomebodyElse(record, found)) released = startOver(record, now, 'manual_start');
	}
	if (release && record.quarantinedAt !== null) released = startOver(record, now, 'by_hand');
	const seen = withWhoEndedIt(record, found);
	if (seen.finishedAt !== record.endedByUs || seen.state === 'running') record.endedByUs = null;
	record.endedByPerson = seen.state === 'exited' && seen.stoppedBy === 'person' ? seen.finishedAt : null;
	if (grown > 0) record.engineRestarts.push({ at: now, count: grown });
	record.engineRestarts = record.engineRestarts.filter(({ at }) => at > now - policy.windowMs).slice(-500);
	trackWellness(record, seen, now);
	trackTrouble(record, seen, now);
	Object.assign(record, {
		name: seen.name,
		imageId: seen.imageId,
		startedAt: seen.startedAt,
		restartCount: seen.restartCount,
	});
	const wellForMs = record.wellSince === null ? -1 : now - record.wellSince;
	if (wellForMs >= policy.resetAfterMs) {
		if (record.quarantinedAt !== null) released = 'recovered';
		forget(record, now, policy);
	}
	const resolved = isResolved(record, wellForMs, policy);
	const downMs =
		record.wellSince === null || record.downSince === null
			? null
			: Math.max(0, record.wellSince - record.downSince);
	if (downMs !== null && (resolved || !record.open) && wellForMs >= policy.settleMs) record.downSince = null;
	if (resolved)
		Object.assign(record, { open: false, releasedAt: null, untold: withoutAlerts(record.untold) });
	return { record, seen, released, grown, resolved, downMs };
}

/**
 * A clock that was set back or forth must lead neither to waits of years nor to more restarts: what lies in the future
 * counts as now, and no deadline is further away than the longest wait there is.
 */
function withoutAbsurdTimes(known: HealRecord, now: number, policy: HealPolicy): HealRecord {
	const { attempts, engineRestarts, nextAttemptAt, wellSince, downSince, quarantinedAt } = known;
	const { releasedAt, pending } = known;
	const past = (instant: number | null): number | null => (instant === null ? null : Math.min(instant, now));
	return {
		...known,
		told: [...known.told],
		attempts: attempts.map((at) => Math.min(at, now)),
		engineRestarts: engineRestarts.map(({ at, count }) => ({ at: Math.min(at, now), count })),
		nextAttemptAt: nextAttemptAt === null ? null : Math.min(nextAttemptAt, now + longestWaitMs(policy)),
		wellSince: past(wellSince),
		downSince: past(downSince),
		quarantinedAt: past(quarantinedAt),
		releasedAt: past(releasedAt),
		pending: pending && { ...pending, until: Math.min(pending.until, now + longestAttemptMs) },
	};
}

/**
 * The engine's own policy counts each of its restarts before it makes it, and a start by anybody else sets that count
 * to 0. So a start at which the count has not risen from 0, or has fallen, was somebody's.
 */
function startedBySomebodyElse(record: HealRecord, { startedAt, restartCount }: Observation): boolean {
	if (restartCount < record.restartCount) return true;
	return restartCount === 0 && startedAt !== null && startedAt !== record.startedAt;
}

/** @returns the reason when it was in quarantine */
function startOver(record: HealRecord, now: number, reason: ReleaseReason): ReleaseReason | null {
	const was = record.quarantinedAt;
	Object.assign(record, {
		attempts: [],
		engineRestarts: [],
		failures: 0,
		nextAttemptAt: null,
		wellSince: null,
		endedByUs: null,
		quarantinedAt: null,
		releasedAt: record.open ? now : null,
		told: [],
		untold: withoutAlerts(record.untold),
	});
	return was === null ? null : reason;
}

function withWhoEndedIt(record: HealRecord, found: Observation): Observation {
	const isOurs = found.finishedAt !== null && found.finishedAt === record.endedByUs;
	if (isOurs && found.stoppedBy !== 'crash') return { ...found, stoppedBy: 'healing' };
	const isPersons = found.finishedAt !== null && found.finishedAt === record.endedByPerson;
	return isPersons && found.stoppedBy === 'unknown' ? { ...found, stoppedBy: 'person' } : found;
}

function trackWellness(record: HealRecord, seen: Observation, now: number): void {
	const condition = conditionOf(seen);
	if (condition !== 'healthy' && condition !== 'unverified') record.wellSince = null;
	else if (condition === 'unverified') record.wellSince = now - (seen.ageMs ?? 0);
	else if (record.wellSince === null || record.startedAt !== seen.startedAt) record.wellSince = now;
}

const troubles: readonly Condition[] = [
	...(['unhealthy', 'failed', 'out_of_memory', 'crash_loop', 'cut_off'] as const),
	...(['stop_unknown', 'dead', 'restarting'] as const),
];

/** Since when it is not well: since its end as the engine remembers it, or since it was first seen so. */
function trackTrouble(record: HealRecord, seen: Observation, now: number): void {
	const condition = conditionOf(seen);
	if (troubles.includes(condition)) record.downSince ??= now - endedAgoMs(seen);
	else if (record.wellSince === null && condition !== 'starting') record.downSince = null;
}

/** By the engine's own clock; 0 while it runs, and where the engine does not know. */
function endedAgoMs({ state, startedAt, ageMs, finishedAt }: Observation): number {
	if (state === 'running' || startedAt === null || ageMs === null || finishedAt === null) return 0;
	return Math.max(0, startedAt + ageMs - finishedAt);
}

/** What it has run well for long enough after. Attempts within the window go on counting. */
function forget(record: HealRecord, now: number, policy: HealPolicy): void {
	Object.assign(record, {
		attempts: record.attempts.filter((at) => at > now - policy.windowMs),
		failures: 0,
		nextAttemptAt: null,
		quarantinedAt: null,
		told: [],
		untold: withoutAlerts(record.untold),
	});
}

function isResolved(record: HealRecord, wellForMs: number, policy: HealPolicy): boolean {
	if (!record.open || record.quarantinedAt !== null || wellForMs < 0) return false;
	return wellForMs >= (record.releasedAt === null ? policy.resetAfterMs : policy.settleMs);
}
