import { compareLevels, type AlertPolicy, type AlertRecord, type FoundLevel, type Level } from '../alert';
import { inMaintenance } from './maintenance';
import type { Memory } from './memory';
import type { JudgedTarget } from './targets';

/** What is known of the targets that others depend on. */
export interface Family {
	/** With what this run has found of them so far. */
	memory: Memory;
	/** By their keys. */
	targets: ReadonlyMap<string, JudgedTarget>;
	/** In milliseconds since 1970. */
	now: number;
	/** Zone of maintenance windows that name none. */
	timeZone: string;
}

/** A parent that is told so soon is waited for: at most so many more looks, and so long. */
const soonLooks = 2;
const soonMs = 5 * 60_000;

/**
 * The parent because of which nobody is told of a target: one that fails, and that people are told of, as something at least
 * as bad. So one outage is one alert, and none is hidden by a parent that is silent itself, slow to be told or less bad.
 * What could not be found out says nothing of its own: any parent that fails explains it.
 *
 * @param level of the target
 * @returns its key
 */
export function holdingParent(
	{ parents }: JudgedTarget,
	level: Exclude<FoundLevel, 'ok'>,
	family: Family,
): string | undefined {
	return parents.find((key) => {
		const record = family.memory.get(key)?.record;
		if (record === undefined || !isFailing(record)) return false;
		return level === 'unknown' || standsFor(key, record, level, family);
	});
}

export const isWithoutParent = ({ last }: AlertRecord): boolean => last.reason === 'parent_failing';

/** By its last result too: the thresholds of a child may be reached before those of its parent. */
function isFailing(record: AlertRecord): boolean {
	const { last, condition } = record;
	const isBlind = isWithoutParent(record) || last.reason === 'engine_unreachable';
	return condition === 'critical' || last.found === 'critical' || isBlind;
}

function standsFor(key: string, record: AlertRecord, level: Exclude<Level, 'ok'>, family: Family): boolean {
	const { targets, now, timeZone } = family;
	const target = targets.get(key);
	if (target === undefined) return false;
	if (isWithoutParent(record)) return holdingParent(target, level, family) !== undefined;
	const isAsBad = (trouble: Level): boolean => compareLevels(trouble, level) >= 0;
	const { condition, flappingSince, silenced } = record;
	const { severity } = target.check;
	if (isAsBad(toldLevel(record, severity))) return true;
	const isSilenced = silenced !== null && (silenced.until === null || silenced.until > now);
	if (isSilenced || inMaintenance(target, now, timeZone)) return false;
	const present = flappingSince === null ? condition : severity;
	return isAsBad(present) || isSoonTold(record, target.policy, level, now);
}

/** How bad what people were told is, of what still lasts. */
function toldLevel({ told, condition, since, flappingSince }: AlertRecord, severity: Level): Level {
	if (told.condition === 'flapping') return flappingSince === null ? 'ok' : severity;
	if (told.condition === 'unknown' || condition === 'ok' || told.since < since) return 'ok';
	return told.condition;
}

function isSoonTold(
	{ bad, recent }: AlertRecord,
	{ failures, outOf, forMs }: AlertPolicy,
	level: Level,
	now: number,
): boolean {
	if (outOf !== null) {
		const count = recent.slice(-outOf).filter((one) => compareLevels(one.level, level) >= 0).length;
		return failures - count <= soonLooks;
	}
	const run = level === 'critical' ? bad.critical : bad.warning;
	return run !== null && failures - run.count <= soonLooks && forMs - (now - run.since) <= soonMs;
}
