import {
	answerNotice,
	groupNotice,
	nextNotice,
	observe,
	type AlertRecord,
	type FoundLevel,
	type Level,
	type Notice,
} from '../alert';
import type { Outage } from '../history';
import type { Finding } from '../probes/probe';
import { rememberCertificate } from './certificates';
import { inMaintenance } from './maintenance';
import { remembered, type Memory } from './memory';
import { holdingParent, isWithoutParent, type Family } from './parents';
import type { JudgedTarget } from './targets';

/** What one look at a target was. */
export interface Look {
	finding: Finding;
	/** When it was over, in milliseconds since 1970. */
	at: number;
	/** How often the target was asked. */
	attempts: number;
}

/** Why nobody is told of a target just now. */
export type Held = 'parent' | 'maintenance' | 'silenced';

/** What is to be told of a target. */
export interface Noticed {
	target: JudgedTarget;
	record: AlertRecord;
	notice: Notice | null;
}

/** What has become of a target with one look. */
export interface Judged extends Noticed {
	look: Look;
	/** The look before; undefined for the first one. */
	previous: { at: number; level: FoundLevel; isMaintenance: boolean } | undefined;
	held: Held | null;
	/** What is over with this look, unless that was in a maintenance window. */
	outage: Outage | null;
}

export interface JudgeOptions {
	/** In milliseconds since 1970. */
	now: number;
	/** Zone of maintenance windows that name none. */
	timeZone: string;
	newId: () => string;
	/** What the messages of single targets and of many at once are known by. */
	set: string;
	/** More new troubles than this are told in one message. */
	groupAbove: number;
	/** The run that has looked; what another run has claimed meanwhile is left to that one. Undefined: nothing was claimed. */
	run?: string | undefined;
	/** Who makes the checks. */
	user?: string | undefined;
	/** A notice counts as told as soon as it is handed out. */
	countAsTold?: boolean | undefined;
	/** What was found counts, and nothing is handed out now: the next run does that. */
	isSilent?: boolean | undefined;
}

export interface Judgement {
	/** One for each look that counts. */
	judged: Judged[];
	/** All that is to be told now; of targets too that were judged after the run that has looked had ended. */
	noticed: Noticed[];
	/** Keys of targets whose look does not count yet: what they depend on is being looked at still. */
	waiting: Set<string>;
}

/**
 * Judges what a run has found with what is remembered. Pure.
 *
 * What others depend on comes first: while it is still being looked at, nothing bad is said of what depends on it.
 *
 * @param targets parents first; those without a look are still being looked at, or were not looked at
 */
export function judgeAll(
	memory: Memory,
	targets: readonly JudgedTarget[],
	looks: ReadonlyMap<string, Look>,
	options: JudgeOptions,
): { memory: Memory; result: Judgement } {
	const after = new Map(memory);
	const judged: Judged[] = [];
	const others: Noticed[] = [];
	const open = new Set<string>();
	const waiting = new Set<string>();
	const { now, timeZone } = options;
	const family = { memory: after, targets: new Map(targets.map((one) => [one.key, one])), now, timeZone };
	for (const target of targets) {
		const { key } = target;
		const kept = remembered(memory, target, options.now);
		const isOwn = options.run === undefined || kept.busy?.run === options.run;
		const look = isOwn ? looks.get(key) : undefined;
		const mustWait = target.parents.some((parent) => open.has(parent));
		if (look === undefined || (mustWait && look.finding.level !== 'ok')) {
			if (look !== undefined) waiting.add(key);
			if (kept.busy !== null || mustWait) open.add(key);
			if (memory.has(key)) others.push(noticeOf(target, kept.record, family, options));
			continue;
		}
		const found = judgeOne(target, kept.record, look, family, options);
		judged.push(found);
		const { latencyMs, certificate: seen } = look.finding;
		const certificates = rememberCertificate(kept.certificates, seen, look.at);
		const { record } = found;
		after.set(key, { ...kept, record, latencyMs, certificates, user: options.user ?? '', busy: null });
	}
	const grouped = inGroups<Judged | Noticed>([...judged, ...others], options);
	for (const { target, record } of grouped) {
		const kept = after.get(target.key);
		if (kept)
			after.set(target.key, { ...kept, record: options.countAsTold ? asTold(record, options.now) : record });
	}
	const noticed = grouped.filter(({ notice }) => notice !== null);
	return { memory: after, result: { judged: grouped.filter(isJudged), noticed, waiting } };
}

