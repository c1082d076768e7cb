import { advance, newTimer, type Metric, type TimerEvent, type TimerState } from '../../../../src/sla';
import { thrownBy } from '../schedules';

const minute = 60_000;
const begin = Date.UTC(2026, 10, 20, 10);
const at = (minutes: number): number => begin + minutes * minute;

type Told = TimerEvent extends infer Event
	? Event extends { atMs: number }
		? Omit<Event, 'atMs'>
		: never
	: never;

/** Lets events happen, one each minute, and tells the state and the effects of the last one. */
function after(metric: Metric, ...events: Told[]): { state: TimerState; effects: string[] } {
	let state = newTimer(metric);
	let effects: string[] = [];
	for (const [index, event] of events.entries()) {
		// Tells nothing when anything is changed in place: the state before must stay as it was.
		const before = JSON.stringify(state);
		const next = advance(state, { ...event, atMs: at(index) }, at(index));
		expect(JSON.stringify(state)).toBe(before);
		state = JSON.parse(JSON.stringify(next.state)) as TimerState;
		effects = next.effects.map(({ type }) => type);
	}
	return { state, effects };
}

const start = { type: 'start', messageId: 'm1' } as const;
const again = { type: 'start', messageId: 'm2' } as const;
const answer = { type: 'answer' } as const;
const pause = { type: 'pause' } as const;
const resume = { type: 'resume' } as const;
const cancel = { type: 'cancel', reason: 'message deleted' } as const;
const reopen = { type: 'reopen' } as const;
const breach = { type: 'reached', cycle: 1, kind: 'breach', level: 1 } as const;

const ways = {
	idle: [],
	running: [start],
	paused: [start, pause],
	answered: [start, answer],
	cancelled: [start, cancel],
} as const;

/** What each event makes of each state: the new status and the effect. */
const table: [keyof typeof ways, Told, string, string][] = [
	['idle', start, 'running', 'plan'],
	['idle', answer, 'idle', ''],
	['idle', pause, 'idle', 'ignored'],
	['idle', resume, 'idle', 'ignored'],
	['idle', cancel, 'idle', 'ignored'],
	['idle', reopen, 'idle', 'ignored'],
	['idle', breach, 'idle', 'ignored'],
	['running', again, 'running', 'ignored'],
	['running', answer, 'answered', 'withdraw'],
	['running', pause, 'paused', 'withdraw'],
	['running', resume, 'running', 'ignored'],
	['running', cancel, 'cancelled', 'withdraw'],
	['running', reopen, 'running', 'ignored'],
	['running', breach, 'running', ''],
	['paused', again, 'paused', 'ignored'],
	['paused', answer, 'answered', 'withdraw'],
	['paused', pause, 'paused', 'ignored'],
	['paused', resume, 'running', 'plan'],
	['paused', cancel, 'cancelled', 'withdraw'],
	['paused', reopen, 'paused', 'ignored'],
	['answered', again, 'answered', 'ignored'],
	['answered', answer, 'answered', 'ignored'],
	['answered', pause, 'answered', 'ignored'],
	['answered', resume, 'answered', 'ignored'],
	['answered', cancel, 'answered', 'ignored'],
	['answered', reopen, 'running', 'plan'],
	['cancelled', again, 'running', 'plan'],
	['cancelled', answer, 'cancelled', ''],
	['cancelled', pause, 'cancelled', 'ignored'],
	['cancelled', resume, 'cancelled', 'ignored'],
	['cancelled', cancel, 'cancelled', 'ignored'],
	['cancelled', reopen, 'running', 'plan'],
];

test.each(table)('%s, then %j: %s (%s)', (from, event, status, effect) => {
	const before = after('firstResponse', ...ways[from]);
	expect(before.state.status).toBe(from);
	const { state, effects } = after('firstResponse', ...ways[from], event);
	expect([state.status, effects.join()]).toEqual([status, effect]);
	if (effect === 'ignored') expect(state).toEqual(before.state);
});

test('what is ignored says why', () => {
	const { state } = after('firstResponse', start, pause);
	const twice = advance(state, { type: 'pause', atMs: at(2) }, at(2));
	expect(twice.effects).toEqual([{ type: 'ignored', why: 'The timer is paused already.' }]);
});

test('SL-23: the second pause and the second resume change nothing and say so', () => {
	const { state, effects } = after('firstResponse', start, pause, pause, resume, resume);
	expect(effects).toEqual(['ignored']);
	expect(state.cycle?.pauses).toEqual([{ start: at(1), end: at(3) }]);
});

test('the first message begins the timer, later ones do not move its start', () => {
	const { state } = after('firstResponse', start, again);
	expect(state.cycle).toMatchObject({ startedAtMs: begin, messageId: 'm1' });
});

