import { count } from '../shared';
import { BackupError } from './errors';

/** More than these are counted and not kept: a tree of which nothing can be read would fill memory and manifest. */
export const maxWarnings = 1000;
/** Of a pattern to include; it stands after the pattern. */
export const unmatchedPattern = 'this pattern to include matches nothing';
/** Longest path that is shown whole, in UTF-16 code units. */
const maxShownPath = 1024;

/** What could not be kept of one artefact; bounded, however much that is. */
export class WarningList {
	private readonly kept: string[] = [];
	private left = 0;
	private lostEntries = 0;
	private firstLoss = '';

	/** @param path below the root of the source */
	add(path: string, message: string): void {
		if (this.kept.length < maxWarnings) this.kept.push(`${shownPath(path)}: ${oneLine(message)}`);
		else this.left += 1;
	}

	/** Tells of something that belongs to the backup and is not in it, or only in part. */
	lose(path: string, message: string, entries = 1): void {
		this.add(path, message);
		this.lostEntries += entries;
		this.firstLoss ||= `${shownPath(path)}: ${oneLine(message)}`;
	}

	/**
	 * @param what was read, for the message
	 * @throws BackupError `source_unreadable` when something was lost
	 */
	refuseLosses(what: string): void {
		if (this.lostEntries === 0) return;
		throw new BackupError(
			'source_unreadable',
			`${count(this.lostEntries, 'part')} of the ${what} could not be read, without which it must not be stored, such as ${this.firstLoss}.`,
			'Give the right to read what is named, or exclude it. Where a backup without it is better than none, set "unreadable" of this source to "warn".',
		);
	}

	/** Counts what somebody else has left out. */
	leaveOut(warnings: number): void {
		this.left += warnings;
	}

	/** The warnings, and how many more there were. */
	all(): string[] {
		return this.left === 0 ? [...this.kept] : [...this.kept, moreWarnings(this.left)];
	}
}

/** The line that stands for warnings that are not told one by one. */
export function moreWarnings(warnings: number): string {
	return `and ${count(warnings, 'more warning')}`;
}

/**
 * A path of any length as it is shown: the middle of a very long one is left out, and control characters are spaces,
 * because whoever names files must not be able to forge lines or to move the cursor.
 */
export function shownPath(path: string): string {
	const shown =
		path.length <= maxShownPath
			? path
			: `${path.slice(0, maxShownPath / 2)}…${path.slice(-maxShownPath / 2)}`;
	return oneLine(shown);
}

function oneLine(text: string): string {
	return text.replace(/\p{Cc}/gu, ' ');
}

/**
 * What to say of a tree of which nothing but its root was stored: a disk that is not mounted and a name that belongs
 * to another volume look like an empty folder.
 * @param entries of the archive
 */
export function emptyTreeWarnings(entries: number): string[] {
	if (entries > 1) return [];
	return [
		'nothing but the root folder itself was stored: see whether its disk is mounted, whether it is the right one, and whether the patterns leave everything out',
	];
}