const isJudged = (one: Judged | Noticed): one is Judged => 'look' in one;

/** Where what is handed out counts as told. */
export function asTold(record: AlertRecord, now: number): AlertRecord {
	const { offered } = record;
	return offered === null ? record : answerNotice(record, offered.id, 'everybody', now);
}

function judgeOne(
	target: JudgedTarget,
	before: AlertRecord,
	look: Look,
	family: Family,
	options: JudgeOptions,
): Judged {
	const { now, timeZone } = options;
	const { policy, check } = target;
	const { at, finding } = look;
	const level = lowered(finding.level, check.severity);
	const parent = level === 'ok' ? undefined : holdingParent(target, level, family);
	const seen = { ...finding, at, level, found: finding.level };
	const record =
		parent === undefined
			? observe(before, seen, policy)
			: {
					...before,
					// Nobody is told of it, and the history shall say all the same that it was down.
					last: { at, level: 'unknown' as const, found: finding.level, ...withoutParent(parent) },
				};
	const isInMaintenance = inMaintenance(target, now, timeZone);
	const next = handOut(record, target, parent !== undefined || isInMaintenance, options);
	const isSilenced = next.record.silenced !== null;
	const held =
		parent !== undefined ? 'parent' : isInMaintenance ? 'maintenance' : isSilenced ? 'silenced' : null;
	const previous = before.last.reason === 'not_checked' ? undefined : before.last;
	return {
		...{ target, look, record: next.record, held, notice: next.notice },
		previous: previous && {
			...{ at: previous.at, level: previous.found },
			isMaintenance: inMaintenance(target, previous.at, timeZone),
		},
		outage: outageOf(target, before, record, timeZone),
	};
}

function outageOf(
	target: JudgedTarget,
	before: AlertRecord,
	{ condition, since, last }: AlertRecord,
	timeZone: string,
): Outage | null {
	if (before.condition !== 'critical' || condition === 'critical') return null;
	const from = before.since;
	// What is better and not well holds on since before.
	const to = Math.max(from, condition === 'ok' ? since : last.at);
	if (inMaintenance(target, from, timeZone) && inMaintenance(target, to, timeZone)) return null;
	return { key: target.key, from, to, message: before.trouble };
}

function handOut(
	record: AlertRecord,
	{ policy }: JudgedTarget,
	isHeld: boolean,
	{ now, newId, isSilent }: JudgeOptions,
): { record: AlertRecord; notice: Notice | null } {
	return isSilent ? { record, notice: null } : nextNotice(record, { now, policy, isHeld, newId });
}

/** What is to be told of a target that this run has nothing new of. */
function noticeOf(target: JudgedTarget, record: AlertRecord, family: Family, options: JudgeOptions): Noticed {
	const { condition } = record;
	const isHeld =
		isWithoutParent(record) ||
		holdingParent(target, condition === 'ok' ? 'unknown' : condition, family) !== undefined ||
		inMaintenance(target, options.now, options.timeZone);
	return { target, ...handOut(record, target, isHeld, options) };
}

const withoutParent = (parent: string): { reason: string; message: string } => ({
	reason: 'parent_failing',
	message: `"${parent}" fails, on which this depends.`,
});

/** A check that is no more than a warning never finds worse. */
function lowered(level: Finding['level'], severity: Level): Finding['level'] {
	return level === 'critical' ? severity : level;
}

/** Many new troubles at once are one message for each owner, so that none reads of the sites of another; few are one each. */
function inGroups<One extends Noticed>(all: readonly One[], { set, groupAbove, newId }: JudgeOptions): One[] {
	const fresh = all.filter(({ notice }) => notice?.group === '');
	const shared = new Map(
		fresh.length > groupAbove ? fresh.map(({ target }) => [target.owner, `checks:${set}:${newId()}`]) : [],
	);
	return all.map((one) => {
		if (one.notice?.group !== '') return one;
		const group = shared.get(one.target.owner) ?? `check:${set}:${one.target.key}`;
		return { ...one, notice: { ...one.notice, group }, record: groupNotice(one.record, group) };
	});
}
