import { compareLevels, type FoundLevel, type Level } from '../../../../src/check/alert';
import { Target } from './target';

const thresholds = [1, 2, 3].flatMap((failures) => [1, 2, 3].map((recoveries) => ({ failures, recoveries })));

/** All sequences of such a length. */
function* sequences<Of>(of: readonly Of[], length: number): Generator<Of[]> {
	if (length === 0) return yield [];
	for (const shorter of sequences(of, length - 1)) for (const last of of) yield [...shorter, last];
}

interface Told {
	condition: Level;
	since: number;
}

/** What is the case after each check, read off the whole sequence each time. */
function conditions(
	sequence: readonly FoundLevel[],
	{ failures, recoveries }: { failures: number; recoveries: number },
): Told[] {
	let now: Told = { condition: 'ok', since: 0 };
	// Of the results that say something, those since the condition last changed can end it.
	let changedAt = 0;
	return sequence.map((_, index) => {
		const said = sequence
			.map((level, at) => ({ level, at: at + 1 }))
			.slice(0, index + 1)
			.filter((result): result is { level: Level; at: number } => result.level !== 'unknown');
		const fresh = sequence[index] !== 'unknown';
		const lastBad = said.slice(-failures);
		const reached = (['critical', 'warning'] as const).find(
			(level) => lastBad.length === failures && lastBad.every((one) => compareLevels(one.level, level) >= 0),
		);
		if (fresh && reached !== undefined && compareLevels(reached, now.condition) > 0) {
			const firstBad = said.findLastIndex(({ level }) => level === 'ok') + 1;
			now = { condition: reached, since: now.condition === 'ok' ? (said[firstBad]?.at ?? 0) : now.since };
			changedAt = index + 1;
		} else if (fresh && now.condition !== 'ok') {
			const lastGood = said.filter(({ at }) => at > changedAt).slice(-recoveries);
			const isBetter = lastGood.every(({ level }) => compareLevels(level, now.condition) < 0);
			if (lastGood.length === recoveries && isBetter) {
				const isWarning = lastGood.some(({ level }) => level === 'warning') || reached === 'warning';
				now = isWarning ? { ...now, condition: 'warning' } : { condition: 'ok', since: 0 };
				changedAt = index + 1;
			}
		}
		return now;
	});
}

/** What is told of it, when telling fails at one step. */
function messages(sequence: readonly FoundLevel[], cases: readonly Told[], failingAt: number): string[] {
	let told: Told = { condition: 'ok', since: 0 };
	const all: string[] = [];
	cases.forEach((now, index) => {
		const isSame = now.condition === told.condition && (now.condition === 'ok' || now.since <= told.since);
		const failsAgain = now.condition === 'ok' && sequence[index] !== 'ok';
		if (isSame || failsAgain || index === failingAt) return;
		if (now.condition === 'ok') all.push(`${index} resolved, since ${told.since}`);
		else {
			const isNew = told.condition === 'ok' || now.condition === told.condition;
			all.push(`${index} ${isNew ? 'firing' : 'changed'} ${now.condition}, since ${now.since}`);
		}
		told = now;
	});
	return all;
}

function played(sequence: readonly FoundLevel[], policy: object, failingAt: number): string[] {
	const target = new Target({ ...policy, flapping: false, reminderMs: null });
	const all: string[] = [];
	sequence.forEach((level, index) => {
		const notice = target.check(level, index === failingAt ? 'nobody' : 'everybody');
		if (notice === null || index === failingAt) return;
		const { kind, condition, since } = notice;
		const check = (since - target.at(0)) / 60_000;
		all.push(`${index} ${kind === 'resolved' ? kind : `${kind} ${condition}`}, since ${check}`);
	});
	return all;
}

/** Compares without a matcher for each of many thousands. */
function compareAll(of: readonly FoundLevel[], length: number): number {
	let compared = 0;
	for (const policy of thresholds)
		for (const sequence of sequences(of, length)) {
			const cases = conditions(sequence, policy);
			for (let failingAt = 0; failingAt <= length; failingAt += 1) {
				const want = messages(sequence, cases, failingAt);
				const got = played(sequence, policy, failingAt);
				if (want.join('; ') !== got.join('; '))
					expect({ policy, sequence, failingAt, told: got }).toEqual({
						policy,
						sequence,
						failingAt,
						told: want,
					});
				compared += 1;
			}
		}
	return compared;
}

test('HC-1 HC-2 HC-3 HC-4 HC-7: every sequence of eight results, with telling failing at each step, is told as a naive model tells it', () => {
	expect(compareAll(['ok', 'critical'], 8)).toBe(9 * 2 ** 8 * 9);
});

test('HC-32: so is every sequence of six results with three levels', () => {
	expect(compareAll(['ok', 'warning', 'critical'], 6)).toBe(9 * 3 ** 6 * 7);
});
