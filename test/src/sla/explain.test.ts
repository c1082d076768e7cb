import { compileSchedule, explainDeadline, explainElapsed, type Explanation } from '../../../src/sla';
import { below, randomFrom, randomSchedule } from './random-schedules';
import { everyDay, officeHours } from './schedules';

const at = (text: string): number => Date.parse(text);

/** One line for each piece, in the time of Moscow. */
const lines = ({ pieces }: Explanation): string[] =>
	pieces.map((piece) => {
		const [start, end] = [piece.start, piece.end].map((ms) =>
			new Date(ms + 3 * 3_600_000).toISOString().slice(5, 16).replace('T', ' '),
		);
		const { kind, ...more } = piece.counted ? { kind: 'counted' } : piece.reason;
		return [`${start} - ${end} ${kind}`, ...Object.values(more)].join(' ');
	});

test('SL-41: counted segments add up to the elapsed time, and each gap says why it does not count', () => {
	const schedule = compileSchedule({
		...officeHours,
		holidays: [{ date: '2026-11-24', name: 'Founding day' }, '2026-11-25'],
		breaks: {
			'2026-11-23': [
				['12:00', '13:00'],
				['20:00', '21:00'],
			],
		},
	});
	const explanation = explainElapsed(schedule, at('2026-11-20T17:55+03:00'), at('2026-11-26T09:05+03:00'), [
		{ start: at('2026-11-23T16:30+03:00'), end: at('2026-11-23T17:00+03:00') },
	]);
	expect(lines(explanation)).toEqual([
		'11-20 17:55 - 11-20 18:00 counted',
		'11-20 18:00 - 11-23 09:00 closed',
		'11-23 09:00 - 11-23 12:00 counted',
		'11-23 12:00 - 11-23 13:00 break',
		'11-23 13:00 - 11-23 16:30 counted',
		'11-23 16:30 - 11-23 17:00 paused',
		'11-23 17:00 - 11-23 18:00 counted',
		'11-23 18:00 - 11-24 00:00 closed',
		'11-24 00:00 - 11-25 00:00 holiday 2026-11-24 Founding day',
		'11-25 00:00 - 11-26 00:00 holiday 2026-11-25 ',
		'11-26 00:00 - 11-26 09:00 closed',
		'11-26 09:00 - 11-26 09:05 counted',
	]);
	expect(explanation.workingMs).toBe((5 + 180 + 210 + 60 + 5) * 60_000);
	expect(explanation.calendarMs).toBe(at('2026-11-26T09:05+03:00') - at('2026-11-20T17:55+03:00'));
});

test('a night that would have begun on a holiday is closed because of it, also after midnight', () => {
	const schedule = compileSchedule({
		timezone: 'Europe/Moscow',
		weekly: everyDay(['22:00', '06:00']),
		holidays: [{ date: '2026-12-31', name: 'New Year' }],
	});
	expect(lines(explainElapsed(schedule, at('2026-12-31T01:00+03:00'), at('2027-01-01T23:00+03:00')))).toEqual(
		[
			'12-31 01:00 - 12-31 06:00 counted',
			'12-31 06:00 - 01-01 06:00 holiday 2026-12-31 New Year',
			'01-01 06:00 - 01-01 22:00 closed',
			'01-01 22:00 - 01-01 23:00 counted',
		],
	);
});

test('a deadline is explained by what was counted until it', () => {
	const schedule = compileSchedule(officeHours);
	const explanation = explainDeadline(schedule, at('2026-11-20T17:30+03:00'), 60 * 60_000);
	expect(lines(explanation)).toEqual([
		'11-20 17:30 - 11-20 18:00 counted',
		'11-20 18:00 - 11-23 09:00 closed',
		'11-23 09:00 - 11-23 09:30 counted',
	]);
	expect(explanation.end).toBe(schedule.deadline(explanation.start, 60 * 60_000));
	expect(explainElapsed(schedule, 1000, 500)).toEqual({
		start: 1000,
		end: 1000,
		workingMs: 0,
		calendarMs: 0,
		pieces: [],
	});
});

test('SL-41: explanations of random schedules have no gap, no overlap and the sum of the working time', () => {
	const random = randomFrom(41);
	const first = Math.floor(at('2026-03-20T00:00Z') / 86_400_000);
	for (let turn = 0; turn < 300; turn += 1) {
		const schedule = compileSchedule(randomSchedule(random, 'Europe/Berlin', first, 20));
		const start = first * 86_400_000 + below(random, 10 * 86_400_000);
		const end = start + below(random, 300 * 86_400_000);
		const { pieces, workingMs } = explainElapsed(schedule, start, end);
		expect(workingMs).toBe(schedule.workingTime(start, end));
		const counted = pieces.filter((piece) => piece.counted);
		expect(counted.reduce((sum, piece) => sum + piece.end - piece.start, 0)).toBe(workingMs);
		const bounds = pieces.flatMap((piece) => [piece.start, piece.end]);
		expect(bounds).toEqual([start, ...pieces.slice(1).flatMap((piece) => [piece.start, piece.start]), end]);
	}
});
