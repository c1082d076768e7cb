import { idPattern } from '../restore-points';
import { newStagingToken } from '../restore/staging';

/** What a restore has kept of what was there before it. */
export interface FoundCopy {
	/** Of the folder, file or database. */
	name: string;
	/** Id of the restore point that took its place; missing where it is not told. */
	restorePoint?: string;
	/** When it was given this name, or later; missing when that is not known. */
	since?: Date;
	/** Missing where counting would take long. */
	sizeBytes?: number;
	/** Why it is not removed however old it is, a sentence. */
	obstacle?: string;
}

/** A place that restores put content into, and keep beside what was there. */
export interface KeptPlace {
	/** For people, e.g. `directory /srv/www`. */
	readonly label: string;
	/** @throws BackupError, DockerError when it cannot be looked into */
	find(): Promise<FoundCopy[]>;
	/**
	 * Removes what `find` has found. One that is half removed carries a name that is no copy's, and goes with the next one.
	 * @throws BackupError, DockerError
	 */
	remove(copy: FoundCopy): Promise<void>;
	close(): Promise<void>;
}

const idText = idPattern.source.slice(1, -1);

/** The restore point of a name `<base>.before-<restore point>`, which may have a number at its end; undefined for other names. */
export function restorePointOf(name: string, beginning: string): string | undefined {
	if (!name.startsWith(beginning)) return undefined;
	const [, id] = new RegExp(`^(${idText})(?:-[0-9]+)?$`).exec(name.slice(beginning.length)) ?? [];
	return id;
}

/** In the name of what is being removed, after the beginning of the names of staging places, by which it is swept. */
export const removedPart = 'removed-';

/** No two are the same. @param prefix of staging places there */
export function removedName(prefix: string): string {
	return `${prefix}${removedPart}${newStagingToken()}`;
}

/** What keeps the copies of a place from being removed, when it is not sure that what took their place is there. */
export const obstacles = {
	nothingThere: (label: string): string =>
		`There is nothing in the ${label} itself, so this may be all there is.`,
	interrupted: (name: string): string =>
		`A restore is at work there or was interrupted (${name}); when none runs, run it again or look at that first.`,
	mountPoint: (path: string): string => `${path} is mounted in it.`,
	partlyBackedUp:
		'The patterns of its source (include, exclude) leave something out of the backups, so this may be all there is of that.',
	unknownAge: 'Nothing tells since when it is kept and what of.',
};
