import { answerWaitMs } from '../../../../src/check/alert';
import { minute, Target } from './target';

test('HC-2: a trouble is told once, with the first failure as its beginning', () => {
	const target = new Target({ failures: 3 });
	target.checks(2, 'ok');
	target.checks(10, 'critical');
	expect(target.history).toEqual(['firing critical']);
	expect(target.told[0]).toMatchObject({
		since: target.at(3),
		until: null,
		before: 'ok',
		handedOut: 1,
		partly: false,
	});
});

test('HC-4: the end tells when it began and when it ended', () => {
	const target = new Target({ failures: 2, recoveries: 2 });
	target.checks(3, 'critical');
	target.checks(5, 'ok');
	expect(target.history).toEqual(['firing critical', 'resolved']);
	expect(target.told[1]).toMatchObject({ since: target.at(1), until: target.at(4), before: 'critical' });
});

test('HC-5: an hour of ups and downs is one notice that it changes all the time, and one of what is the case at the end', () => {
	const target = new Target();
	for (let made = 0; made < 60; made += 1) target.check(made % 2 === 0 ? 'critical' : 'ok');
	expect(target.history).toEqual(['firing flapping']);
	target.checks(60, 'ok');
	expect(target.history).toEqual(['firing flapping', 'resolved']);
});

test('HC-5: where it stays down after changing all the time, the end of that says that it is down', () => {
	const target = new Target();
	for (let made = 0; made < 60; made += 1) target.check(made % 2 === 0 ? 'ok' : 'critical');
	target.checks(60, 'critical');
	expect(target.history).toEqual(['firing flapping', 'changed critical']);
	target.checks(60, 'ok');
	expect(target.history).toEqual(['firing flapping', 'changed critical', 'resolved']);
});

test('HC-6: one of three backends that fails is seen by the share of failures', () => {
	const byRow = new Target({ failures: 3 });
	const byShare = new Target({ failures: 3, outOf: 10 });
	for (let made = 0; made < 30; made += 1) {
		for (const target of [byRow, byShare]) target.check(made % 3 === 0 ? 'critical' : 'ok');
	}
	expect(byRow.history).toEqual(['firing flapping']);
	expect(byShare.history[0]).toBe('firing critical');
	expect(byShare.told[0]?.since).toBe(byShare.at(1));
});

test('HC-7: what reached only some is told again with the next check, as the same notice of the same group', () => {
	const target = new Target({ failures: 1 });
	const first = target.check('critical', 'some');
	const second = target.check('critical', 'nobody');
	const third = target.check('critical', 'everybody');
	expect([second?.id, third?.id]).toEqual([first?.id, first?.id]);
	expect([first?.handedOut, second?.handedOut, third?.handedOut]).toEqual([1, 2, 3]);
	expect([first?.partly, second?.partly, third?.partly]).toEqual([false, true, false]);
	target.checks(3, 'critical');
	expect(target.told).toHaveLength(1);
});

test('HC-7: a trouble that was over before anybody was told is never told, and its end neither', () => {
	const target = new Target({ failures: 1, recoveries: 1 });
	target.check('critical', 'nobody');
	target.checks(3, 'ok');
	expect(target.history).toEqual([]);
});

test('HC-4: the end of a trouble that somebody may have been told of is told', () => {
	const target = new Target({ failures: 1, recoveries: 1 });
	target.check('critical', 'some');
	target.checks(3, 'ok');
	expect(target.history).toEqual(['resolved']);
	expect(target.told[0]).toMatchObject({ since: target.at(1), until: target.at(2) });
});

test('a notice of which nobody says what became of it is waited for, then told again', () => {
	const target = new Target({ failures: 1 });
	const first = target.check('critical', 'unknown');
	const next = [target.check('critical'), target.check('critical'), target.check('critical')];
	expect(answerWaitMs).toBe(3 * minute);
	expect(next).toEqual([null, null, { ...first, handedOut: 2 }]);
});

