import { clockOf, countedBetween } from '../policy/clock';
import type { Cycle, TimerState } from '../timer/state';
import { dueSteps, standingOf } from '../timer/steps';
import type { PlannedStep } from './answers';
import type { Terms } from './terms';

/** Cycles that a timer carries with it, to know what is told late; all of them are kept beside it. */
const mostEarlier = 20;

/** How a cycle has ended, as it is kept for good. */
export interface EndedCycle {
	number: number;
	messageId: string | null;
	startedAtMs: number;
	endedAtMs: number;
	outcome: 'answered' | 'cancelled';
	reason: string | null;
	/** Time that counted from start to end. Null when there is no schedule any more by which to tell. */
	elapsedMs: number | null;
	targetMs: number | null;
	isBreached: boolean;
}

/** A timer as it is written. */
export interface TimerPlan {
	state: TimerState;
	steps: PlannedStep[];
	/** Missing for what has ended: it keeps the one it had. */
	deadlineMs?: number | null;
	targetMs: number | null;
	isBreached: boolean;
}

/**
 * Computes what is still to come of a timer.
 *
 * @throws SlaError `no-working-time`; StoreError `not_found` without a schedule
 */
export function planOf(state: TimerState, terms: Terms): TimerPlan {
	const { cycle } = state;
	const minutes = terms.policy.targetMinutes[state.metric];
	const hasBreached = cycle?.reached.some(({ kind }) => kind === 'breach') ?? false;
	const steps = state.status === 'running' && minutes !== null ? plannedSteps(state, terms) : [];
	const breach =
		steps.find(({ kind }) => kind === 'breach') ?? cycle?.reached.find(({ kind }) => kind === 'breach');
	const isAnswered = state.status === 'answered';
	return {
		state: { ...state, earlier: state.earlier.slice(-mostEarlier) },
		steps,
		...((cycle?.endedAtMs ?? null) === null && { deadlineMs: breach?.atMs ?? null }),
		targetMs: minutes === null ? null : Math.round(minutes * 60_000),
		isBreached: hasBreached || (isAnswered && minutes !== null && judged(state, terms).isBreached),
	};
}

function plannedSteps(state: TimerState, terms: Terms): PlannedStep[] {
	const { cycle } = state;
	if (cycle === null) return [];
	const schedule = terms.compiled();
	const clock = clockOf(terms.policy.clock, schedule);
	const steps = dueSteps(state, schedule, terms.policy);
	return steps.map(({ notify, ...step }, index) => ({
		...step,
		elapsedMs: countedBetween(clock, cycle.startedAtMs, step.atMs, cycle.pauses),
		notify: [...notify],
		isLast: step.kind === 'escalation' && index === steps.length - 1,
	}));
}

/** The cycles that were open before and have ended since. @throws as {@link planOf} */
export function endedSince(before: TimerState, after: TimerState, terms: Terms): EndedCycle[] {
	const wasOpen = before.status === 'running' || before.status === 'paused';
	const from = wasOpen ? (before.cycle?.number ?? 0) : (before.cycle?.number ?? 0) + 1;
	return [...after.earlier, after.cycle].flatMap((cycle) =>
		cycle !== null && cycle.number >= from && cycle.endedAtMs !== null
			? [
					ended(
						{ ...cycle, endedAtMs: cycle.endedAtMs },
						cycle === after.cycle ? after.status : 'cancelled',
						after,
						terms,
					),
				]
			: [],
	);
}

/** A cycle that is followed by another one within the same change was cancelled, as its message is gone. */
function ended(
	cycle: Cycle & { endedAtMs: number },
	status: TimerState['status'],
	{ metric }: TimerState,
	terms: Terms,
): EndedCycle {
	const outcome = status === 'answered' ? 'answered' : 'cancelled';
	const own: TimerState = {
		metric,
		status: outcome,
		pausedAtMs: null,
		answeredAtMs: null,
		cycle,
		earlier: [],
	};
	const { elapsedMs, targetMs, isBreached } = judged(own, terms);
	const { number, messageId, startedAtMs, endedAtMs, reason } = cycle;
	return {
		...{ number, messageId, startedAtMs, endedAtMs, outcome, reason },
		...{ elapsedMs, targetMs, isBreached },
	};
}

function judged(state: TimerState, terms: Terms): Pick<EndedCycle, 'elapsedMs' | 'targetMs' | 'isBreached'> {
	// An answer is recorded, also where nobody can tell any more how long it took.
	const schedule = terms.found();
	const standing = schedule && standingOf(state, schedule, terms.policy, state.cycle?.endedAtMs ?? 0);
	return standing ?? { elapsedMs: null, targetMs: null, isBreached: false };
}
