import type { AlertPolicy } from './policy';
import type { AlertRecord, noticeKinds, ToldCondition } from './record';

export type NoticeKind = (typeof noticeKinds)[number];

/** Something that people are to be told of one target. */
export interface Notice {
	/** The same when it is handed out again. */
	id: string;
	/** What is told in one message, and what a later notice of the same trouble belongs to; empty: not decided yet. */
	group: string;
	kind: NoticeKind;
	condition: ToldCondition;
	/** What was told before. */
	before: ToldCondition;
	/** When the trouble began, in milliseconds since 1970. */
	since: number;
	/** When it ended; null while it lasts. */
	until: number | null;
	/** How often it was handed out, with now: more than once where it did not reach everybody, or nobody knows. */
	handedOut: number;
	/** It has reached somebody already, and is for those who have not had it. */
	partly: boolean;
}

export interface NoticeOptions {
	/** In milliseconds since 1970. */
	now: number;
	policy: AlertPolicy;
	/** A maintenance window, or a parent that is down: nothing is told now. */
	isHeld: boolean;
	/** Of a new notice. */
	newId: () => string;
}

/** What became of a notice. */
export type Reached = 'everybody' | 'some' | 'nobody';

/**
 * So long a notice that was handed out is waited for; whoever sends it may have to wait for a slow service. Doubled each
 * time, because nobody may ever say what became of it.
 */
export const answerWaitMs = 3 * 60_000;
const longestWaitMs = 60 * 60_000;

/** A target of alerts that cannot be reached so many times is tried ever more seldom, and no longer than so. */
const triesAtOnce = 3;
const givenUpAfterMs = 24 * 60 * 60_000;

/**
 * What is to be told next of a target: the difference between what is the case and what people are known to have been
 * told. So what failed to be told is told later, what is over before anybody was told is never told, and an end is told
 * to those who may know of the beginning. At most one notice is under way for a target.
 *
 * @returns the record with the notice noted, to be stored before the notice is handed out
 */
export function nextNotice(
	before: AlertRecord,
	{ now, policy, isHeld, newId }: NoticeOptions,
): { record: AlertRecord; notice: Notice | null } {
	let record = timely(before, now);
	const { offered } = record;
	if (isHeld || record.silenced !== null) return { record, notice: null };
	const want = wanted(record);
	if (offered !== null) {
		const waitMs = Math.min(answerWaitMs * 2 ** (offered.times - 1), longestWaitMs);
		if (offered.reached === 'unknown' && now - offered.at < waitMs) return { record, notice: null };
		const { since, group } = offered;
		const mayKnow = offered.reached !== 'none' && offered.condition !== 'ok';
		if (mayKnow) record = { ...record, maybeTold: record.maybeTold ?? { since, group } };
		const isTrue =
			offered.condition === want.condition &&
			since === want.since &&
			offered.stage >= want.stage &&
			includesAll(offered.aspects, want.aspects);
		if (isTrue && offered.reached === 'some') {
			const first = offered.first ?? offered.at;
			const reminderMs = offered.kind === 'resolved' ? givenUpAfterMs : (policy.reminderMs ?? givenUpAfterMs);
			// Those who have had it are reminded, whoever else cannot be reached.
			if (now - first >= Math.min(reminderMs, givenUpAfterMs))
				return nextNotice(toldAt(record, offered, first), { now, policy, isHeld, newId });
			const wait = Math.min(answerWaitMs * 2 ** (offered.times - triesAtOnce), longestWaitMs);
			if (offered.times >= triesAtOnce && now - offered.at < wait) return { record, notice: null };
		}
		// Nobody is told that it is well while it just fails again.
		if (isTrue && offered.kind === 'resolved' && record.bad.warning !== null) return { record, notice: null };
		if (isTrue && !(offered.kind === 'reminder' && record.acknowledged !== null))
			return hand(
				record,
				{
					...offered,
					...{ at: now, first: offered.first ?? offered.at },
					...{ reached: 'unknown', times: offered.times + 1 },
				},
				offered.reached === 'some',
			);
		record = { ...record, offered: null };
	}
	const kind = kindOf(record, want, now, policy);
	if (kind === null) return { record, notice: null };
	const group = record.told.condition === 'ok' ? (record.maybeTold?.group ?? '') : record.told.group;
	return hand(record, { id: newId(), group, kind, ...want, at: now, reached: 'unknown', times: 1 });
}