test('a notice that nobody ever confirms comes ever more seldom, at least once an hour', () => {
	const target = new Target({ failures: 1, reminderMs: null });
	const handedOut: number[] = [];
	for (let made = 1; made <= 300; made += 1)
		if (target.check('critical', 'unknown') !== null) handedOut.push(made);
	expect(handedOut).toEqual([1, 4, 10, 22, 46, 94, 154, 214, 274]);
});

test('HC-4: the end of a trouble is told whatever was heard of how its beginning was told', () => {
	for (const answers of [
		['some', 'nobody'],
		['unknown', 'unknown', 'unknown', 'nobody'],
	] as const) {
		const target = new Target({ failures: 1, recoveries: 1 });
		for (const reached of answers) target.check('critical', reached);
		target.checks(10, 'ok');
		expect(target.history).toEqual(['resolved']);
		expect(target.told[0]).toMatchObject({ since: target.at(1), until: target.at(answers.length + 1) });
	}
});

test('what could not be looked at and is seen to fail is never told as well', () => {
	const target = new Target({ failures: 10, recoveries: 2 });
	target.checks(10, 'unknown');
	target.checks(9, 'critical');
	expect(target.history).toEqual(['firing unknown']);
	target.check('critical');
	target.checks(2, 'ok');
	expect(target.history).toEqual(['firing unknown', 'changed critical', 'resolved']);
});

test('no end is ever told while the last result is bad, whatever came before', () => {
	const levels = ['ok', 'warning', 'critical', 'unknown'] as const;
	let state = 7;
	const next = () => levels[(state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32) % 4] ?? 'ok';
	for (let round = 0; round < 300; round += 1) {
		const target = new Target({
			failures: 1 + (round % 3),
			recoveries: 1 + (round % 2),
			forMs: (round % 5) * minute,
		});
		for (let made = 0; made < 40; made += 1) {
			const level = round % 2 === 0 ? next() : made % 7 < 3 ? 'ok' : next();
			const notice = target.check(level, (['everybody', 'some', 'nobody', 'unknown'] as const)[made % 4]);
			if (notice?.kind !== 'resolved') continue;
			expect(['ok', 'unknown']).toContain(level);
			expect(notice.until).toBeGreaterThanOrEqual(notice.since);
		}
	}
});

test('HC-5: the end of ups and downs tells when it became steady', () => {
	const target = new Target();
	target.checks(100, 'ok');
	for (let made = 0; made < 60; made += 1) target.check(made % 2 === 0 ? 'critical' : 'ok');
	target.checks(60, 'ok');
	expect(target.told[1]).toMatchObject({
		kind: 'resolved',
		since: target.told[0]?.since,
		until: target.at(160),
	});
});

test('HC-8: a reminder comes after its pause, however the clock was set in between', () => {
	const target = new Target({ failures: 1, reminderMs: 60 * minute });
	target.checks(60, 'critical');
	expect(target.history).toEqual(['firing critical']);
	target.check('critical');
	expect(target.history).toEqual(['firing critical', 'reminder critical']);
	// Set back by a year: the pause begins anew instead of lasting a year, and no reminder comes at once.
	target.now -= 365 * 24 * 60 * minute;
	target.checks(60, 'critical');
	expect(target.told).toHaveLength(2);
	target.check('critical');
	expect(target.told).toHaveLength(3);
});

test('HC-9: in a maintenance window nothing is told, and what still lasts at its end is told with its true beginning', () => {
	const target = new Target({ failures: 2 });
	for (let made = 0; made < 30; made += 1) expect(target.check('critical', 'everybody', true)).toBeNull();
	target.check('critical');
	expect(target.history).toEqual(['firing critical']);
	expect(target.told[0]?.since).toBe(target.at(1));
});

test('HC-9: what began and ended in a maintenance window is never told', () => {
	const target = new Target({ failures: 1, recoveries: 1 });
	for (const level of ['critical', 'critical', 'ok'] as const) target.check(level, 'everybody', true);
	target.checks(3, 'ok');
	expect(target.history).toEqual([]);
});

