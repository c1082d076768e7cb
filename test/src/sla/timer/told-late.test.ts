import { advance, newTimer, type Metric, type TimerEvent, type TimerState } from '../../../../src/sla';

const minute = 60_000;
const begin = Date.UTC(2026, 10, 20, 10);
const at = (minutes: number): number => begin + minutes * minute;

/** Tells events at the minutes given; an event without one of its own happened just then. */
function told(metric: Metric, ...events: [number, TimerEvent][]): { state: TimerState; effects: string[] } {
	let state = newTimer(metric);
	let effects: string[] = [];
	for (const [minutes, event] of events) {
		const before = JSON.stringify(state);
		const next = advance(state, event, at(minutes));
		expect(JSON.stringify(state)).toBe(before);
		state = next.state;
		effects = next.effects.map(({ type }) => type);
	}
	return { state, effects };
}

const start = (minutes: number, messageId: string): TimerEvent => ({
	type: 'start',
	atMs: at(minutes),
	messageId,
});
const answer = (minutes: number): TimerEvent => ({ type: 'answer', atMs: at(minutes) });

test('SL-27: a step that was acknowledged late belongs to its own cycle and leaves the new one alone', () => {
	const begun: [number, TimerEvent][] = [
		[0, start(0, 'm1')],
		[61, answer(61)],
		[62, start(62, 'm2')],
	];
	const { state: before } = told('nextResponse', ...begun);
	const step = { type: 'reached', kind: 'escalation', level: 5, isLast: true, atMs: at(60) } as const;
	const { state, effects } = told('nextResponse', ...begun, [63, { ...step, cycle: 1 }]);
	expect(state.cycle).toEqual(before.cycle);
	expect(state.earlier[0]).toMatchObject({
		...{ number: 1, isExhausted: true, reached: [{ kind: 'escalation', level: 5, atMs: at(60) }] },
	});
	expect(effects).toEqual(['note']);
	expect(
		told('nextResponse', ...begun, [63, { ...step, cycle: 1 }], [64, { ...step, cycle: 1 }]).effects,
	).toEqual(['ignored']);
	expect(told('nextResponse', ...begun, [63, { ...step, cycle: 3 }]).effects).toEqual(['ignored']);
});

test('a request that is told after its answer begins nothing', () => {
	const { state, effects } = told('nextResponse', [0, start(0, 'm1')], [5, answer(5)], [20, start(3, 'm2')]);
	expect([state.status, state.cycle?.number, effects]).toEqual(['answered', 1, ['ignored']]);
	const later = told('nextResponse', [0, start(0, 'm1')], [5, answer(5)], [20, start(6, 'm2')]);
	expect(later.state.cycle).toMatchObject({ number: 2, startedAtMs: at(6) });
});

test('a request that is told after an answer nothing waited for begins nothing either', () => {
	const aside = told('nextResponse', [5, answer(5)]);
	expect([aside.state.status, aside.effects]).toEqual(['idle', []]);
	expect(told('nextResponse', [5, answer(5)], [20, start(3, 'm2')]).state.status).toBe('idle');
	const twice = told(
		'nextResponse',
		[0, start(0, 'm1')],
		[5, answer(5)],
		[30, answer(30)],
		[40, start(20, 'm2')],
	);
	expect(twice.state.status).toBe('answered');
	expect(told('nextResponse', [5, answer(5)], [6, answer(4)]).effects).toEqual(['ignored']);
});

test('a first request that is told after its answer begins nothing, and a later one does', () => {
	const first = told('firstResponse', [6, answer(5)], [20, start(0, 'm1')]);
	expect([first.state.status, first.effects]).toEqual(['idle', ['ignored']]);
	const later = told('firstResponse', [6, answer(5)], [20, start(19, 'm2')]);
	expect([later.state.status, later.state.cycle?.startedAtMs]).toEqual(['running', at(19)]);
	const cancelled = told(
		'firstResponse',
		[0, start(0, 'm1')],
		[1, { type: 'cancel', atMs: at(1), reason: 'deleted' }],
		[6, answer(5)],
		[20, start(3, 'm2')],
	);
	expect(cancelled.state.status).toBe('cancelled');
	expect(told('resolution', [6, answer(5)]).effects).toEqual(['ignored']);
});

