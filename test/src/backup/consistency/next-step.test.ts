import { nextStep, type NextStep } from '../../../../src/backup/consistency/next-step';

const touchedAt = '2026-11-20T02:00:00.000Z';

type Row = [state: string | undefined, replaced: boolean, mayStillChange: boolean, step: NextStep];

test.each<Row>([
	['running', false, false, 'running'],
	['running', false, true, 'wait'],
	['running', true, true, 'running'],
	['restarting', false, false, 'running'],
	['exited', false, false, 'start'],
	['exited', false, true, 'start'],
	['exited', true, false, 'start'],
	['created', true, false, 'start'],
	['paused', false, false, 'unpause'],
	['removing', false, false, 'gone'],
	['dead', false, false, 'gone'],
	[undefined, false, false, 'gone'],
])(
	'BK-35: a container that was touched and is %s (made anew: %s, may still change: %s): %s',
	(state, isReplacement, mayStillChange, step) => {
		const observed = state === undefined ? undefined : { state, isReplacement };
		expect(nextStep({ touchedAt, closed: false }, observed, mayStillChange)).toBe(step);
	},
);

test.each([undefined, { state: 'exited', isReplacement: false }, { state: 'paused', isReplacement: false }])(
	'what was never touched, or is looked after already, is left alone: %j',
	(observed) => {
		expect(nextStep({ closed: false }, observed, false)).toBe('nothing');
		expect(nextStep({ touchedAt, closed: true }, observed, false)).toBe('nothing');
	},
);
