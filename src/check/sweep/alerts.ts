import { createHash } from 'node:crypto';

import { DateTime } from 'luxon';

import { count, formatDuration, shorten } from '../../shared';
import {
	compareLevels,
	worst,
	type AlertRecord,
	type Level,
	type Notice,
	type ToldCondition,
} from '../alert';
import type { Noticed } from './judge';
import type { About, Memory } from './memory';

/** One message for people, about one target or many. */
export interface Alert {
	title: string;
	message: string;
	severity: Exclude<Level, 'ok'>;
	status: 'firing' | 'resolved';
	/** The same from the beginning of a trouble to its end. */
	dedupeKey: string;
	/** The same when the very same is handed out again; empty where that is not known. */
	eventId: string;
	/** ISO 8601. */
	startedAt: string;
	/** It is told for the first time, even where something alike was told a moment ago. */
	repeat: boolean;
	/** How often it was handed out, with now. */
	attempt: number;
	/** Who is to be told, where all targets have the same. */
	owner: string | null;
	/** Names and plain texts. */
	details: Record<string, string>;
	/** To be confirmed when it has been told. */
	notices: { target: string; id: string }[];
}

const namesShown = 20;

/**
 * The messages that a run has for people, the worst first; before those that only some have still to be told of, so that a
 * service that hangs keeps no other alert waiting in each run.
 *
 * @param memory after the run, to know what else belongs to the same message
 * @param now in milliseconds since 1970
 */
export function alertsOf(all: readonly Told[], memory: Memory, now: number, timeZone: string): Alert[] {
	const groups = new Map<string, Told[]>();
	for (const told of all) {
		const members = groups.get(told.notice.group);
		if (members) members.push(told);
		else groups.set(told.notice.group, [told]);
	}
	const rank = ({ severity }: Alert): number => ['critical', 'warning'].indexOf(severity);
	return [...groups]
		.map(([group, members]) => {
			const others = stillFailing(memory, group, members);
			const [first] = members;
			const alert =
				first !== undefined && members.length === 1 && others.length === 0
					? single(group, first, now, timeZone)
					: many(group, members, others, now, timeZone);
			return { alert, partly: Number(members.every(({ notice }) => notice.partly)) };
		})
		.sort((one, other) => one.partly - other.partly || rank(one.alert) - rank(other.alert))
		.map(({ alert }) => alert);
}

/** What is to be told of one target. */
export interface Told {
	key: string;
	about: About;
	record: AlertRecord;
	notice: Notice;
}

/** @returns none or one */
export function toldOf({ target, record, notice }: Noticed): Told[] {
	if (notice === null) return [];
	const { key, site, owner, check } = target;
	const { name, type, severity } = check;
	return [{ key, about: { name, site, owner, type, severity }, record, notice }];
}

/** What was told in the same message, has not ended, and is not told of now. */
function stillFailing(memory: Memory, group: string, members: readonly Told[]): Still[] {
	const known = new Set(members.map(({ key }) => key));
	return [...memory]
		.filter(([key, { record }]) => {
			const { told } = record;
			return !known.has(key) && told.group === group && told.condition !== 'ok';
		})
		.map(([key, { record, about }]) => ({ key, record, about, told: record.told.condition }));
}

interface Still extends Omit<Told, 'notice'> {
	/** What was told of it. */
	told: ToldCondition;
}

function single(group: string, told: Told, now: number, timeZone: string): Alert {
	const { key, about, notice, record } = told;
	const { since, until, kind, condition } = notice;
	const from = clockTime(since, timeZone);
	const time =
		until === null
			? sinceWhen(since, now, timeZone)
			: `It lasted ${formatDuration(Math.max(0, until - since))}, from ${from} to ${clockTime(until, timeZone)}.`;
	return {
		title: `${key} ${headline(told)}`,
		message: `${until === null ? record.trouble : record.last.message} ${time}`,
		severity: severityOf(asStill(told)),
		status: kind === 'resolved' ? 'resolved' : 'firing',
		dedupeKey: group,
		eventId: eventIdOf([told]),
		startedAt: new Date(since).toISOString(),
		repeat: notice.handedOut === 1,
		attempt: notice.handedOut,
		owner: about.owner,
		details: {
			check: about.name,
			...(about.site !== null && { site: about.site }),
			condition,
			reason: record.last.reason,
		},
		notices: [{ target: key, id: notice.id }],
	};
}

