import type { BackupError } from '../errors';

/** What a restore would do to a place; what cannot be told is missing. */
export interface TargetFacts {
	/** Whether something is there that would be replaced, and kept beside. */
	replaces?: boolean;
	/** At least what is needed at the staging place, and what is free there. */
	neededBytes?: number;
	freeBytes?: number;
	/** Names of running containers that use it and would have to stop. */
	stops?: string[];
	/** Connections to a database that would be ended. */
	endsSessions?: number;
	/** What people should know before, each a sentence. */
	notes?: string[];
	/** Why it would be refused, though everything else could be told. */
	refusal?: BackupError;
}

/**
 * A place an artefact is restored to. The order of the calls is `check`, `fill`, `swap`; after a failure `discard`.
 * Until `swap` the place is untouched.
 */
export interface RestoreTarget {
	/** For messages, e.g. `directory /srv/www` or `volume shop_media`. */
	readonly label: string;

	/** Name of the container that has to run for it, if any. */
	readonly needs?: string;

	/**
	 * Refuses what must not be overwritten.
	 * @throws BackupError `target_not_empty` (without consent), `target_in_use`, `target_missing`, `target_full`
	 */
	check(): Promise<void>;

	/**
	 * What there is to know before a restore, for a dry run; asked for after `check`, also when that refused.
	 * @param content the plain content of the artefact, read when it is asked for
	 */
	facts?(content: () => AsyncIterable<Buffer>): Promise<TargetFacts>;

	/** Puts the plain content of the artefact into a staging place beside the target and proves it whole. */
	fill(content: AsyncIterable<Buffer>): Promise<{ entries?: number }>;

	/**
	 * Makes the staging place the target. Resolves with where the former content is kept, if there was any, and what
	 * people should know, each a sentence; `errors` are parts that could not be restored.
	 */
	swap(): Promise<{ previous?: string; notes?: string[]; errors?: string[] }>;

	/**
	 * Names of the running containers that use it and have to stop for the change.
	 * @throws BackupError `target_in_use` when some of them cannot be named
	 */
	users?(): Promise<string[]>;

	/**
	 * Makes what there was before `swap` the target again and removes what was restored, with all that was done to it
	 * since. Resolves with a sentence where that could not be removed; the target is as before all the same. Only with `stopContainers`; to be called at most once, when `swap` was the last call and nothing uses the target.
	 * @throws BackupError when not all of it could be taken back
	 */
	takeBack(): Promise<string | undefined>;

	/** To be called when nothing is taken back any more, also after `takeBack`. Never throws. */
	finish?(): Promise<void>;

	/** Removes the staging place. */
	discard(): Promise<void>;
}
