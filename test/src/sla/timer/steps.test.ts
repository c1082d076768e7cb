import {
	advance,
	compileSchedule,
	dueSteps,
	explainTimer,
	newTimer,
	resolvePolicy,
	standingOf,
	type TimerEvent,
	type TimerState,
} from '../../../../src/sla';
import { below, randomFrom, randomSchedule } from '../random-schedules';
import { officeHours } from '../schedules';

const schedule = compileSchedule(officeHours);
const policy = resolvePolicy({});
const minute = 60_000;
const at = (text: string): number => Date.parse(`${text}+03:00`);

/** A timer for the first answer to which all this has happened. */
const timer = (...events: TimerEvent[]): TimerState =>
	events.reduce((state, event) => advance(state, event, event.atMs).state, newTimer('firstResponse'));

const breachOf = (state: TimerState): number | undefined =>
	dueSteps(state, schedule, policy).find(({ kind }) => kind === 'breach')?.atMs;

const started = { type: 'start', atMs: at('2026-11-20T17:30') } as const;

test('SL-24: after a pause the deadline is later by exactly the working time paused', () => {
	const before = breachOf(timer(started));
	const paused = timer(started, { type: 'pause', atMs: at('2026-11-20T17:50') });
	expect(dueSteps(paused, schedule, policy)).toEqual([]);
	const resumed = timer(...[started, { type: 'pause', atMs: at('2026-11-20T17:50') } as const], {
		type: 'resume',
		atMs: at('2026-11-23T09:05'),
	});
	expect(breachOf(resumed)).toBe((before ?? NaN) + 15 * minute);
});

test('SL-22: pause and resume outside the hours have no effect on the deadline', () => {
	const resumed = timer(...[started, { type: 'pause', atMs: at('2026-11-20T19:00') } as const], {
		type: 'resume',
		atMs: at('2026-11-22T12:00'),
	});
	expect(breachOf(resumed)).toBe(breachOf(timer(started)));
});

test('SL-24: with pauses at random, the elapsed time at the deadline is the target', () => {
	const random = randomFrom(24);
	const first = Math.floor(Date.UTC(2026, 2, 20) / 86_400_000);
	let checked = 0;
	for (let turn = 0; turn < 300; turn += 1) {
		const own = compileSchedule(randomSchedule(random, 'Europe/Berlin', first, 20));
		let now = (first + 2) * 86_400_000 + below(random, 86_400_000);
		const events: TimerEvent[] = [{ type: 'start', atMs: now }];
		for (let pauses = below(random, 4); pauses > 0; pauses -= 1) {
			events.push({ type: 'pause', atMs: (now += below(random, 9 * 3_600_000)) });
			events.push({ type: 'resume', atMs: (now += below(random, 30 * 3_600_000)) });
		}
		const state = timer(...events);
		const promise = resolvePolicy({ chat: { targetMinutes: { firstResponse: 1 + below(random, 3000) } } });
		if (own.segments(now, now + 90 * 86_400_000).length === 0) continue;
		const breach = dueSteps(state, own, promise).find(({ kind }) => kind === 'breach')?.atMs ?? NaN;
		const atBreach = standingOf(state, own, promise, breach);
		// A pause after the deadline takes nothing from it.
		if (breach >= now) expect(atBreach?.elapsedMs).toBe(atBreach?.targetMs);
		else
			expect(own.workingTime(state.cycle?.startedAtMs ?? NaN, breach)).toBeGreaterThanOrEqual(
				atBreach?.targetMs ?? NaN,
			);
		expect(explainTimer(state, own, promise, now)?.workingMs).toBe(
			standingOf(state, own, promise, now)?.elapsedMs,
		);
		checked += 1;
	}
	expect(checked).toBeGreaterThan(250);
});

test('an answer at the deadline is in time, a running timer is breached at that instant', () => {
	const deadline = breachOf(timer(started)) ?? NaN;
	const standing = (state: TimerState, nowMs: number) => standingOf(state, schedule, policy, nowMs);
	expect(standing(timer(started), deadline - 1)?.isBreached).toBe(false);
	expect(standing(timer(started), deadline)).toEqual({
		elapsedMs: 60 * minute,
		targetMs: 60 * minute,
		isBreached: true,
	});
	expect(standing(timer(started, { type: 'answer', atMs: deadline }), deadline + minute)?.isBreached).toBe(
		false,
	);
	expect(
		standing(timer(started, { type: 'answer', atMs: deadline + 1 }), deadline + minute)?.isBreached,
	).toBe(true);
	expect(standing(newTimer('firstResponse'), deadline)).toBeUndefined();
});

test.each([
	['on the weekend', '2026-11-21T10:00'],
	['at the next opening', '2026-11-23T09:00'],
])('a promise that was broken at the closing stays so by an answer %s', (_, when) => {
	const begun = { type: 'start', atMs: at('2026-11-20T17:00') } as const;
	const standing = (state: TimerState) => standingOf(state, schedule, policy, at(when));
	expect(standing(timer(begun))?.isBreached).toBe(true);
	expect(standing(timer(begun, { type: 'answer', atMs: at(when) }))?.isBreached).toBe(true);
	const pause = { type: 'pause', atMs: at('2026-11-20T18:00') } as const;
	expect(standing(timer(begun, pause, { type: 'answer', atMs: at(when) }))?.isBreached).toBe(true);
});

