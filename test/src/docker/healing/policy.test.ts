import { backoffMs, defaultPolicy, parsePolicy } from '../../../../src/docker/healing';
import { minute, second } from './machine';

const longest = () => 0;
const shortest = () => 0.999_999;

test('the wait doubles from ten seconds to five minutes, as that of the kubelet, and is a little shorter', () => {
	const waits = [1, 2, 3, 4, 5, 6, 7, 50, 5000].map((attempt) =>
		Math.round(backoffMs(defaultPolicy, attempt, false, longest) / 0.9 / second),
	);
	expect(waits).toEqual([10, 20, 40, 80, 160, 300, 300, 300, 300]);
});

test('what failed together does not start together, and no wait is shorter than half', () => {
	expect(backoffMs(defaultPolicy, 1, false, shortest)).toBe(5 * second);
	expect(backoffMs(defaultPolicy, 99, false, shortest)).toBe(2.5 * minute);
});

test('DK-14 out of memory waits longer', () => {
	expect(backoffMs(defaultPolicy, 1, true, longest)).toBe(54 * second);
	expect(backoffMs(defaultPolicy, 99, true, longest)).toBe(13.5 * minute);
});

test('what is not given is as by default; a long first wait raises the longest', () => {
	expect(parsePolicy({})).toEqual(defaultPolicy);
	expect(parsePolicy({ maxRestarts: '5', windowMinutes: 60, backoffSeconds: 600 })).toMatchObject({
		maxRestarts: 5,
		windowMs: 60 * minute,
		initialBackoffMs: 10 * minute,
		maxBackoffMs: 10 * minute,
		initialMemoryBackoffMs: 10 * minute,
	});
});

test.each([
	[{ maxRestarts: -1 }, 'Most Restarts'],
	[{ windowMinutes: 'soon' }, 'Window'],
	[{ backoffSeconds: 0 }, 'Back-Off'],
	[{ settleSeconds: 1.5 }, 'Settle Time'],
])('%j is refused by the name of its field', (input, field) => {
	expect(() => parsePolicy(input)).toThrow(`"${field}" is not a whole number`);
});