function many(
	group: string,
	members: readonly Told[],
	others: readonly Still[],
	now: number,
	timeZone: string,
): Alert {
	const ended = members.filter(({ notice }) => notice.kind === 'resolved');
	const failing = members.filter(({ notice }) => notice.kind !== 'resolved');
	const stillKeys = [...failing, ...others].map(({ key }) => key);
	const isOver = stillKeys.length === 0;
	const since = Math.min(...members.map(({ notice }) => notice.since));
	const owners = new Set(members.map(({ about }) => about.owner));
	const lines = [
		...failing.map(({ key, record }) => `${key}: ${record.trouble}`),
		...(ended.length === 0 ? [] : [`Well again: ${namesOf(ended.map(({ key }) => key))}.`]),
		...(others.length === 0 ? [] : [`Still failing: ${namesOf(others.map(({ key }) => key))}.`]),
	];
	const shown = lines.slice(0, namesShown);
	if (lines.length > shown.length) shown.push(`And ${lines.length - shown.length} more.`);
	const isNew = failing.some(({ notice }) => notice.kind === 'firing');
	const verb = isNew ? (failing.length === 1 ? 'fails' : 'fail') : 'still fail';
	return {
		title: isOver
			? `${count(ended.length, 'check')} ${ended.length === 1 ? 'is' : 'are'} well again`
			: `${count(stillKeys.length, 'check')} ${verb}`,
		message: [...shown, sinceWhen(since, now, timeZone)].join('\n'),
		severity: worstOf(isOver ? ended.map(asStill) : [...failing.map(asStill), ...others]),
		status: isOver ? 'resolved' : 'firing',
		dedupeKey: group,
		eventId: eventIdOf(members),
		startedAt: new Date(since).toISOString(),
		repeat: members.some(({ notice }) => notice.handedOut === 1),
		attempt: Math.max(...members.map(({ notice }) => notice.handedOut)),
		owner: owners.size === 1 ? (members[0]?.about.owner ?? null) : null,
		details: { checks: namesOf([...stillKeys, ...ended.map(({ key }) => key)]) },
		notices: members.map(({ key, notice }) => ({ target: key, id: notice.id })),
	};
}

/** Of all that is told in one message: a message that tells of something else too is another one. */
function eventIdOf(members: readonly Told[]): string {
	const ids = members.map(({ notice }) => notice.id).sort();
	return createHash('sha256').update(JSON.stringify(ids)).digest('hex').slice(0, 32);
}

const namesOf = (keys: readonly string[]): string =>
	shorten(keys.slice(0, namesShown).join(', '), 1500) +
	(keys.length > namesShown ? ` and ${keys.length - namesShown} more` : '');

/** What follows the name of the target. */
function headline({ notice, record }: Told): string {
	const { kind, condition, before } = notice;
	if (kind === 'resolved')
		return record.last.reason === 'not_listed' ? 'is no longer checked' : 'is well again';
	const still = kind === 'reminder' ? 'still ' : '';
	if (condition === 'flapping') return `${still}goes up and down`;
	if (condition === 'unknown') return `${still === '' ? 'cannot' : 'still cannot'} be checked`;
	if (kind === 'changed' && isLevel(before) && isLevel(condition))
		return compareLevels(condition, before) < 0 ? 'is better, but not well' : 'has got worse';
	return condition === 'critical' ? `${still}fails` : `${still}needs attention`;
}

const isLevel = (condition: ToldCondition): condition is Level =>
	condition === 'ok' || condition === 'warning' || condition === 'critical';

function severityOf({ told, record, about }: Still): Exclude<Level, 'ok'> {
	if (told === 'unknown') return 'warning';
	if (isLevel(told) && told !== 'ok') return told;
	// What goes up and down all the time is as bad as the check is, at its worst.
	const seen = record.recent.slice(-21).map(({ level }) => level);
	return worst(seen) === 'warning' ? 'warning' : about.severity;
}

/** With what is told of it; of an end, what was. */
const asStill = ({ notice, ...of }: Told): Still => ({
	...of,
	told: notice.kind === 'resolved' ? notice.before : notice.condition,
});

function worstOf(members: readonly Still[]): Exclude<Level, 'ok'> {
	return members.some((member) => severityOf(member) === 'critical') ? 'critical' : 'warning';
}

/** Of what has just begun the duration says nothing. */
function sinceWhen(since: number, now: number, timeZone: string): string {
	const lasted = now - since < 1000 ? '' : ` (${formatDuration(now - since)})`;
	return `Since ${clockTime(since, timeZone)}${lasted}.`;
}

function clockTime(at: number, timeZone: string): string {
	return DateTime.fromMillis(at, { zone: timeZone }).toFormat('yyyy-MM-dd HH:mm ZZZZ');
}
