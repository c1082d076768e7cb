import { compileSchedule } from '../../../../src/sla';
import { asked, everyDay, officeHours, thrownBy } from '../schedules';

const refusal = (changes: object): ReturnType<typeof thrownBy> =>
	thrownBy(() => compileSchedule({ ...officeHours, ...changes }));

test('SL-1: a zone that does not exist is refused and named', () => {
	const error = refusal({ timezone: 'Mars/Phobos' });
	expect(error.code).toBe('invalid_input');
	expect(error.message).toContain('"Mars/Phobos"');
	expect(error.faults).toEqual([{ field: 'timezone', problem: expect.stringContaining('Mars/Phobos') }]);
});

test.each(['', '+03:00', 'local', undefined, 3, 'Europe/Moscow '])(
	'SL-1: %j is no zone either',
	(timezone) => {
		expect(refusal({ timezone }).faults).toEqual([{ field: 'timezone', problem: expect.any(String) }]);
	},
);

test.each(['25:00', '9:5', '', '24:01', '09:60', '09:00:00', '09:00 ', 9])(
	'SL-2: the hour %j is refused, with weekday and value',
	(value) => {
		for (const [place, hours] of [
			[0, [value, '23:00']],
			[1, ['01:00', value]],
		] as const) {
			const { faults, message } = refusal({ weekly: { wed: [['00:10', '00:20'], hours] } });
			expect(faults).toEqual([
				{ field: `weekly.wed.1.${place}`, problem: expect.stringContaining(JSON.stringify(value)) },
			]);
			expect(message).toContain('wed');
		}
	},
);

test('SL-2: 24:00 is the end of a day and no beginning', () => {
	expect(
		asked({ timezone: 'UTC', weekly: { mon: [['23:00', '24:00']] } }).minutes(
			'2026-01-05T00:00Z',
			'2026-01-07T00:00Z',
		),
	).toBe(60);
	expect(refusal({ weekly: { mon: [['24:00', '06:00']] } }).faults).toHaveLength(1);
});

test('SL-3: hours that begin and end at the same time are refused', () => {
	for (const time of ['09:00', '00:00']) {
		const { faults } = refusal({ weekly: { thu: [[time, time]] }, shifts: { '2026-01-01': [[time, time]] } });
		expect(faults.map(({ field }) => field)).toEqual(['weekly.thu.0', 'shifts.2026-01-01.0']);
	}
});

test.each(['2025-02-29', '2025-13-01', '25-01-01', '2025-01-01T00:00', '', 20250101])(
	'SL-8: the holiday %j is refused and named',
	(date) => {
		const error = refusal({ holidays: ['2025-01-01', date] });
		expect(error.faults).toHaveLength(1);
		expect(error.message).toContain(`holidays.1`);
		expect(error.message).toContain(JSON.stringify(date));
	},
);

test('every fault is told at once, by its field', () => {
	const { faults, message, remedy } = refusal({
		timezone: 'Nowhere',
		weekly: { mon: [['9', '18:00']], fri: [['09:00', '09:00']], sat: 'closed', monday: [] },
		holidays: ['2025-02-30', { date: '2026-01-01', name: 7 }],
		shifts: { '2025-02-30': [['09:00', '10:00']] },
		breaks: { '2026-01-01': [['12:00']] },
		always: 'yes',
		lunch: true,
	});
	expect(faults.map(({ field }) => field).sort()).toEqual(
		[
			...['(whole input)', 'always', 'breaks.2026-01-01.0', 'holidays.0.date', 'holidays.1.name'],
			...['shifts.2025-02-30', 'timezone', 'weekly.fri.0', 'weekly', 'weekly.mon.0.0', 'weekly.sat'],
		].sort(),
	);
	for (const { field } of faults) expect(message).toContain(field);
	expect(message).toContain('monday');
	expect(remedy).toContain('fields');
});

test('of thousands of faults the first are told, the others counted, and all are in the list', () => {
	const error = refusal({ holidays: Array.from({ length: 5000 }, () => '2025-02-29') });
	expect(error.faults).toHaveLength(5000);
	expect(error.message).toContain('and 4980 more');
	expect(error.message.length).toBeLessThan(2000);
});

test('a schedule without a week is refused unless it is always open', () => {
	expect(thrownBy(() => compileSchedule({ timezone: 'UTC' })).faults).toEqual([
		{ field: 'weekly', problem: expect.stringContaining('always') },
	]);
	expect(asked({ timezone: 'UTC', always: true }).minutes('2026-01-01T00:00Z', '2026-01-02T00:00Z')).toBe(
		1440,
	);
});

test('always is around the clock, but for holidays, shifts and breaks', () => {
	const { minutes } = asked({
		timezone: 'UTC',
		weekly: { mon: [['09:00', '10:00']] },
		always: true,
		holidays: ['2026-01-02'],
		shifts: { '2026-01-03': [['10:00', '12:00']] },
		breaks: { '2026-01-04': [['12:00', '12:30']] },
	});
	expect(minutes('2026-01-01T00:00Z', '2026-01-05T00:00Z')).toBe(1440 + 0 + 120 + 1410);
});

test('SL-20: weekday 0 and weekday 7 are both Sunday, and 1 is Monday', () => {
	for (const weekly of [
		{ 0: [['10:00', '12:00']] },
		{ 7: [['10:00', '12:00']] },
		{ sun: [['10:00', '12:00']] },
	] as const) {
		const { segments } = asked({ timezone: 'UTC', weekly });
		expect(segments('2026-11-16T00:00Z', '2026-11-30T00:00Z')).toEqual([
			'2026-11-22T10:00:00Z/2026-11-22T12:00:00Z',
			'2026-11-29T10:00:00Z/2026-11-29T12:00:00Z',
		]);
	}
	expect(asked({ timezone: 'UTC', weekly: { 1: [['10:00', '12:00']] } }).isOpen('2026-11-23T11:00Z')).toBe(
		true,
	);
	const both = asked({ timezone: 'UTC', weekly: { 0: [['10:00', '12:00']], 7: [['11:00', '13:00']] } });
	expect(both.minutes('2026-11-22T00:00Z', '2026-11-23T00:00Z')).toBe(180);
});

test('what was compiled does not change with the object it was made of', () => {
	const definition = { timezone: 'UTC', weekly: everyDay(['09:00', '10:00']), holidays: ['2026-01-01'] };
	const { minutes } = asked(definition);
	definition.holidays.push('2026-01-02');
	expect(minutes('2026-01-01T00:00Z', '2026-01-03T00:00Z')).toBe(60);
});