test('a request that is told at once begins a timer, also when the clock of the answer is ahead', () => {
	const { state } = told('nextResponse', [0, start(0, 'm1')], [5, answer(5.5)], [5.2, start(5.1, 'm2')]);
	expect([state.status, state.cycle?.messageId]).toEqual(['running', 'm2']);
});

test('the first message begins the timer, also when it is told after the second one', () => {
	const { state, effects } = told('firstResponse', [5, start(5, 'm2')], [7, start(0, 'm1')]);
	expect(state.cycle).toMatchObject({ number: 1, startedAtMs: at(0), messageId: 'm1' });
	expect([state.status, effects]).toEqual(['running', ['plan', 'note']]);
	const paused = told(
		'firstResponse',
		[5, start(5, 'm2')],
		[6, { type: 'pause', atMs: at(6) }],
		[7, start(0, 'm1')],
	);
	expect([paused.state.status, paused.state.cycle?.startedAtMs, paused.effects]).toEqual([
		...['paused', at(0), ['note']],
	]);
	// What was answered before does not come back with it.
	const answered = told('nextResponse', [1, answer(1)], [5, start(5, 'm2')], [7, start(0, 'm1')]);
	expect(answered.state.cycle?.startedAtMs).toBe(at(5));
});

test('SL-39: the same message reopens a timer once, and one from before the solution does not', () => {
	const reopen: TimerEvent = { type: 'reopen', atMs: at(20), messageId: 'm9' };
	const settled: [number, TimerEvent][] = [
		[0, start(0, 'm1')],
		[10, answer(10)],
	];
	const again = told('resolution', ...settled, [20, reopen], [30, answer(30)], [31, reopen]);
	expect([again.state.status, again.state.cycle?.number, again.effects]).toEqual([
		'answered',
		2,
		['ignored'],
	]);
	const other = { ...reopen, messageId: 'm10', atMs: at(30.5) };
	expect(
		told('resolution', ...settled, [20, reopen], [30, answer(30)], [31, other]).state.cycle?.number,
	).toBe(3);
	expect(told('resolution', ...settled, [20, { ...reopen, atMs: at(8) }]).effects).toEqual(['ignored']);
});

test('SL-35: what takes the place of a deleted message keeps the pauses that it has waited through', () => {
	const replacing = { messageId: 'm2', startedAtMs: at(5), reason: 'message deleted' };
	const replace = { type: 'replace', atMs: at(300), ...replacing } as const;
	const paused = told(
		'firstResponse',
		[0, start(0, 'm1')],
		[2, { type: 'pause', atMs: at(2) }],
		[6, { type: 'resume', atMs: at(6) }],
		[10, { type: 'pause', atMs: at(10) }],
		[300, replace],
	);
	expect(paused.state).toMatchObject({
		...{ status: 'paused', pausedAtMs: at(10) },
		cycle: { number: 2, messageId: 'm2', startedAtMs: at(5), pauses: [{ start: at(5), end: at(6) }] },
		earlier: [{ messageId: 'm1', endedAtMs: at(300), reason: 'message deleted' }],
	});
	expect(paused.effects).toEqual(['withdraw']);
	const running = told('firstResponse', [0, start(0, 'm1')], [300, replace]);
	expect([running.state.status, running.state.cycle?.startedAtMs, running.effects]).toEqual([
		...['running', at(5), ['plan']],
	]);
	const known = told('firstResponse', [0, start(0, 'm1')], [300, { ...replace, messageId: 'm1' }]);
	expect(known.state.status).toBe('cancelled');
	expect(told('firstResponse', [300, replace]).effects).toEqual(['ignored']);
	expect(() => told('firstResponse', [300, { ...replace, startedAtMs: 1_763_650_500 }])).toThrow(
		'"startedAtMs"',
	);
	const ahead = told('firstResponse', [0, start(0, 'm1')], [300, { ...replace, startedAtMs: at(900) }]);
	expect(ahead.state.cycle?.startedAtMs).toBe(at(301));
});