test('with pauses at random, an answer is late exactly when it comes after the breach', () => {
	const random = randomFrom(6);
	const first = Math.floor(Date.UTC(2026, 2, 20) / 86_400_000);
	let late = 0;
	for (let turn = 0; turn < 300; turn += 1) {
		const own = compileSchedule(randomSchedule(random, 'Europe/Berlin', first, 20));
		let now = (first + 2) * 86_400_000 + below(random, 86_400_000);
		const events: TimerEvent[] = [{ type: 'start', atMs: now }];
		for (let pauses = below(random, 3); pauses > 0; pauses -= 1) {
			events.push({ type: 'pause', atMs: (now += below(random, 9 * 3_600_000)) });
			events.push({ type: 'resume', atMs: (now += below(random, 30 * 3_600_000)) });
		}
		const [opening] = own.segments(now, now + 90 * 86_400_000);
		if (opening === undefined) continue;
		// Half of them fit exactly until a closing, after which the clock stands still.
		const state = timer(...events);
		const untilClosingMs = standingOf(state, own, policy, opening.end)?.elapsedMs ?? NaN;
		const minutes = turn % 2 === 0 ? untilClosingMs / minute : 1 + below(random, 3000);
		const promise = resolvePolicy({ chat: { targetMinutes: { firstResponse: minutes } } });
		const due = dueSteps(state, own, promise).find(({ kind }) => kind === 'breach')?.atMs ?? NaN;
		for (const afterMs of [-1, 0, 1, below(random, 3 * 86_400_000)]) {
			const answerMs = due + afterMs;
			if (answerMs < now) continue;
			const ended = timer(...events, { type: 'answer', atMs: answerMs });
			const isLate = answerMs > due;
			expect(standingOf(ended, own, promise, answerMs)?.isBreached).toBe(isLate);
			late += Number(isLate);
		}
	}
	expect(late).toBeGreaterThan(300);
});

test('what was handed over is not due again', () => {
	const state = timer(started, {
		type: 'reached',
		cycle: 1,
		kind: 'warning',
		level: 1,
		atMs: at('2026-11-23T09:18'),
	});
	expect(dueSteps(state, schedule, policy).map(({ kind, level }) => `${kind} ${level}`)).toEqual([
		...['breach 1', 'escalation 1', 'escalation 2', 'escalation 3', 'escalation 4', 'escalation 5'],
	]);
	expect(
		dueSteps(timer(started, { type: 'answer', atMs: at('2026-11-23T09:18') }), schedule, policy),
	).toEqual([]);
});

test('SL-41: the explanation of a timer adds up, also while it is paused and after its end', () => {
	const paused = timer(started, { type: 'pause', atMs: at('2026-11-20T17:50') });
	const running = explainTimer(paused, schedule, policy, at('2026-11-23T09:30'));
	expect(running?.workingMs).toBe(20 * minute);
	expect(running?.pieces.map((piece) => (piece.counted ? 'counted' : piece.reason.kind))).toEqual([
		...['counted', 'paused', 'closed', 'paused'],
	]);
	const ended = timer(started, { type: 'answer', atMs: at('2026-11-23T09:05') });
	expect(explainTimer(ended, schedule, policy, at('2026-12-01T09:00'))?.workingMs).toBe(35 * minute);
	expect(explainTimer(newTimer('resolution'), schedule, policy, 0)).toBeUndefined();
});

test('SL-41: by the calendar clock, all that was counted is explained, and adds up to the elapsed time', () => {
	const byCalendar = resolvePolicy({ tenant: { clock: 'calendar' } });
	const begun = { type: 'start', atMs: at('2026-11-20T17:55') } as const;
	const now = at('2026-11-23T09:05');
	const explained = explainTimer(timer(begun), schedule, byCalendar, now);
	expect(explained?.pieces).toEqual([{ start: begun.atMs, end: now, counted: true }]);
	expect(explained?.workingMs).toBe(standingOf(timer(begun), schedule, byCalendar, now)?.elapsedMs);
	const paused = timer(begun, { type: 'pause', atMs: at('2026-11-21T12:00') });
	expect(explainTimer(paused, schedule, byCalendar, now)).toMatchObject({
		workingMs: standingOf(paused, schedule, byCalendar, now)?.elapsedMs,
		pieces: [{ counted: true }, { counted: false, reason: { kind: 'paused' }, end: now }],
	});
});

test('a step that is due says which cycle it belongs to', () => {
	const again = timer(...[started, { type: 'cancel', atMs: started.atMs, reason: 'deleted' } as const], {
		type: 'start',
		atMs: started.atMs,
	});
	expect(dueSteps(again, schedule, policy)[0]).toMatchObject({ kind: 'warning', cycle: 2 });
});
