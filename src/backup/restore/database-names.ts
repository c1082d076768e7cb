import { createHash, randomBytes } from 'node:crypto';

import { newStagingToken } from './staging';

/** PostgreSQL cuts longer names without a word. */
const maxNameBytes = 63;

/** Names for the databases a restore makes beside the one it restores. No two restores get the same. */
export class DatabaseNames {
	readonly token = newStagingToken();
	/** The new content until it takes the name. */
	readonly staging: string;
	/** What was there before. */
	readonly before: string;

	/** @param id of the restore point */
	constructor(name: string, id: string) {
		this.staging = joined(name, stagingEnd(name) + this.token);
		this.before = joined(name, `_before_${id.slice(-6)}_${randomBytes(4).toString('hex')}`);
	}
}

/**
 * Name of the database that single tables of another one are restored into, which needs no quotes where that needs none.
 * @param id of the restore point
 */
export function nameOfTables(name: string, id: string): string {
	return joined(name, `_restored_${id.toLowerCase().replaceAll('-', '_')}`);
}

/** Whether a database is a staging place, and if so whether for the database of this name. */
export function isStagingOf(found: string, name: string): boolean {
	return found.includes(stagingEnd(name));
}

export const stagingPattern = '_restore_[0-9a-f]{4}_[0-9a-z]+_[0-9a-f]{6}_[0-9a-z]+_[0-9a-z]*_[0-9a-f]{8}$';

/** Whether a database has a name as one gets that was there before a restore into this name. */
export function isBeforeOf(found: string, name: string): boolean {
	const [end] = /_before_[0-9a-z]{6}_[0-9a-f]{8}$/.exec(found) ?? [];
	return end !== undefined && found === joined(name, end);
}

/** A line in the comment of a database that a restore has kept. @param id of the restore point that took its place */
export function keptMark(name: string, id: string, now: Date): string {
	return `[opsdesk: kept since ${now.toISOString()}, when ${id} was restored to ${JSON.stringify(name)}]`;
}

/** Such a line in a comment as a statement writes it, in quotes: the first lines of it, and any other. */
const marksInText =
	/(?<= is e?')(?:\[opsdesk: kept since [^\n]*"\](?:\n|(?='$)))+|\n\[opsdesk: kept since [^\n]*"\](?=\n|'$)/gi;

/** A statement `COMMENT … IS '…'` without the marks in its text, which the database had before it was saved. */
export const withoutMarks = (sql: string): string => sql.replace(marksInText, '');

/**
 * What a comment with such a line tells of a database that was kept for this name. Only the last one counts: those above it
 * are of earlier times.
 */
export function readMark(comment: string, name: string): { since: Date; restorePoint: string } | undefined {
	for (const line of comment.split('\n').toReversed()) {
		const [, since = '', restorePoint = '', of = ''] =
			/^\[opsdesk: kept since (\S+), when (\S+) was restored to (".*")\]$/.exec(line) ?? [];
		const time = new Date(since);
		if (of === JSON.stringify(name) && !Number.isNaN(time.getTime())) return { since: time, restorePoint };
	}
	return undefined;
}

/** Names that differ only where they are cut have different hashes. */
function stagingEnd(name: string): string {
	return `_restore_${createHash('sha256').update(name).digest('hex').slice(0, 4)}_`;
}

/** Cuts no character in two. */
function joined(name: string, end: string): string {
	let cut = name;
	while (Buffer.byteLength(cut) + end.length > maxNameBytes) cut = [...cut].slice(0, -1).join('');
	return `${cut}${end}`;
}
