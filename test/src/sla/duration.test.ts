import { readDuration } from '../../../src/sla';
import { thrownBy } from './schedules';

test.each([
	[1.5, 90_000],
	[0, 0],
	['90', 5_400_000],
	['1.5 min', 90_000],
	['1h 30m', 5_400_000],
	['1h30min', 5_400_000],
	['2 hours', 7_200_000],
	['45s', 45_000],
	['250 ms', 250],
	['2d', 172_800_000],
	['PT1H30M', 5_400_000],
	['P1DT0.5H', 88_200_000],
])('SL-10: the duration %j is %i ms', (value, ms) => {
	expect(readDuration(value)).toBe(ms);
});

test('SL-10: a number alone is in the unit that is asked for', () => {
	expect([readDuration(2, 'target', 'h'), readDuration('2', 'target', 's')]).toEqual([7_200_000, 2000]);
});

test.each([
	-1,
	NaN,
	'1one',
	1e12,
	'',
	' ',
	'-5 min',
	'PT',
	'P',
	'1h30',
	'constructor',
	'5 constructor',
	null,
	{},
	true,
	'1e5',
])('SL-10: %p is refused with its value and the name of the field', (value) => {
	const error = thrownBy(() => readDuration(value, 'target'));
	expect(error.code).toBe('invalid_input');
	expect(error.message).toContain(String(value));
	expect(error.faults).toEqual([{ field: 'target', problem: expect.any(String) }]);
});
