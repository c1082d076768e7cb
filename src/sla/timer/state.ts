import type { Metric } from '../policy/definition';
import type { Step } from '../policy/ladder';
import type { Interval } from '../schedule/interval';

export const timerStatuses = ['idle', 'running', 'paused', 'answered', 'cancelled'] as const;

/** `idle`: nothing has begun. `answered`: what was promised was done, in time or not. `cancelled`: it is no longer owed. */
export type TimerStatus = (typeof timerStatuses)[number];

/** A step that was handed over. */
export type ReachedStep = Pick<Step, 'kind' | 'level' | 'atMs'>;

/** From one start to its end. */
export interface Cycle {
	/** 1 for the first. */
	number: number;
	/** The message that began it. */
	messageId: string | null;
	startedAtMs: number;
	/** In order; the last one is open while the timer is paused. */
	pauses: Interval[];
	reached: ReachedStep[];
	/** Whether the last escalation that the policy allows was handed over. */
	isExhausted: boolean;
	endedAtMs: number | null;
	/** Why it ended or was begun anew. */
	reason: string | null;
}

/** A timer; plain JSON. */
export interface TimerState {
	metric: Metric;
	status: TimerStatus;
	/** Since when it is paused. */
	pausedAtMs: number | null;
	/** When it was last answered, as far as it is known; also by answers that nothing waited for (unless it is a resolution). */
	answeredAtMs: number | null;
	/** The running one, or the last; `null` before the first. */
	cycle: Cycle | null;
	/** Those before, as they ended. */
	earlier: Cycle[];
}

/** A timer that has not begun. */
export const newTimer = (metric: Metric): TimerState => ({
	metric,
	status: 'idle',
	pausedAtMs: null,
	answeredAtMs: null,
	cycle: null,
	earlier: [],
});

/** What happens to a timer. Times are those at which it happened, in milliseconds since 1970. */
export type TimerEvent =
	| { type: 'start'; atMs: number; messageId?: string }
	| { type: 'answer'; atMs: number; reason?: string }
	| { type: 'pause'; atMs: number }
	| { type: 'resume'; atMs: number }
	| { type: 'cancel'; atMs: number; reason: string }
	/** The message that began it is gone, and another one that waits since `startedAtMs` takes its place. */
	| { type: 'replace'; atMs: number; messageId: string; startedAtMs: number; reason: string }
	| { type: 'reopen'; atMs: number; messageId?: string; reason?: string }
	/** A step of a cycle was handed over; `isLast` for the last escalation of its policy. */
	| { type: 'reached'; atMs: number; cycle: number; kind: Step['kind']; level: number; isLast?: boolean };

/** What is to be done after an event. */
export type TimerEffect =
	/** The steps are to be computed from the new state, and replace those that are not handed over yet. */
	| { type: 'plan' }
	/** The steps that are not handed over yet are no longer due. */
	| { type: 'withdraw' }
	/** Nothing has changed. */
	| { type: 'ignored'; why: string }
	/** Something was put right, and is worth keeping. */
	| { type: 'note'; text: string };
