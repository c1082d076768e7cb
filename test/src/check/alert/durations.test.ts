import { minute, Target } from './target';

test('HC-21 HC-32: time in which nobody has looked is no time in which a trouble has lasted', () => {
	const target = new Target({ failures: 1, forMs: 5 * minute });
	target.checks(20, 'ok');
	target.check('critical');
	target.now += 10 * 60 * minute;
	const back = target.now + minute;
	target.checks(5, 'critical');
	expect(target.history).toEqual([]);
	target.check('critical');
	expect(target.history).toEqual(['firing critical']);
	expect(target.told[0]?.since).toBe(back);
});

test('HC-2: failures before and after such a time are in a row all the same', () => {
	const target = new Target({ failures: 3 });
	target.checks(20, 'ok');
	target.checks(2, 'critical');
	target.now += 20 * minute;
	target.check('critical');
	expect(target.history).toEqual(['firing critical']);
});

test('HC-19: what starts in the time that it may take is never told as what cannot be checked', () => {
	const target = new Target();
	target.checks(5, 'ok');
	target.reason = 'starting';
	target.checks(60, 'unknown');
	target.checks(5, 'ok');
	expect(target.history).toEqual([]);
	target.reason = 'engine_error';
	target.checks(5, 'unknown');
	expect(target.history).toEqual(['firing unknown']);
});
