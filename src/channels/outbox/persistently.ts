import { setTimeout as sleep } from 'node:timers/promises';

import { StoreError } from '../../store';

const pauseMs = 1_000;

/** A store that cannot be reached may be there again in a moment. */
const passing: readonly string[] = ['unavailable', 'timeout', 'busy', 'aborted'];

/**
 * Calls a store until it answers, also over an outage.
 *
 * @param until instant in milliseconds, by `performance.now()`, after which it is not called again
 * @throws StoreError of the last call
 */
export async function persistently<Result>(until: number, call: () => Promise<Result>): Promise<Result> {
	for (;;) {
		try {
			return await call();
		} catch (thrown) {
			const passes = thrown instanceof StoreError && passing.includes(thrown.code);
			if (!passes || performance.now() + pauseMs > until) throw thrown;
			await sleep(pauseMs);
		}
	}
}
