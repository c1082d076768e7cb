import { happenedAt } from '../instant';
import { clip } from '../schedule/interval';
import type { Cycle, TimerEffect, TimerEvent, TimerState } from './state';

/** Clocks of channels and of servers differ by so much without anything being wrong. */
export const defaultSkewMs = 60_000;

/** A state and what is to be done because of it. */
export interface Advanced {
	state: TimerState;
	effects: TimerEffect[];
}

/**
 * What a timer becomes by an event. Nothing is changed in place.
 *
 * @param nowMs the clock that judges: a time that is further ahead of it than `skewMs` becomes this one, and is noted
 * @throws SlaError `invalid_input` for a time that is not in milliseconds since 1970
 */
export function advance(
	state: TimerState,
	told: TimerEvent,
	nowMs: number,
	skewMs: number = defaultSkewMs,
): Advanced {
	happenedAt(nowMs, 'nowMs');
	const event = { ...told, atMs: happenedAt(told.atMs) };
	// The time of a step is that for which it was planned, and no word from outside.
	const { atMs, notes } =
		event.type === 'reached' ? { atMs: event.atMs, notes: [] } : plausible(state, event, nowMs, skewMs);
	const { state: next, effects } = transition(state, { ...event, atMs });
	// What was put right for an event without effect is not worth a word.
	const isIgnored = effects.some(({ type }) => type === 'ignored');
	return { state: next, effects: isIgnored ? effects : [...effects, ...notes] };
}

function plausible(
	{ cycle, pausedAtMs }: TimerState,
	{ type, atMs: saidMs }: TimerEvent,
	nowMs: number,
	skewMs: number,
): { atMs: number; notes: TimerEffect[] } {
	const note = (what: string, atMs: number) => {
		const text = `The event says ${new Date(saidMs).toISOString()}, which is ${what}; ${new Date(atMs).toISOString()} was taken.`;
		return { atMs, notes: [{ type: 'note', text } as const] };
	};
	if (saidMs > nowMs + skewMs) return note('in the future', nowMs);
	if (type !== 'pause' && type !== 'resume') return { atMs: saidMs, notes: [] };
	// Pauses are kept in order.
	const lastMs = pausedAtMs ?? cycle?.pauses.at(-1)?.end ?? cycle?.startedAtMs ?? saidMs;
	return saidMs < lastMs ? note('before what happened last', lastMs) : { atMs: saidMs, notes: [] };
}

function transition(state: TimerState, event: TimerEvent): Advanced {
	switch (event.type) {
		case 'start':
			return started(state, event);
		case 'answer':
			if (!isOpen(state)) return ignored(state, `The timer is ${state.status}: there is nothing to answer.`);
			// Told late: it cannot be an answer to what was asked after it.
			if (state.cycle !== null && event.atMs < state.cycle.startedAtMs)
				return ignored(state, 'The answer is older than the start of the timer.');
			return ended(state, 'answered', event.atMs, event.reason ?? null);
		case 'cancel':
			return isOpen(state)
				? ended(state, 'cancelled', event.atMs, event.reason)
				: ignored(state, `The timer is ${state.status}: there is nothing to cancel.`);
		case 'pause':
			if (state.status === 'running')
				return {
					state: { ...state, status: 'paused', pausedAtMs: event.atMs },
					effects: [{ type: 'withdraw' }],
				};
			return ignored(state, state.status === 'paused' ? 'The timer is paused already.' : notRunning(state));
		case 'resume':
			return state.status === 'paused'
				? { state: { ...withoutPause(state, event.atMs), status: 'running' }, effects: [{ type: 'plan' }] }
				: ignored(state, state.status === 'running' ? 'The timer runs already.' : notRunning(state));
		case 'reopen':
			return isOpen(state) || state.status === 'idle'
				? ignored(state, 'The timer is not over: there is nothing to open again.')
				: begun(state, event.atMs, event.messageId, event.reason ?? 'reopened');
		case 'reached':
			return reached(state, event);
	}
}

const isOpen = ({ status }: TimerState): boolean => status === 'running' || status === 'paused';

const notRunning = ({ status }: TimerState): string => `The timer is ${status} and does not run.`;

const ignored = (state: TimerState, why: string): Advanced => ({
	state,
	effects: [{ type: 'ignored', why }],
});

function started(state: TimerState, { atMs, messageId }: TimerEvent & { type: 'start' }): Advanced {
	if (
		messageId !== undefined &&
		[state.cycle, ...state.earlier].some((cycle) => cycle?.messageId === messageId)
	)
		return ignored(state, 'This message has begun the timer before.');
	if (isOpen(state)) return ignored(state, 'The timer runs since an earlier message and keeps its start.');
	// The first answer is given once, and what is settled is opened again on purpose alone.
	if (state.status === 'answered' && state.metric !== 'nextResponse')
		return ignored(state, 'The timer was answered; to begin it again, reopen it.');
	return begun(state, atMs, messageId, null);
}

function begun(
	{ metric, cycle: last, earlier }: TimerState,
	atMs: number,
	messageId: string | undefined,
	reason: string | null,
): Advanced {
	const cycle: Cycle = {
		number: (last?.number ?? 0) + 1,
		messageId: messageId ?? null,
		startedAtMs: atMs,
		...{ pauses: [], reached: [], isExhausted: false, endedAtMs: null, reason },
	};
	const kept = last === null ? earlier : [...earlier, last];
	return {
		state: { metric, status: 'running', pausedAtMs: null, cycle, earlier: kept },
		effects: [{ type: 'plan' }],
	};
}

function ended(
	state: TimerState,
	status: 'answered' | 'cancelled',
	atMs: number,
	reason: string | null,
): Advanced {
	const { cycle, ...rest } = withoutPause(state, atMs);
	// An answer may be told after a pause that began after it.
	const pauses = clip(cycle?.pauses ?? [], { start: -Infinity, end: atMs });
	return {
		state: { ...rest, status, cycle: cycle && { ...cycle, pauses, endedAtMs: atMs, reason } },
		effects: [{ type: 'withdraw' }],
	};
}

function withoutPause(state: TimerState, atMs: number): TimerState {
	const { pausedAtMs, cycle } = state;
	if (pausedAtMs === null || cycle === null) return state;
	const pauses = [...cycle.pauses, { start: pausedAtMs, end: atMs }];
	return { ...state, pausedAtMs: null, cycle: { ...cycle, pauses } };
}

function reached(
	state: TimerState,
	{ atMs, kind, level, isLast = false }: TimerEvent & { type: 'reached' },
): Advanced {
	const { cycle } = state;
	if (cycle === null) return ignored(state, 'The timer has not begun.');
	if (cycle.reached.some((step) => step.kind === kind && step.level === level))
		return ignored(state, `${kind} ${level} was handed over before.`);
	const isExhausted = cycle.isExhausted || isLast;
	return {
		state: { ...state, cycle: { ...cycle, isExhausted, reached: [...cycle.reached, { kind, level, atMs }] } },
		effects: isLast ? [{ type: 'note', text: `Escalation ${level} was the last one.` }] : [],
	};
}