test('SL-39: the same message begins a timer once, also when it is told again after the answer', () => {
	expect(after('nextResponse', start, answer, start).effects).toEqual(['ignored']);
	expect(after('nextResponse', start, cancel, start).effects).toEqual(['ignored']);
	expect(after('nextResponse', start, answer, again, answer, start).effects).toEqual(['ignored']);
	const { state } = after('nextResponse', start, answer, again);
	expect([state.status, state.cycle?.number, state.earlier.length]).toEqual(['running', 2, 1]);
});

test('SL-35: a cancelled timer keeps its reason', () => {
	const { state } = after('firstResponse', start, cancel);
	expect(state.cycle).toMatchObject({ endedAtMs: at(1), reason: 'message deleted' });
});

test('SL-36: what is opened again is a new cycle, and the old one is kept as it was', () => {
	const { state: before } = after('resolution', start, pause, resume, breach, answer);
	const { state } = after('resolution', start, pause, resume, breach, answer, reopen);
	expect(state.cycle).toMatchObject({
		number: 2,
		startedAtMs: at(5),
		pauses: [],
		reached: [],
		endedAtMs: null,
	});
	expect(state.earlier).toEqual([before.cycle]);
	expect(state.pausedAtMs).toBeNull();
});

test('SL-29: the last escalation is noted, and the state says that there is no further one', () => {
	const levels = [1, 2, 3].map(
		(level) => ({ type: 'reached', cycle: 1, kind: 'escalation', level, isLast: level === 3 }) as const,
	);
	expect(after('firstResponse', start, breach, ...levels.slice(0, 2)).state.cycle?.isExhausted).toBe(false);
	const { state, effects } = after('firstResponse', start, breach, ...levels);
	expect([state.cycle?.isExhausted, effects]).toEqual([true, ['note']]);
	expect(after('firstResponse', start, breach, ...levels, levels[2] ?? breach).effects).toEqual(['ignored']);
});

test('SL-32: when the clock is set back, pauses stay in order and what was put right is noted', () => {
	const { state } = after('firstResponse', start, pause, resume);
	const back = advance(state, { type: 'pause', atMs: at(-60) }, at(-60));
	expect(back.state.pausedAtMs).toBe(at(2));
	expect(back.effects.map(({ type }) => type)).toEqual(['withdraw', 'note']);
	const on = advance(back.state, { type: 'resume', atMs: at(-50) }, at(-50));
	expect(on.state.cycle?.pauses).toEqual([
		{ start: at(1), end: at(2) },
		{ start: at(2), end: at(2) },
	]);
});

test('SL-33: a time in the future is that of now, and is noted; a little is as clocks are', () => {
	const far = advance(newTimer('firstResponse'), { type: 'start', atMs: at(30) }, at(0));
	expect(far.state.cycle?.startedAtMs).toBe(at(0));
	expect(far.effects).toEqual([
		{ type: 'plan' },
		{ type: 'note', text: expect.stringContaining('in the future') },
	]);
	const near = advance(newTimer('firstResponse'), { type: 'start', atMs: at(0.5) }, at(0));
	expect(near.state.cycle?.startedAtMs).toBe(at(0.5));
	expect(near.effects).toEqual([{ type: 'plan' }]);
	expect(
		advance(newTimer('firstResponse'), { type: 'start', atMs: at(2) }, at(0), 5 * minute).effects,
	).toHaveLength(1);
});

test.each([NaN, 1_763_650_500, 1_763_650_500_000_000, Infinity])(
	'a time of %d is refused, whatever it is said of, and says what to do',
	(saidMs) => {
		const said = [start, answer, pause, resume, cancel, reopen, breach];
		for (const event of said)
			expect(
				thrownBy(() => advance(newTimer('firstResponse'), { ...event, atMs: saidMs }, at(0))),
			).toMatchObject({
				...{ code: 'invalid_input', faults: [{ field: 'atMs', problem: `is ${saidMs}` }] },
				remedy: expect.stringContaining('by 1000'),
			});
		const byNoClock = thrownBy(() => advance(newTimer('firstResponse'), { ...start, atMs: at(0) }, saidMs));
		expect(byNoClock.message).toContain('"nowMs"');
	},
);

test('an answer that is told late counts from when it was given, and stops nothing that was asked after it', () => {
	const { state } = after('firstResponse', start, pause, resume, pause);
	const { state: ended } = advance(state, { type: 'answer', atMs: at(1.5) }, at(9));
	expect(ended.cycle).toMatchObject({ endedAtMs: at(1.5), pauses: [{ start: at(1), end: at(1.5) }] });
	expect(ended.pausedAtMs).toBeNull();
	const old = advance(state, { type: 'answer', atMs: at(-1) }, at(9));
	// What was asked before it may be told later still.
	expect(old).toEqual({ state: { ...state, answeredAtMs: at(-1) }, effects: [] });
});
