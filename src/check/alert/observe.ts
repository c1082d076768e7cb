import { shorten } from '../../shared';
import { flappingSince, withTrouble } from './flapping';
import { compareLevels, worst, type FoundLevel, type Level } from './level';
import type { AlertPolicy } from './policy';
import type { AlertRecord, Run } from './record';
import { longestPause, usualSpacing } from './spacing';

/** What one check has found. */
export interface Observation {
	/** In milliseconds since 1970. */
	at: number;
	level: FoundLevel;
	/** Before it was lowered to the severity of the check; as `level` unless given. */
	found?: FoundLevel | undefined;
	/** A stable code. */
	reason: string;
	message: string;
	/** Of a trouble that goes on in stages, such as a certificate that has ever fewer days: each is told once. */
	stage?: number | undefined;
	/** Codes of all that is wrong, where that can be several things: each new one is told. */
	aspects?: readonly string[] | undefined;
}

/** More than any rule looks back. */
const keptResults = 50;
const mostAspects = 40;

/**
 * What is known of a target after one more result. Pure; nothing is told here, see `nextNotice`.
 *
 * Results in a row decide: `failures` of at least a level, held for `forMs`, raise the condition to that level, and
 * `recoveries` better ones lower it to the worst among them. A result that says nothing neither raises nor lowers it. Time
 * in which nobody has looked counts for no duration.
 */
export function observe(before: AlertRecord, seen: Observation, policy: AlertPolicy): AlertRecord {
	const { at, level, found = level } = seen;
	const message = shorten(seen.message, 500);
	const last = { at, level, found, reason: shorten(seen.reason, 500), message };
	const trouble = level === 'ok' ? before.trouble : message;
	const isPause = at - before.last.at > longestPause(usualSpacing(before.recent.map((one) => one.at)));
	const next = (run: Run | null): Run => longer(isPause && run !== null ? { ...run, since: at } : run, at);
	if (level === 'unknown') {
		// What starts in the time that it may take is as it should be, though it is not known yet how it will be.
		const isExpected = seen.reason === 'starting';
		const blind = isExpected ? before.blind : next(before.blind);
		return withoutSight({ ...before, last, trouble, blind }, at, policy);
	}
	const recent = [...before.recent, { at, level }].slice(-keptResults);
	const stage = level === 'ok' ? 0 : (seen.stage ?? 0);
	const aspects = level === 'ok' ? [] : [...new Set(seen.aspects)].slice(0, mostAspects);
	const after: AlertRecord = {
		...before,
		last,
		trouble,
		recent,
		stage,
		aspects,
		told: stillThere(before, stage, aspects),
		blind: null,
		sighted: before.sighted + 1,
		bad: {
			warning: compareLevels(level, 'warning') >= 0 ? next(before.bad.warning) : null,
			critical: level === 'critical' ? next(before.bad.critical) : null,
		},
		better: compareLevels(level, before.condition) < 0 ? betterRun(before.better, at, level) : null,
	};
	const known = { ...after, flappingSince: flappingSince(after, at, policy) };
	const settled = settle(known, at, policy);
	return steadied(before, { ...settled, flappingSince: flappingSince(settled, at, policy) }, policy);
}

/**
 * What people were told, as far as it is still so: what has gone for two results is told anew when it comes again, though
 * something else goes on being wrong all the time.
 */
function stillThere(
	{ told, stage: stageBefore, aspects: aspectsBefore }: AlertRecord,
	stage: number,
	aspects: readonly string[],
): AlertRecord['told'] {
	return {
		...told,
		stage: Math.min(told.stage, Math.max(stageBefore, stage)),
		aspects: told.aspects.filter((one) => aspects.includes(one) || aspectsBefore.includes(one)),
	};
}

