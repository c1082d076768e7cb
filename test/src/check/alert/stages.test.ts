import type { FoundLevel, Reached } from '../../../../src/check/alert';
import { leafLevel, expiryThreshold } from '../../../../src/check/tls/judge/thresholds';
import { expiryThresholds } from '../../../../src/check/tls';
import { Target } from './target';

const day = 86_400_000;
const daily = { failures: 1, recoveries: 1, reminderMs: null, unknowns: 3 };

/** A certificate that is looked at each day. */
class Watched {
	readonly target = new Target(daily);

	constructor(public validity = { notBefore: 0, notAfter: 365 * day }) {}

	look(daysLeft: number, reached: Reached = 'everybody'): void {
		const now = this.validity.notAfter - daysLeft * day;
		const threshold = expiryThreshold(this.validity, now);
		const level = threshold === 'expired' ? 'critical' : leafLevel(this.validity, now);
		this.target.check(
			level,
			reached,
			false,
			threshold === null ? 0 : expiryThresholds.indexOf(threshold) + 1,
		);
	}

	days(from: number, to: number): void {
		for (let left = from; left >= to; left -= 1) this.look(left);
	}
}

test('TL-1 looked at each day, a certificate is told of at 30, 14, 7 and 1 days and at its end, once each', () => {
	const watched = new Watched();
	watched.days(60.5, 14.5);
	expect(watched.target.history).toEqual(['firing warning']);
	watched.days(13.5, 7.5);
	expect(watched.target.history).toEqual(['firing warning', 'changed warning']);
	watched.days(6.5, -20.5);
	expect(watched.target.history.slice(2)).toEqual([
		'changed critical',
		'changed critical',
		'changed critical',
	]);
});

test('TL-1 looked at each week, it is told of the same thresholds, as far as a look falls between them', () => {
	const watched = new Watched();
	for (let left = 61; left > -30; left -= 7) watched.look(left);
	// 26, 12, 5 and -2 days.
	expect(watched.target.history).toEqual([
		'firing warning',
		'changed warning',
		'changed critical',
		'changed critical',
	]);
});

test('TL-1 a renewal is told, and afterwards all thresholds count anew', () => {
	const watched = new Watched();
	watched.days(40.5, 10.5);
	watched.days(365, 10.5);
	expect(watched.target.history).toEqual([
		...['firing warning', 'changed warning', 'resolved'],
		...['firing warning', 'changed warning'],
	]);
});

test('TL-1 a certificate that is replaced by an older one is told again', () => {
	const watched = new Watched();
	watched.look(20);
	watched.look(10);
	watched.look(3);
	watched.look(-5);
	expect(watched.target.history).toHaveLength(4);
	const renewed = new Watched();
	renewed.look(5);
	renewed.look(300);
	renewed.look(5);
	expect(renewed.target.history).toEqual(['firing critical', 'resolved', 'firing critical']);
});

test('TL-1 a threshold that could not be told is told with the next look, and one that is over by then is not', () => {
	const watched = new Watched();
	watched.look(20);
	watched.look(13, 'nobody');
	expect(watched.target.history).toEqual(['firing warning']);
	watched.look(12);
	expect(watched.target.history).toEqual(['firing warning', 'changed warning']);
	watched.look(6.5, 'nobody');
	watched.look(0.5);
	expect(watched.target.history).toEqual(['firing warning', 'changed warning', 'changed critical']);
	watched.look(0.4);
	expect(watched.target.history).toHaveLength(3);
});

test('TL-27 a host that cannot be looked at is told after three looks, and what was told of it before stands', () => {
	const { target } = new Watched();
	const unknown: FoundLevel = 'unknown';
	target.checks(2, unknown);
	expect(target.history).toEqual([]);
	target.checks(1, unknown);
	expect(target.history).toEqual(['firing unknown']);
	target.checks(5, unknown);
	target.checks(1, 'ok');
	expect(target.history).toEqual(['firing unknown', 'resolved']);
});
