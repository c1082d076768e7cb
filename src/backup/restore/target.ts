/**
 * A place an artefact is restored to. The order of the calls is `check`, `fill`, `swap`; after a failure `discard`.
 * Until `swap` the place is untouched.
 */
export interface RestoreTarget {
	/** For messages, e.g. `directory /srv/www` or `volume shop_media`. */
	readonly label: string;

	/**
	 * Refuses what must not be overwritten.
	 * @throws BackupError `target_not_empty` (without consent), `target_in_use`, `target_missing`
	 */
	check(): Promise<void>;

	/** Puts the plain content of the artefact into a staging place beside the target and proves it whole. */
	fill(content: AsyncIterable<Buffer>): Promise<{ entries?: number }>;

	/** Makes the staging place the target. Resolves with where the former content is kept, if there was any. */
	swap(): Promise<{ previous?: string }>;

	/** Removes the staging place. */
	discard(): Promise<void>;
}
