/** Of every operation that changes something. */
export interface ChangeOptions {
	/** Check everything, change nothing. */
	dryRun?: boolean | undefined;
	signal?: AbortSignal | undefined;
}
