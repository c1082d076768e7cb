import type { CheckType } from '../../shared';
import type { FoundLevel, Level } from '../alert';
import type { Held, Judged, Look } from './judge';
import type { TargetMemory } from './memory';
import type { JudgedTarget } from './targets';

/** What is known of one target after a run. All fields are always there. */
export interface CheckResult {
	/** Unique: the site and the name of the check, or its name alone. */
	key: string;
	name: string;
	site: string | null;
	/** `set`: it is said of all checks of the set together. */
	type: CheckType | 'set';
	/** What this look has found. */
	status: FoundLevel;
	/** What the thresholds make of all looks; null where nothing could be remembered. */
	condition: Level | null;
	/** Since when the condition holds, ISO 8601. */
	since: string | null;
	/** It goes up and down all the time. */
	flapping: boolean;
	/** A stable code; `ok` when all is well. */
	reason: string;
	message: string;
	/** In milliseconds; null when there was no answer. */
	latencyMs: number | null;
	/** How often the target was asked in this run; 0: it was not, or is still being looked at. */
	attempts: number;
	/** When the look was over, ISO 8601. */
	checkedAt: string | null;
	/** Why nobody is told just now. */
	held: Held | null;
	acknowledged: boolean;
	details: Record<string, unknown>;
}

export function resultOf({ target, look, record, held }: Judged): CheckResult {
	const { last, condition, since, flappingSince, acknowledged } = record;
	return {
		...seenOf(target, look),
		...{ status: last.level, reason: last.reason, message: last.message, held, condition },
		since: new Date(since).toISOString(),
		flapping: flappingSince !== null,
		acknowledged: acknowledged !== null,
	};
}

/** Where nothing can be remembered. */
export function resultWithoutMemory(target: JudgedTarget, look: Look): CheckResult {
	return seenOf(target, look);
}

/** Why a run has no result of a target. */
export type Unfinished = 'elsewhere' | 'running' | 'waiting' | 'no_time';

const unfinished: Record<Unfinished, { reason: string; message: string }> = {
	elsewhere: { reason: 'running', message: 'Another run is just looking at it.' },
	running: {
		reason: 'running',
		message: 'It is still being looked at. The next run tells what has come of it.',
	},
	waiting: { reason: 'waiting', message: 'What it depends on is still being looked at.' },
	no_time: {
		reason: 'no_time',
		message: 'There was no time for it in this run. The next one begins with it.',
	},
};

/** Where this run has found nothing that counts. @param kept what is remembered of it */
export function resultWithoutLook(target: JudgedTarget, why: Unfinished, kept?: TargetMemory): CheckResult {
	const result = { ...blank(target), ...unfinished[why] };
	if (kept === undefined || kept.record.last.reason === 'not_checked') return result;
	const { condition, since, flappingSince, acknowledged } = kept.record;
	return {
		...result,
		...{ condition, flapping: flappingSince !== null, acknowledged: acknowledged !== null },
		since: new Date(since).toISOString(),
	};
}

function seenOf(target: JudgedTarget, { finding, at, attempts }: Look): CheckResult {
	const { level, reason, message, latencyMs, details } = finding;
	return {
		...blank(target),
		...{ status: level, reason, message, latencyMs, details, attempts },
		checkedAt: new Date(at).toISOString(),
	};
}

function blank({ key, site, check }: JudgedTarget): CheckResult {
	return {
		// What people look for comes first in a table.
		...{ key, status: 'unknown', message: '', latencyMs: null, condition: null, since: null },
		...{ name: check.name, site, type: check.type, flapping: false },
		...{ reason: '', attempts: 0, checkedAt: null, held: null, acknowledged: false, details: {} },
	};
}
