import { goal, median, quantile } from './numbers';
import { bench } from './main';

test('the median and the 95th percentile are values that were measured', () => {
	const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
	expect(median(hundred)).toBe(51);
	expect(median([3, 1, 2])).toBe(2);
	expect(quantile(hundred, 0.95)).toBe(96);
	expect(() => median([])).toThrow('Nothing was measured.');
});

test('a number stands beside its goal', () => {
	expect(goal(0.6, 'atLeast', 0.6)).toEqual({ value: 0.6, goal: '≥ 0.6', met: true });
	expect(goal(0.59, 'atLeast', 0.6).met).toBe(false);
	expect(goal(3.01, 'atMost', 3).met).toBe(false);
	expect(goal(2, 'exactly', 1)).toEqual({ value: 2, goal: '= 1', met: false });
	expect(goal(256, 'below', 256)).toEqual({ value: 256, goal: '< 256', met: false });
});

test('an area that does not exist is a usage error that names those there are', async () => {
	const told = jest.spyOn(console, 'error').mockImplementation(() => undefined);
	expect(await bench(['backups'])).toBe(2);
	expect(told.mock.calls.flat().join()).toBe(
		'There is no area backups. Areas: backup, channels, decide, docker, health, sla, store, tls.',
	);
	told.mockRestore();
});
