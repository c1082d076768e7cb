import { clockOf, countedBetween } from '../policy/clock';
import type { Metric } from '../policy/definition';
import type { Cycle, TimerState } from '../timer/state';
import { dueSteps, standingOf } from '../timer/steps';
import type { PlannedStep, StoredTimer } from './answers';
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
 * @param stored as it was before: what has ended since is judged by what was planned and told, whatever is promised by now
 * @throws SlaError `no-working-time`, or `invalid_input` for terms that cannot be read; StoreError `not_found` without a
 * schedule
 */
export function planOf(state: TimerState, terms: Terms, stored: StoredTimer | null): TimerPlan {
	const { cycle } = state;
	// What the layers that can be read promise without it is not what is promised.
	if (state.status === 'running' && terms.fault) throw terms.fault;
	const minutes = terms.policy.targetMinutes[state.metric];
	const steps = state.status === 'running' && minutes !== null ? plannedSteps(state, terms) : [];
	const breach =
		steps.find(({ kind }) => kind === 'breach') ?? cycle?.reached.find(({ kind }) => kind === 'breach');
	const over = hasEnded(cycle) ? judged(state.metric, cycle, state.status, terms, stored) : undefined;
	return {
		state: { ...state, earlier: state.earlier.slice(-mostEarlier) },
		steps,
		...(!over && { deadlineMs: breach?.atMs ?? null }),
		targetMs: over ? over.targetMs : targetMsOf(minutes),
		isBreached: over ? over.isBreached : hasBreached(cycle),
	};
}

const targetMsOf = (minutes: number | null): number | null =>
	minutes === null ? null : Math.round(minutes * 60_000);

const hasBreached = (cycle: Cycle | null): boolean =>
	cycle?.reached.some(({ kind }) => kind === 'breach') ?? false;

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

/**
 * Steps that were due when the timer was stopped, and that nobody has claimed: whoever pauses or ends it is no excuse. Before
 * the breach there are none: a warning of what was answered warns of nothing, and after a pause it comes all the same.
 *
 * @returns the first ones of those that are stored
 */
export function missedSteps(stored: StoredTimer | null, after: TimerState): PlannedStep[] {
	if (stored?.status !== 'running') return [];
	const own = [after.cycle, ...after.earlier].find((cycle) => cycle?.number === stored.cycle);
	const isPaused = own === after.cycle && after.status === 'paused';
	const stoppedMs = own?.endedAtMs ?? (isPaused ? after.pausedAtMs : null);
	if (stoppedMs === null) return [];
	const due = stored.steps.filter(({ atMs }) => atMs < stoppedMs);
	return due.some(({ kind }) => kind !== 'warning') ? due : [];
}

type OverCycle = Cycle & { endedAtMs: number };

const hasEnded = (cycle: Cycle | null): cycle is OverCycle => (cycle?.endedAtMs ?? null) !== null;

/**
 * The cycles that were open before and have ended since.
 *
 * @param stored as it was before
 * @param answered numbers of those that an answer has ended; the others were cancelled
 * @throws as {@link planOf}
 */
export function endedSince(
	stored: StoredTimer | null,
	after: TimerState,
	answered: ReadonlySet<number>,
	terms: Terms,
): EndedCycle[] {
	const wasOpen = stored?.status === 'running' || stored?.status === 'paused';
	const from = wasOpen ? (stored.cycle ?? 0) : (stored?.cycle ?? 0) + 1;
	return [...after.earlier, after.cycle].flatMap((cycle) => {
		if (!hasEnded(cycle) || cycle.number < from) return [];
		const outcome = answered.has(cycle.number) ? 'answered' : 'cancelled';
		const { number, messageId, startedAtMs, endedAtMs, reason } = cycle;
		const known = { number, messageId, startedAtMs, endedAtMs, outcome, reason } as const;
		return [{ ...known, ...judged(after.metric, cycle, outcome, terms, stored) }];
	});
}

/** The one place that says whether a promise was kept: a breach that was recorded was one, whatever is told after it. */
function judged(
	metric: Metric,
	cycle: OverCycle,
	status: TimerState['status'],
	terms: Terms,
	stored: StoredTimer | null,
): Pick<EndedCycle, 'elapsedMs' | 'targetMs' | 'isBreached'> {
	const before = stored?.cycle === cycle.number ? stored : null;
	const minutes = before ? before.targetMinutes : terms.policy.targetMinutes[metric];
	// An answer is recorded, also where nobody can tell any more how long it took.
	const schedule = terms.found();
	const policy = { ...terms.policy, targetMinutes: { ...terms.policy.targetMinutes, [metric]: minutes } };
	const own: TimerState = { metric, status, pausedAtMs: null, answeredAtMs: null, cycle, earlier: [] };
	const standing = schedule && standingOf(own, schedule, policy, cycle.endedAtMs);
	const isLate = isLateBy(before, cycle) ?? standing?.isBreached ?? false;
	return {
		elapsedMs: standing?.elapsedMs ?? null,
		targetMs: targetMsOf(minutes),
		isBreached: hasBreached(cycle) || isLate,
	};
}

/** Undefined where nothing was judged or planned from this start on: the timer was paused, or its start is another one now. */
function isLateBy(before: StoredTimer | null, { startedAtMs, endedAtMs }: OverCycle): boolean | undefined {
	if (before === null || before.status === 'paused') return undefined;
	if (before.status !== 'running') return before.isBreached;
	if (before.deadline === null || before.state.cycle?.startedAtMs !== startedAtMs) return undefined;
	return endedAtMs > Date.parse(before.deadline);
}
