import {
	compileSchedule,
	planSteps,
	resolvePolicy,
	type Interval,
	type PolicyLayer,
} from '../../../../src/sla';
import { officeHours, thrownBy } from '../schedules';

const moscow = compileSchedule({ ...officeHours, holidays: ['2026-11-24'] });
const at = (text: string): number => Date.parse(`${text}+03:00`);

/** Steps as texts in the time of Moscow, e.g. `warning 1 11-20 16:48`. */
function plan(layer: PolicyLayer, start: string, pauses: Interval[] = []): string[] {
	const course = { startMs: at(start), pauses };
	return planSteps(moscow, resolvePolicy({ tenant: layer }), 'firstResponse', course).map(
		({ kind, level, atMs }) =>
			`${kind} ${level} ${new Date(atMs + 3 * 3_600_000).toISOString().slice(5, 16).replace('T', ' ')}`,
	);
}

test('SL-30: escalations in working time ring neither at night nor on a weekend or holiday', () => {
	expect(plan({}, '2026-11-20T16:00')).toEqual([
		'warning 1 11-20 16:48',
		'breach 1 11-20 17:00',
		'escalation 1 11-20 17:30',
		'escalation 2 11-20 18:00',
		'escalation 3 11-23 09:30',
		'escalation 4 11-23 10:00',
		'escalation 5 11-23 10:30',
	]);
	expect(plan({ escalation: { most: 2 } }, '2026-11-23T16:30').slice(1)).toEqual([
		'breach 1 11-23 17:30',
		'escalation 1 11-23 18:00',
		'escalation 2 11-25 09:30',
	]);
});

test('escalations in calendar time go on through the night', () => {
	expect(plan({ escalation: { clock: 'calendar', most: 3 } }, '2026-11-20T16:45').slice(1)).toEqual([
		'breach 1 11-20 17:45',
		'escalation 1 11-20 18:15',
		'escalation 2 11-20 18:45',
		'escalation 3 11-20 19:15',
	]);
});

test('what would ring in quiet hours rings after them, one after the other', () => {
	const quietHours = { from: '18:30', to: '07:00' };
	expect(
		plan({ escalation: { clock: 'calendar', most: 4, quietHours } }, '2026-11-20T16:45').slice(2),
	).toEqual([
		'escalation 1 11-20 18:15',
		'escalation 2 11-21 07:00',
		'escalation 3 11-21 07:30',
		'escalation 4 11-21 08:00',
	]);
	const inLondon = { ...quietHours, timezone: 'Europe/London' };
	expect(
		plan({ escalation: { clock: 'calendar', most: 8, quietHours: inLondon } }, '2026-11-20T16:45').at(-1),
	).toBe('escalation 8 11-21 10:00');
});

test('SL-30: what would ring in quiet hours rings after them, in working time', () => {
	const quietHours = { from: '17:30', to: '08:30' };
	const working = (own: object, start: string): string[] =>
		plan({ escalation: { most: 2, quietHours, ...own } }, start).slice(1);
	expect(working({}, '2026-11-20T16:15')).toEqual([
		'breach 1 11-20 17:15',
		'escalation 1 11-23 09:00',
		'escalation 2 11-23 09:30',
	]);
	// The day after is a holiday.
	expect(working({}, '2026-11-23T16:15').slice(1)).toEqual([
		'escalation 1 11-25 09:00',
		'escalation 2 11-25 09:30',
	]);
	// From 15:30 to 09:30 in Moscow: the quiet ends after the opening.
	const elsewhere = { from: '12:30', to: '06:30', timezone: 'Europe/London' };
	expect(working({ quietHours: elsewhere }, '2026-11-20T14:15').slice(1)).toEqual([
		'escalation 1 11-23 09:30',
		'escalation 2 11-23 10:00',
	]);
	const atClosing = { from: '19:00', to: '07:00' };
	expect(working({ quietHours: atClosing }, '2026-11-20T16:30')[1]).toBe('escalation 1 11-20 18:00');
});

test('quiet hours that cover all working time leave no escalation, and end', () => {
	const quietHours = { from: '08:00', to: '19:00' };
	expect(plan({ escalation: { quietHours } }, '2026-11-20T10:00').at(-1)).toBe('breach 1 11-20 11:00');
});

