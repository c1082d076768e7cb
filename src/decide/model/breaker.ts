/** Whether a service that fails is still asked. */
export type BreakerState =
	| { kind: 'closed'; failures: number }
	| { kind: 'open'; untilMs: number }
	| { kind: 'halfOpen'; sinceMs: number };

export type BreakerEvent = 'succeeded' | 'failed';

export interface BreakerLimits {
	/** So many failures in a row open it. */
	failures: number;
	openMs: number;
}

export const defaultBreakerLimits: BreakerLimits = { failures: 5, openMs: 60_000 };
export const newBreaker: BreakerState = { kind: 'closed', failures: 0 };

/** A trial whose end nobody told, as when the process died, counts as failed after this. */
const trialMs = 120_000;

/**
 * Asks whether a call may be made now.
 *
 * @param nowMs milliseconds since 1970
 * @returns the state from here on; a breaker whose time is over lets a single call try
 */
export function askBreaker(state: BreakerState, nowMs: number): { allowed: boolean; state: BreakerState } {
	switch (state.kind) {
		case 'closed':
			return { allowed: true, state };
		case 'open':
			return nowMs < state.untilMs
				? { allowed: false, state }
				: { allowed: true, state: { kind: 'halfOpen', sinceMs: nowMs } };
		case 'halfOpen':
			return nowMs - state.sinceMs < trialMs
				? { allowed: false, state }
				: { allowed: true, state: { kind: 'halfOpen', sinceMs: nowMs } };
	}
}

/** What a call's end makes of the breaker. */
export function advanceBreaker(
	state: BreakerState,
	event: BreakerEvent,
	nowMs: number,
	limits: BreakerLimits = defaultBreakerLimits,
): BreakerState {
	if (event === 'succeeded') return newBreaker;
	const failures = state.kind === 'closed' ? state.failures + 1 : limits.failures;
	return failures >= limits.failures
		? { kind: 'open', untilMs: nowMs + limits.openMs }
		: { kind: 'closed', failures };
}
