import { compileSchedule, writtenDates, writtenHolidays, writtenHours } from '../../../../src/sla';
import { thrownBy } from '../schedules';

test('hours are read as people write them', () => {
	expect(writtenHours('09:00-13:00, 14:00 – 18:00')).toEqual([
		['09:00', '13:00'],
		['14:00', '18:00'],
	]);
	expect(writtenHours('09:00-13:00;\n14:00-18:00')).toHaveLength(2);
	expect([writtenHours(''), writtenHours(' Closed ')]).toEqual([[], []]);
});

test('SL-2: what is no time is handed on to the schedule, which names day and value', () => {
	for (const [text, value] of [
		['9:5', '"9:5"'],
		['25:00-26:00', '"25:00"'],
		['09:00', '""'],
		['09:00-12:00-13:00', '"12:00-13:00"'],
	] as const) {
		const { message } = thrownBy(() =>
			compileSchedule({ timezone: 'UTC', weekly: { tue: writtenHours(text) } }),
		);
		expect(message).toContain('weekly.tue.0');
		expect(message).toContain(value);
	}
});

test('dates have a name after them, or their hours', () => {
	expect(writtenHolidays('2026-12-25 Christmas Day, 2026-12-26\n2027-01-01: New Year')).toEqual([
		{ date: '2026-12-25', name: 'Christmas Day' },
		{ date: '2026-12-26', name: '' },
		{ date: '2027-01-01', name: 'New Year' },
	]);
	expect(
		writtenDates('2026-12-24 09:00-12:00, 13:00-14:00\n2026-12-31: closed\n2026-12-24 20:00-21:00'),
	).toEqual({
		'2026-12-24': [
			['09:00', '12:00'],
			['13:00', '14:00'],
			['20:00', '21:00'],
		],
		'2026-12-31': [],
	});
});