test.each([NaN, 1_763_650_500, Infinity])('a start at %d is refused, with the reason', (startMs) => {
	for (const clock of ['working', 'calendar'] as const) {
		const policy = resolvePolicy({ tenant: { clock } });
		const error = thrownBy(() => planSteps(moscow, policy, 'firstResponse', { startMs, pauses: [] }));
		expect([error.code, error.message]).toEqual(['invalid_input', expect.stringContaining('"startMs"')]);
	}
});

test('SL-29: after the last escalation there is no further step', () => {
	expect(plan({ escalation: { most: 0 } }, '2026-11-20T10:00').at(-1)).toBe('breach 1 11-20 11:00');
	expect(plan({ escalation: { most: 7 } }, '2026-11-19T10:00')).toHaveLength(9);
});

test('several warnings come in the order of time, by percent and by minutes before the breach', () => {
	const warnings = [{ minutesBefore: 5 }, { percent: 50 }, { percent: 80 }];
	expect(plan({ warnings, escalation: { most: 0 } }, '2026-11-20T10:00')).toEqual([
		'warning 1 11-20 10:30',
		'warning 2 11-20 10:48',
		'warning 3 11-20 10:55',
		'breach 1 11-20 11:00',
	]);
	// Each layer is right for itself; together they ask for a warning before the start.
	const policy = resolvePolicy({
		chat: { targetMinutes: { firstResponse: 15 } },
		tenant: { warnings: [{ minutesBefore: 30 }] },
	});
	const [first] = planSteps(moscow, policy, 'firstResponse', { startMs: at('2026-11-20T10:00'), pauses: [] });
	expect(first).toMatchObject({ kind: 'warning', atMs: at('2026-11-20T10:00') });
});

test('what is not promised has no steps', () => {
	expect(plan({ targetMinutes: { firstResponse: null } }, '2026-11-20T10:00')).toEqual([]);
});

test('each level has its own recipients, the last ones for all that follow', () => {
	const policy = resolvePolicy({
		tenant: { notify: { warning: ['a'], breach: ['b'], escalation: [['c'], ['d', 'e']] } },
	});
	const steps = planSteps(moscow, policy, 'firstResponse', { startMs: at('2026-11-20T10:00'), pauses: [] });
	expect(steps.map(({ notify }) => notify.join('+'))).toEqual(['a', 'b', 'c', 'd+e', 'd+e', 'd+e', 'd+e']);
});

test('SL-24: a pause moves what is after it by exactly the working time paused, and nothing before it', () => {
	const pause = { start: at('2026-11-20T10:50'), end: at('2026-11-20T11:20') };
	expect(plan({}, '2026-11-20T10:00', [pause]).slice(0, 3)).toEqual([
		'warning 1 11-20 10:48',
		'breach 1 11-20 11:30',
		'escalation 1 11-20 12:00',
	]);
	const overNight = { start: at('2026-11-20T17:50'), end: at('2026-11-23T09:15') };
	expect(plan({}, '2026-11-20T17:30', [overNight]).slice(0, 2)).toEqual([
		'warning 1 11-23 09:43',
		'breach 1 11-23 09:55',
	]);
});

test('SL-22: a pause outside the hours moves nothing, also where the time fits exactly', () => {
	const pause = { start: at('2026-11-20T18:00'), end: at('2026-11-23T09:00') };
	for (const start of ['2026-11-20T17:00', '2026-11-20T17:15', '2026-11-20T18:30'])
		expect(plan({}, start, [pause])).toEqual(plan({}, start));
});

test('a schedule that is never open has no breach, and says so; one that ends has no further escalations', () => {
	const never = compileSchedule({ timezone: 'UTC', weekly: {} });
	const course = { startMs: at('2026-11-20T10:00'), pauses: [] };
	expect(thrownBy(() => planSteps(never, resolvePolicy({}), 'firstResponse', course)).code).toBe(
		'no-working-time',
	);
	const once = compileSchedule({
		timezone: 'UTC',
		weekly: {},
		shifts: { '2026-11-20': [['08:00', '10:00']] },
	});
	const steps = planSteps(once, resolvePolicy({}), 'firstResponse', course);
	expect(steps.map(({ kind, level }) => `${kind} ${level}`)).toEqual([
		'warning 1',
		'breach 1',
		'escalation 1',
		'escalation 2',
	]);
});

test('a target in calendar time counts the night', () => {
	expect(plan({ clock: 'calendar', escalation: { most: 0 } }, '2026-11-20T17:30')).toEqual([
		'warning 1 11-20 18:18',
		'breach 1 11-20 18:30',
	]);
});