test('what cannot be checked is told as such, is no end of a trouble, and ends when it can be checked again', () => {
	const target = new Target({ failures: 2, recoveries: 2 });
	target.checks(5, 'unknown');
	expect(target.history).toEqual(['firing unknown']);
	target.checks(2, 'critical');
	expect(target.history).toEqual(['firing unknown', 'changed critical']);
	target.checks(20, 'unknown');
	expect(target.record.condition).toBe('critical');
	expect(target.told).toHaveLength(2);
	target.check('ok');
	target.check('unknown');
	target.check('ok');
	expect(target.history).toEqual(['firing unknown', 'changed critical', 'resolved']);
});

test('HC-31: an acknowledged trouble is not recalled until it ends or gets worse', () => {
	const target = new Target({ failures: 1, recoveries: 1, reminderMs: 10 * minute });
	target.check('warning');
	target.record.acknowledged = { by: 'Ada', at: target.now, until: null, note: '' };
	target.checks(30, 'warning');
	expect(target.history).toEqual(['firing warning']);
	target.checks(11, 'critical');
	expect(target.history).toEqual(['firing warning', 'changed critical', 'reminder critical']);
});

test('HC-31: an acknowledgement and a silence run out', () => {
	const target = new Target({ failures: 1, reminderMs: 10 * minute });
	target.check('critical');
	target.record.acknowledged = { by: 'Ada', at: target.now, until: target.now + 20 * minute, note: '' };
	target.checks(19, 'critical');
	expect(target.history).toEqual(['firing critical']);
	target.check('critical');
	expect(target.history).toEqual(['firing critical', 'reminder critical']);
	const silent = new Target({ failures: 1 });
	silent.record.silenced = { by: 'Ada', at: silent.now, until: silent.now + 5 * minute, note: '' };
	silent.checks(4, 'critical');
	expect(silent.history).toEqual([]);
	silent.check('critical');
	expect(silent.history).toEqual(['firing critical']);
});

test('HC-32: a condition that must hold for five minutes is told after five minutes, and not when it was broken once', () => {
	const target = new Target({ failures: 1, forMs: 5 * minute });
	target.checks(4, 'warning');
	target.check('ok');
	target.checks(5, 'warning');
	expect(target.history).toEqual([]);
	target.check('warning');
	expect(target.history).toEqual(['firing warning']);
	expect(target.told[0]?.since).toBe(target.at(6));
});

test('HC-22: a clock that is set back makes no time that is negative, and nothing is told before its time', () => {
	const target = new Target({ failures: 3, forMs: 5 * minute });
	target.checks(2, 'critical');
	target.now -= 60 * minute;
	target.checks(5, 'critical');
	expect(target.history).toEqual([]);
	target.check('critical');
	expect(target.history).toEqual(['firing critical']);
	expect(target.told[0]?.since).toBeLessThanOrEqual(target.now);
});

test('what some cannot be told comes ever more seldom, those who have had it are reminded, and an end is given up after a day', () => {
	const target = new Target({ failures: 1, recoveries: 1, reminderMs: 4 * 60 * minute });
	const kinds = new Map<number, string | undefined>();
	for (let made = 0; made < 300; made += 1) {
		const notice = target.check('critical', 'some');
		if (notice !== null) kinds.set(made, notice.kind);
	}
	expect([...kinds].slice(0, 8).map(([made]) => made)).toEqual([0, 1, 2, 5, 11, 23, 47, 95]);
	expect([...kinds].find(([, kind]) => kind === 'reminder')?.[0]).toBe(240);
	let ends = 0;
	for (let made = 0; made < 3 * 24 * 60; made += 1) if (target.check('ok', 'some') !== null) ends += 1;
	expect(ends).toBeGreaterThan(20);
	expect(ends).toBeLessThan(35);
	expect(target.check('ok', 'some')).toBeNull();
});