/** Ends what is no condition of its own: that it cannot be looked at, and that it goes up and down. */
function steadied(before: AlertRecord, after: AlertRecord, { recoveries }: AlertPolicy): AlertRecord {
	const { condition, recent, sighted, bad } = after;
	// What is seen again and fails is about to be told as failing.
	const sees =
		after.blindSince !== null && sighted >= recoveries && (bad.warning === null || condition !== 'ok');
	const isSteady = before.flappingSince !== null && after.flappingSince === null;
	if (!sees && !isSteady) return after;
	// It has been well since then, and not since before it could not be looked at.
	const firstWell = recent[recent.findLastIndex(({ level }) => level !== 'ok') + 1];
	const firstSeen = recent.at(-sighted);
	const since = Math.max(
		after.since,
		(sees ? firstSeen : undefined)?.at ?? 0,
		(isSteady ? firstWell : undefined)?.at ?? 0,
	);
	return {
		...after,
		since: condition === 'ok' ? since : after.since,
		blindSince: sees ? null : after.blindSince,
		// What somebody has taken care of is over.
		acknowledged: condition === 'ok' ? null : after.acknowledged,
	};
}

function settle(record: AlertRecord, at: number, policy: AlertPolicy): AlertRecord {
	const { condition, better } = record;
	const raised = (['critical', 'warning'] as const).find((level) => reached(record, level, at, policy));
	if (raised !== undefined && compareLevels(raised, condition) > 0) {
		const isNew = condition === 'ok';
		return {
			...record,
			condition: raised,
			since: isNew ? beginningOf(record, policy) : record.since,
			worst: isNew ? raised : worst([record.worst, raised]),
			better: null,
			raised: isNew ? withTrouble(record.raised, at) : record.raised,
			// Somebody has said so of what it was before.
			acknowledged: null,
		};
	}
	// What goes up and down is not over with a few good results.
	if (better === null || better.count < policy.recoveries || record.flappingSince !== null) return record;
	const floor = worst([better.worst, ...(raised === undefined ? [] : [raised])]);
	if (compareLevels(floor, condition) >= 0) return record;
	if (floor !== 'ok') return { ...record, condition: floor, better: null };
	return {
		...record,
		condition: 'ok',
		since: better.since,
		better: null,
		blindSince: null,
		acknowledged: null,
	};
}

/** Whether the results are bad enough for a level. */
function reached(record: AlertRecord, level: Level, at: number, policy: AlertPolicy): boolean {
	const { failures, outOf, forMs } = policy;
	if (outOf !== null) return badAmong(record, level, outOf).length >= failures;
	const run = level === 'critical' ? record.bad.critical : record.bad.warning;
	return run !== null && run.count >= failures && at - run.since >= forMs;
}

function badAmong({ recent }: AlertRecord, level: Level, outOf: number): AlertRecord['recent'] {
	return recent.slice(-outOf).filter((result) => compareLevels(result.level, level) >= 0);
}

/** The first bad result of those that have raised it. */
function beginningOf(record: AlertRecord, { outOf }: AlertPolicy): number {
	const first = outOf === null ? record.bad.warning : undefined;
	return first?.since ?? badAmong(record, 'warning', outOf ?? 1)[0]?.at ?? record.last.at;
}

function withoutSight(record: AlertRecord, at: number, policy: AlertPolicy): AlertRecord {
	const { blind } = record;
	const isLong =
		blind !== null && blind.count >= (policy.unknowns ?? policy.failures) && at - blind.since >= policy.forMs;
	return { ...record, sighted: 0, blindSince: record.blindSince ?? (isLong ? blind.since : null) };
}

function betterRun(run: AlertRecord['better'], at: number, level: Level): AlertRecord['better'] {
	return { ...longer(run, at), worst: worst([run?.worst ?? 'ok', level]) };
}

/** The clock may have been set back: nothing has begun after it was seen. */
function longer(run: Run | null, at: number): Run {
	return run === null ? { count: 1, since: at } : { count: run.count + 1, since: Math.min(run.since, at) };
}