function kindOf(
	{ told, maybeTold, acknowledged, bad }: AlertRecord,
	want: Wanted,
	now: number,
	{ reminderMs }: AlertPolicy,
): NoticeKind | null {
	if (want.condition === 'ok') {
		if (bad.warning !== null) return null;
		return told.condition !== 'ok' || maybeTold !== null ? 'resolved' : null;
	}
	if (told.condition === 'ok') return 'firing';
	if (told.condition !== want.condition) return 'changed';
	// It was over in between, which nobody was told.
	if (told.since < want.since) return 'firing';
	if (want.stage > told.stage || !includesAll(told.aspects, want.aspects)) return 'changed';
	if (reminderMs === null || acknowledged !== null) return null;
	return now - told.at >= reminderMs ? 'reminder' : null;
}

interface Wanted {
	condition: ToldCondition;
	since: number;
	stage: number;
	aspects: string[];
}

const includesAll = (all: readonly string[], some: readonly string[]): boolean =>
	some.every((one) => all.includes(one));

/** What people should know. */
function wanted(record: AlertRecord): Wanted {
	const { condition, since, blindSince, flappingSince, stage, aspects } = record;
	const none = { stage: 0, aspects: [] };
	if (condition === 'ok' && flappingSince !== null)
		return { condition: 'flapping', since: flappingSince, ...none };
	if (condition === 'ok' && blindSince !== null) return { condition: 'unknown', since: blindSince, ...none };
	return { condition, since, ...(condition === 'ok' ? none : { stage, aspects }) };
}

function hand(
	record: AlertRecord,
	offered: NonNullable<AlertRecord['offered']>,
	partly = false,
): { record: AlertRecord; notice: Notice } {
	const { id, group, kind, condition, since, times } = offered;
	const { told, maybeTold } = record;
	const began = told.condition === 'ok' ? maybeTold?.since : told.since;
	const notice: Notice = {
		...{ id, group, kind, condition, handedOut: times, partly },
		before: told.condition,
		since: kind === 'resolved' ? (began ?? since) : since,
		until: kind === 'resolved' ? since : null,
	};
	return { record: { ...record, offered }, notice };
}

/** Without what has run out; and nothing was told after now, even where the clock was set back since. */
function timely(record: AlertRecord, now: number): AlertRecord {
	const { acknowledged, silenced, told, offered } = record;
	const lasts = <Word extends { until: number | null }>(word: Word | null): Word | null =>
		word === null || (word.until !== null && word.until <= now) ? null : word;
	return {
		...record,
		acknowledged: lasts(acknowledged),
		silenced: lasts(silenced),
		told: { ...told, at: Math.min(told.at, now) },
		offered: offered && { ...offered, at: Math.min(offered.at, now) },
	};
}

/** Names the message that the notice under way is told in. */
export function groupNotice(record: AlertRecord, group: string): AlertRecord {
	return { ...record, offered: record.offered && { ...record.offered, group } };
}

/**
 * Notes what became of a notice. What has not reached everybody is handed out again with the next check, in the same group.
 *
 * @returns the record unchanged when the notice is not the one under way
 */
export function answerNotice(record: AlertRecord, id: string, reached: Reached, now: number): AlertRecord {
	const { offered } = record;
	if (offered?.id !== id) return record;
	if (reached !== 'everybody')
		return { ...record, offered: { ...offered, reached: reached === 'some' ? 'some' : 'none' } };
	return toldAt(record, offered, now);
}

function toldAt(record: AlertRecord, offered: NonNullable<AlertRecord['offered']>, at: number): AlertRecord {
	const { condition, since, stage, aspects, group } = offered;
	return { ...record, offered: null, told: { condition, since, stage, aspects, at, group }, maybeTold: null };
}
