/** One way to the functions of the store. Every call is one statement and one transaction. */
export interface Transport {
	/** The schema of the store, for messages. */
	readonly schema: string;
	/**
	 * Calls a function once.
	 * @param timeLimitMs how long to wait for its answer
	 * @throws Failure, or the signal's reason
	 */
	call(name: string, tenant: string, request: object, options: AttemptOptions): Promise<unknown>;
	close(): Promise<void>;
}

export interface AttemptOptions {
	timeLimitMs: number;
	signal: AbortSignal | undefined;
}
