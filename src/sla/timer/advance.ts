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
	const event = checked(told, nowMs + skewMs);
	// The time of a step is that for which it was planned, and no word from outside.
	const { atMs, notes } =
		event.type === 'reached' ? { atMs: event.atMs, notes: [] } : plausible(state, event, nowMs, skewMs);
	const isLate = nowMs - atMs > skewMs;
	const { state: next, effects } = transition(state, { ...event, atMs }, isLate);
	// What was put right for an event without effect is not worth a word.
	const isIgnored = effects.some(({ type }) => type === 'ignored');
	return { state: next, effects: isIgnored ? effects : [...effects, ...notes] };
}

function checked(event: TimerEvent, latestMs: number): TimerEvent {
	const atMs = happenedAt(event.atMs);
	if (event.type !== 'replace') return { ...event, atMs };
	return { ...event, atMs, startedAtMs: Math.min(happenedAt(event.startedAtMs, 'startedAtMs'), latestMs) };
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

/** @param isLate whether the event is told so long after it happened that clocks do not explain it */
function transition(state: TimerState, event: TimerEvent, isLate: boolean): Advanced {
	switch (event.type) {
		case 'start':
			return started(state, event, isLate);
		case 'answer':
			if (!isOpen(state))
				return answeredAside(state, event.atMs, `The timer is ${state.status}: there is nothing to answer.`);
			// Told late: it cannot be an answer to what was asked after it.
			if (state.cycle !== null && event.atMs < state.cycle.startedAtMs)
				return answeredAside(state, event.atMs, 'The answer is older than the start of the timer.');
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
		case 'replace':
			return isOpen(state)
				? replaced(state, event)
				: ignored(state, `The timer is ${state.status}: there is nothing to replace.`);
		case 'reopen':
			if (isOpen(state) || state.status === 'idle')
				return ignored(state, 'The timer is not over: there is nothing to open again.');
			return (
				notNew(state, event, isLate) ??
				begun(state, { ...event, reason: event.reason ?? 'reopened', pauses: [], pausedAtMs: null })
			);
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

const hasBegun = ({ cycle, earlier }: TimerState, messageId: string | undefined): boolean =>
	messageId !== undefined && [cycle, ...earlier].some((known) => known?.messageId === messageId);

/** Why what asks for an answer asks for none. */
function notNew(
	state: TimerState,
	{ atMs, messageId }: { atMs: number; messageId?: string },
	isLate: boolean,
): Advanced | undefined {
	if (hasBegun(state, messageId)) return ignored(state, 'This message has begun the timer before.');
	// A request that is told at once is a new one, even where the clock of the answer was ahead.
	if (isLate && state.answeredAtMs !== null && atMs < state.answeredAtMs)
		return ignored(state, 'The timer was answered after this.');
	return undefined;
}

function started(state: TimerState, event: TimerEvent & { type: 'start' }, isLate: boolean): Advanced {
	const { cycle } = state;
	const known = notNew(state, event, isLate);
	if (known) return known;
	if (isOpen(state))
		return cycle !== null && event.atMs < cycle.startedAtMs
			? startedEarlier(state, cycle, event)
			: ignored(state, 'The timer runs since an earlier message and keeps its start.');
	// The first answer is given once, and what is settled is opened again on purpose alone.
	if (state.status === 'answered' && state.metric !== 'nextResponse')
		return ignored(state, 'The timer was answered; to begin it again, reopen it.');
	return begun(state, { ...event, reason: null, pauses: [], pausedAtMs: null });
}

/** The first message begins it, also when it is told after the second one. */
function startedEarlier(
	state: TimerState,
	cycle: Cycle,
	{ atMs, messageId = null }: { atMs: number; messageId?: string | null },
): Advanced {
	const [from, to] = [cycle.startedAtMs, atMs].map((ms) => new Date(ms).toISOString());
	return {
		state: { ...state, cycle: { ...cycle, startedAtMs: atMs, messageId } },
		effects: [
			...(state.status === 'running' ? [{ type: 'plan' } as const] : []),
			{ type: 'note', text: `An earlier message was told later: the start is ${to}, no longer ${from}.` },
		],
	};
}

type Beginning = Pick<Cycle, 'pauses' | 'reason'> &
	Pick<TimerState, 'pausedAtMs'> & { atMs: number; messageId?: string };

function begun(
	{ cycle: last, earlier, ...rest }: TimerState,
	{ atMs, messageId, reason, pauses, pausedAtMs }: Beginning,
): Advanced {
	const cycle: Cycle = {
		number: (last?.number ?? 0) + 1,
		messageId: messageId ?? null,
		startedAtMs: atMs,
		...{ pauses, reached: [], isExhausted: false, endedAtMs: null, reason },
	};
	const kept = last === null ? earlier : [...earlier, last];
	const isPaused = pausedAtMs !== null;
	return {
		state: { ...rest, status: isPaused ? 'paused' : 'running', pausedAtMs, cycle, earlier: kept },
		effects: [{ type: isPaused ? 'withdraw' : 'plan' }],
	};
}

/** Whoever waits since then has waited through the same pauses. */
function replaced(
	state: TimerState,
	{ atMs, messageId, startedAtMs, reason }: TimerEvent & { type: 'replace' },
): Advanced {
	const cancelled = ended(state, 'cancelled', atMs, reason);
	if (hasBegun(state, messageId)) return cancelled;
	return begun(cancelled.state, {
		...{ atMs: startedAtMs, messageId, reason: null },
		pauses: clip(state.cycle?.pauses ?? [], { start: startedAtMs, end: Infinity }),
		pausedAtMs: state.pausedAtMs === null ? null : Math.max(state.pausedAtMs, startedAtMs),
	});
}

/** Nothing waits for this answer, but what was asked before it may be told later. */
function answeredAside(state: TimerState, atMs: number, why: string): Advanced {
	const { metric, status, answeredAtMs } = state;
	// A first answer is given once, and to settle something takes more than an answer.
	const isKept = metric === 'nextResponse' || (metric === 'firstResponse' && status !== 'answered');
	return isKept && atMs > (answeredAtMs ?? -Infinity)
		? { state: { ...state, answeredAtMs: atMs }, effects: [] }
		: ignored(state, why);
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
	const answeredAtMs = status === 'answered' ? Math.max(atMs, rest.answeredAtMs ?? atMs) : rest.answeredAtMs;
	return {
		state: { ...rest, status, answeredAtMs, cycle: cycle && { ...cycle, pauses, endedAtMs: atMs, reason } },
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
	{ atMs, cycle: number, kind, level, isLast = false }: TimerEvent & { type: 'reached' },
): Advanced {
	const { cycle, earlier } = state;
	// Between the claim of a step and the word that it was handed over, the timer may have begun anew.
	const own = [cycle, ...earlier].find((known) => known?.number === number);
	if (!own) return ignored(state, `The timer has no cycle ${number}.`);
	if (own.reached.some((step) => step.kind === kind && step.level === level))
		return ignored(state, `${kind} ${level} was handed over before.`);
	const noted: Cycle = {
		...own,
		isExhausted: own.isExhausted || isLast,
		reached: [...own.reached, { kind, level, atMs }],
	};
	if (own !== cycle)
		return {
			state: { ...state, earlier: earlier.map((known) => (known === own ? noted : known)) },
			effects: [{ type: 'note', text: `${kind} ${level} of the earlier cycle ${number} was handed over.` }],
		};
	return {
		state: { ...state, cycle: noted },
		effects: isLast ? [{ type: 'note', text: `Escalation ${level} was the last one.` }] : [],
	};
}
