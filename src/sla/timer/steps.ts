import { explainElapsed, type Explanation } from '../explain';
import { countedBetween, clockOf } from '../policy/clock';
import { planSteps, type Step } from '../policy/ladder';
import type { Policy } from '../policy/resolve';
import { merge, type Interval } from '../schedule/interval';
import type { CompiledSchedule } from '../schedule/schedule';
import type { Cycle, TimerState } from './state';

/** A step of a timer, with the number of the cycle it belongs to. */
export interface DueStep extends Step {
	cycle: number;
}

/**
 * The steps of a timer that are still to come: those of its cycle without those that were handed over.
 *
 * @returns none unless it runs
 * @throws SlaError `no-working-time`
 */
export function dueSteps(state: TimerState, schedule: CompiledSchedule, policy: Policy): DueStep[] {
	if (state.status !== 'running' || state.cycle === null) return [];
	const { number: cycle, startedAtMs: startMs, pauses, reached } = state.cycle;
	const isReached = ({ kind, level }: Step): boolean =>
		reached.some((step) => step.kind === kind && step.level === level);
	return planSteps(schedule, policy, state.metric, { startMs, pauses })
		.filter((step) => !isReached(step))
		.map((step) => ({ ...step, cycle }));
}

/** How a timer stands. */
export interface TimerStanding {
	/** Time that counts, until its end or until now. */
	elapsedMs: number;
	/** `null` when nothing is promised. */
	targetMs: number | null;
	/** Once the elapsed time has reached the target; an answer at that very instant is in time. */
	isBreached: boolean;
}

/** How the last cycle of a timer stands at an instant. `undefined` before its first start. */
export function standingOf(
	{ metric, status, pausedAtMs, cycle }: TimerState,
	schedule: CompiledSchedule,
	policy: Policy,
	nowMs: number,
): TimerStanding | undefined {
	if (cycle === null) return undefined;
	const { untilMs, pauses } = counting(cycle, pausedAtMs, nowMs);
	const clock = clockOf(policy.clock, schedule);
	const elapsedMs = countedBetween(clock, cycle.startedAtMs, untilMs, pauses);
	const minutes = policy.targetMinutes[metric];
	const targetMs = minutes === null ? null : Math.round(minutes * 60_000);
	// The clock may stand still after the deadline: an answer is late when the target was reached just before it.
	const judgedMs =
		status === 'answered' ? countedBetween(clock, cycle.startedAtMs, untilMs - 1, pauses) : elapsedMs;
	return { elapsedMs, targetMs, isBreached: targetMs !== null && judgedMs >= targetMs };
}

/** Explains the elapsed time of a timer's last cycle, by the clock of its policy. `undefined` before its first start. */
export function explainTimer(
	{ pausedAtMs, cycle }: TimerState,
	schedule: CompiledSchedule,
	policy: Policy,
	nowMs: number,
): Explanation | undefined {
	if (cycle === null) return undefined;
	const { untilMs, pauses } = counting(cycle, pausedAtMs, nowMs);
	return explainElapsed(clockOf(policy.clock, schedule), cycle.startedAtMs, untilMs, pauses);
}

function counting(
	{ startedAtMs, endedAtMs, pauses }: Cycle,
	pausedAtMs: number | null,
	nowMs: number,
): { untilMs: number; pauses: Interval[] } {
	const untilMs = Math.max(startedAtMs, endedAtMs ?? nowMs);
	const open = pausedAtMs === null ? [] : [{ start: pausedAtMs, end: untilMs }];
	return { untilMs, pauses: merge([...pauses, ...open]) };
}
