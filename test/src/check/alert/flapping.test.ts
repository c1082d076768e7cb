import type { AlertPolicy } from '../../../../src/check/alert';
import { minute, Target } from './target';

/** The same numbers for the same seed. */
function randomFrom(seed: number): () => number {
	let state = seed;
	return () => {
		state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
		return state / 2 ** 32;
	};
}

const days = 20;

/** Messages a day of a target that is looked at each minute, and of which so many looks fail at random. */
function messagesPerDay(percent: number, policy: Partial<AlertPolicy> = {}): number {
	const target = new Target({ reminderMs: null, ...policy });
	const random = randomFrom(percent);
	for (let made = 0; made < days * 24 * 60; made += 1)
		target.check(random() < percent / 100 ? 'critical' : 'ok');
	return target.told.length / days;
}

/** Made in a row, e.g. `5+ 3-`: five good looks, then three bad ones. */
function play(target: Target, looks: string): void {
	for (const part of looks.split(' '))
		target.checks(Number.parseInt(part, 10), part.endsWith('-') ? 'critical' : 'ok');
}

test.each([
	[1, 0],
	[3, 0],
	[5, 1],
	[10, 5],
	[20, 4],
	[30, 2],
	[50, 1],
])(
	'HC-5: of a target of which %i %% of the looks fail at random there are at most %i messages a day',
	(percent, most) => {
		expect(messagesPerDay(percent)).toBeLessThanOrEqual(most);
	},
);

test.each([
	[3, 4],
	[10, 25],
	[30, 2],
	[50, 1],
])(
	'HC-6: by a share of failures, of %i %% that fail at random there are at most %i messages a day',
	(percent, most) => {
		expect(messagesPerDay(percent, { outOf: 10 })).toBeLessThanOrEqual(most);
	},
);

test('HC-1 HC-5: isolated failures are no trouble, and no ups and downs either', () => {
	const target = new Target();
	play(target, '9+ 1- 5+ 1- 5+ 1- 30+ 1- 3+ 1- 3+ 1- 3+ 1- 3+ 1- 30+');
	expect(target.history).toEqual([]);
});

test('HC-5: what goes up and down and then stays down is told as failing as soon as otherwise, with its true beginning', () => {
	const target = new Target();
	for (let made = 0; made < 20; made += 1) play(target, '1- 1+');
	expect(target.history).toEqual(['firing flapping']);
	play(target, '3-');
	expect(target.history).toEqual(['firing flapping', 'changed critical']);
	expect(target.told[1]?.since).toBe(target.at(41));
});

test.each(['1- 1+', '1- 2+', '2- 3+', '2- 1+'])(
	'HC-5: of what no threshold makes a trouble (%s, again and again) it is told that it goes up and down',
	(looks) => {
		const target = new Target({ reminderMs: null });
		for (let made = 0; made < 60; made += 1) play(target, looks);
		expect(target.history).toEqual(['firing flapping']);
	},
);

test('HC-5: what fails and goes up and down is over when it is steady, and the end is told once', () => {
	const unsteady = new Target();
	for (let made = 0; made < 20; made += 1) play(unsteady, '4- 6+');
	expect(unsteady.history).toEqual([
		...['firing critical', 'resolved', 'firing critical', 'resolved'],
		'firing critical',
	]);
	play(unsteady, '20+');
	expect(unsteady.history).toHaveLength(5);
	play(unsteady, '1+');
	expect(unsteady.history.slice(5)).toEqual(['resolved']);
	expect(unsteady.told[5]?.until).toBe(unsteady.at(20 * 10 - 5));
});

test('HC-5: troubles that are hours apart are each told with their ends', () => {
	const target = new Target();
	for (let made = 0; made < 5; made += 1) play(target, '5- 130+');
	expect(target.history).toEqual(Array.from({ length: 5 }, () => ['firing critical', 'resolved']).flat());
});

test('HC-5: with seldom looks it is over after an hour without changes', () => {
	const target = new Target({ failures: 1, recoveries: 1 });
	const look = (level: 'ok' | 'critical'): void => {
		target.now += 9 * minute;
		target.check(level);
	};
	for (let made = 0; made < 12; made += 1) look(made % 2 === 0 ? 'critical' : 'ok');
	expect(target.history.at(-1)).toBe('firing critical');
	for (let made = 0; made < 10; made += 1) look('ok');
	expect(target.history.at(-1)).toBe('resolved');
});

test('HC-6: by a share of failures nothing is told as going up and down', () => {
	const target = new Target({ failures: 3, outOf: 10, reminderMs: null });
	for (let made = 0; made < 300; made += 1) target.check(made % 2 === 0 ? 'critical' : 'ok');
	play(target, '60+');
	expect(target.history).toEqual(['firing critical', 'resolved']);
});

test('HC-31: who has taken care of a trouble has so until its end, and not of the next one', () => {
	const acknowledged = { by: 'Ada', at: 0, until: null, note: '' };
	const flapping = new Target({ reminderMs: 10 * minute });
	for (let made = 0; made < 20; made += 1) play(flapping, '1- 1+');
	const before = flapping.told.length;
	flapping.record.acknowledged = acknowledged;
	for (let made = 0; made < 20; made += 1) play(flapping, '1- 1+');
	expect(flapping.told).toHaveLength(before);
	play(flapping, '40+');
	expect(flapping.record.acknowledged).toBeNull();
	const blind = new Target({ failures: 2 });
	blind.checks(5, 'unknown');
	blind.record.acknowledged = acknowledged;
	play(blind, '5+');
	expect(blind.history).toEqual(['firing unknown', 'resolved']);
	expect(blind.record.acknowledged).toBeNull();
});
