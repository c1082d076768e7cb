import { compileSchedule } from '../../../../src/sla';
import { asked, everyDay, officeHours, thrownBy } from '../schedules';

const utc = 'UTC';

test('from Friday 17:55 to Monday 09:05 is 10 minutes, seconds count, and the weekend does not', () => {
	const { minutes, deadline } = asked(officeHours);
	expect(minutes('2026-11-20T17:55+03:00', '2026-11-23T09:05+03:00')).toBe(10);
	expect(minutes('2026-11-20T17:55:30.250+03:00', '2026-11-23T09:05+03:00')).toBeCloseTo(9.5 - 0.25 / 60, 10);
	expect(deadline('2026-11-20T17:55+03:00', 10)).toBe('2026-11-23T06:05:00Z');
});

test('SL-4: hours that overlap or touch count once', () => {
	const { segments, minutes } = asked({
		timezone: utc,
		weekly: {
			mon: [
				['12:00', '14:00'],
				['09:00', '12:00'],
				['13:00', '15:00'],
				['13:30', '13:45'],
			],
		},
	});
	expect(segments('2026-01-05T00:00Z', '2026-01-06T00:00Z')).toEqual([
		'2026-01-05T09:00:00Z/2026-01-05T15:00:00Z',
	]);
	expect(minutes('2026-01-05T00:00Z', '2026-01-06T00:00Z')).toBe(360);
});

test('SL-5: a night belongs to the date it begins on, also across holidays, ends of months and of years', () => {
	const night = asked({
		timezone: utc,
		weekly: everyDay(['22:00', '06:00']),
		holidays: ['2026-12-31', '2027-02-28'],
	});
	expect(night.segments('2026-12-30T12:00Z', '2027-01-02T12:00Z')).toEqual([
		'2026-12-30T22:00:00Z/2026-12-31T06:00:00Z',
		'2027-01-01T22:00:00Z/2027-01-02T06:00:00Z',
	]);
	expect(night.segments('2027-02-27T12:00Z', '2027-03-02T00:00Z')).toEqual([
		'2027-02-27T22:00:00Z/2027-02-28T06:00:00Z',
		'2027-03-01T22:00:00Z/2027-03-02T00:00:00Z',
	]);
	const fridays = asked({
		timezone: utc,
		weekly: { fri: [['22:00', '06:00']] },
		shifts: { '2026-12-26': [] },
	});
	expect(fridays.segments('2026-12-21T00:00Z', '2026-12-28T00:00Z')).toEqual([
		'2026-12-25T22:00:00Z/2026-12-26T06:00:00Z',
	]);
});

test('SL-6: a week without hours has no deadline, and says so at once', () => {
	const { schedule } = asked({ timezone: utc, weekly: { mon: [], tue: [] } });
	const begun = performance.now();
	const error = thrownBy(() => schedule.deadline(Date.UTC(2026, 0, 1), 1));
	expect(performance.now() - begun).toBeLessThan(2000);
	expect(error).toMatchObject({ code: 'no-working-time', message: expect.stringContaining('2026-01-01') });
	expect(thrownBy(() => schedule.deadline(Date.UTC(2026, 0, 1), 0)).code).toBe('no-working-time');
	expect(thrownBy(() => schedule.nextOpen(Date.UTC(2026, 0, 1))).code).toBe('no-working-time');
	expect(schedule.workingTime(Date.UTC(2026, 0, 1), Date.UTC(2030, 0, 1))).toBe(0);
	expect(schedule.segments(Date.UTC(2026, 0, 1), Date.UTC(2030, 0, 1))).toEqual([]);
	expect(schedule.isOpen(Date.UTC(2026, 0, 1))).toBe(false);
});

const dates = (first: string, count: number): string[] =>
	Array.from({ length: count }, (_, index) =>
		new Date(Date.parse(first) + index * 86_400_000).toISOString().slice(0, 10),
	);

test('SL-7: two years of holidays are no working time, a day less is waited for', () => {
	const closed = (days: number) =>
		asked({ timezone: utc, weekly: everyDay(['09:00', '17:00']), holidays: dates('2026-01-01', days) });
	const begun = performance.now();
	expect(thrownBy(() => closed(730).deadline('2026-01-01T00:00Z', 60)).code).toBe('no-working-time');
	expect(thrownBy(() => closed(20_000).nextOpen('2026-01-01T00:00Z')).code).toBe('no-working-time');
	expect(performance.now() - begun).toBeLessThan(2000);
	expect(closed(729).deadline('2026-01-01T00:00Z', 60)).toBe('2027-12-31T10:00:00Z');
	expect(closed(730).deadline('2026-01-02T00:00Z', 60)).toBe('2028-01-01T10:00:00Z');
});

test('SL-6: a schedule that has run out has no deadline', () => {
	const { deadline, schedule } = asked({
		timezone: utc,
		weekly: {},
		shifts: { '2026-01-05': [['09:00', '12:00']] },
	});
	expect(deadline('2026-01-05T00:00Z', 180)).toBe('2026-01-05T12:00:00Z');
	expect(thrownBy(() => schedule.deadline(Date.parse('2026-01-05'), 180 * 60_000 + 1)).code).toBe(
		'no-working-time',
	);
});

test('SL-9: ten thousand holidays cost no more than ten', () => {
	// Every fourth day from 1990 on.
	const withHolidays = (count: number) =>
		compileSchedule({
			...officeHours,
			holidays: dates('1990-01-01', count * 4).filter((_, index) => index % 4 === 0),
		});
	const [few, many] = [withHolidays(10), withHolidays(10_000)];
	const start = Date.UTC(2026, 5, 1);
	const time = (schedule: typeof few): number => {
		const begun = performance.now();
		for (let turn = 0; turn < 10_000; turn += 1) schedule.deadline(start + turn * 1000, 3_600_000 * 400);
		return performance.now() - begun;
	};
	// In turns, so that whatever else the machine does meets both.
	const rounds = Array.from({ length: 30 }, () => [time(few), time(many)] as const);
	const fastest = (index: 0 | 1): number => Math.min(...rounds.map((times) => times[index]));
	expect(fastest(1)).toBeLessThan(2 * fastest(0) + 1);
});

test('SL-10: a duration of 0 is the start when open, else the next opening', () => {
	const { deadline } = asked(officeHours);
	expect(deadline('2026-11-20T12:00+03:00', 0)).toBe('2026-11-20T09:00:00Z');
	expect(deadline('2026-11-20T18:00+03:00', 0)).toBe('2026-11-23T06:00:00Z');
});

test.each([-1, NaN, '1one', 1e12 * 60_000, Infinity, undefined, '60000'])(
	'SL-10: the duration %p is refused with its value',
	(value) => {
		const { schedule } = asked(officeHours);
		const error = thrownBy(() => schedule.deadline(Date.UTC(2026, 0, 1), value as number));
		expect(error.code).toBe('invalid_input');
		expect(error.message).toContain(String(value));
	},
);

test('durations and instants are those of milliseconds', () => {
	const { schedule, deadline } = asked({ timezone: utc, weekly: { mon: [['09:00', '17:06']] } });
	// As computed, 8.1 hours are some billionths of a millisecond more.
	expect(schedule.deadline(Date.UTC(2026, 0, 5, 9), 8.1 * 3_600_000 + 1e-9)).toBe(
		Date.UTC(2026, 0, 5, 17, 6),
	);
	expect(deadline('2026-01-05T09:00Z', 1.5)).toBe('2026-01-05T09:01:30Z');
	expect(schedule.workingTime(Date.UTC(2026, 0, 5, 10), Date.UTC(2026, 0, 5, 10) + 1)).toBe(1);
});

test('SL-11: an end before the start is 0, and so is no time at all', () => {
	const { minutes, segments } = asked(officeHours);
	expect(minutes('2026-11-20T12:00+03:00', '2026-11-20T11:00+03:00')).toBe(0);
	expect(minutes('2026-11-20T12:00+03:00', '2026-11-20T12:00+03:00')).toBe(0);
	expect(segments('2026-11-20T12:00+03:00', '2026-11-20T11:00+03:00')).toEqual([]);
});

test('SL-12: at the opening counting begins, at the closing it waits for the next opening', () => {
	const { deadline, isOpen, nextOpen } = asked(officeHours);
	expect(deadline('2026-11-19T09:00+03:00', 1)).toBe('2026-11-19T06:01:00Z');
	expect(deadline('2026-11-19T18:00+03:00', 1)).toBe('2026-11-20T06:01:00Z');
	expect([isOpen('2026-11-19T09:00+03:00'), isOpen('2026-11-19T18:00+03:00')]).toEqual([true, false]);
	expect(nextOpen('2026-11-19T18:00+03:00')).toBe('2026-11-20T06:00:00Z');
	expect(nextOpen('2026-11-19T17:59:59.999+03:00')).toBe('2026-11-19T14:59:59.999Z');
});

test('SL-13: what fits exactly ends at the closing, a millisecond more on the next day', () => {
	const { schedule, deadline } = asked(officeHours);
	expect(deadline('2026-11-20T17:00+03:00', 60)).toBe('2026-11-20T15:00:00Z');
	expect(schedule.deadline(Date.parse('2026-11-20T17:00+03:00'), 3_600_001)).toBe(
		Date.parse('2026-11-23T06:00:00.001Z'),
	);
	expect(deadline('2026-11-20T17:00+03:00', 60 + 540)).toBe('2026-11-23T15:00:00Z');
});

test('SL-21: each weekday has its own hours, and a day may have several', () => {
	const { segments } = asked({
		timezone: utc,
		weekly: {
			mon: [
				['09:00', '13:00'],
				['14:00', '18:00'],
			],
			tue: [['10:00', '12:00']],
			sun: [['20:00', '21:00']],
		},
	});
	expect(segments('2026-01-04T00:00Z', '2026-01-10T00:00Z')).toEqual([
		'2026-01-04T20:00:00Z/2026-01-04T21:00:00Z',
		'2026-01-05T09:00:00Z/2026-01-05T13:00:00Z',
		'2026-01-05T14:00:00Z/2026-01-05T18:00:00Z',
		'2026-01-06T10:00:00Z/2026-01-06T12:00:00Z',
	]);
});

test('a holiday beats a shift, a shift replaces the hours of its date, and breaks are cut out of both', () => {
	const { segments } = asked({
		timezone: utc,
		weekly: everyDay(['09:00', '17:00']),
		holidays: ['2026-12-25'],
		shifts: { '2026-12-24': [['09:00', '12:00']], '2026-12-25': [['09:00', '12:00']], '2026-12-26': [] },
		breaks: {
			'2026-12-23': [['12:00', '12:30']],
			'2026-12-24': [
				['08:00', '09:30'],
				['11:30', '13:00'],
			],
			'2026-12-27': [['08:00', '18:00']],
		},
	});
	expect(segments('2026-12-23T00:00Z', '2026-12-28T00:00Z')).toEqual([
		'2026-12-23T09:00:00Z/2026-12-23T12:00:00Z',
		'2026-12-23T12:30:00Z/2026-12-23T17:00:00Z',
		'2026-12-24T09:30:00Z/2026-12-24T11:30:00Z',
	]);
});

test('a break is a time on its own date, also in a night that began the day before', () => {
	const { segments } = asked({
		timezone: utc,
		weekly: { mon: [['22:00', '06:00']] },
		breaks: { '2026-01-06': [['02:00', '02:30']], '2026-01-05': [['23:45', '00:15']] },
	});
	expect(segments('2026-01-05T12:00Z', '2026-01-06T12:00Z')).toEqual([
		'2026-01-05T22:00:00Z/2026-01-05T23:45:00Z',
		'2026-01-06T00:15:00Z/2026-01-06T02:00:00Z',
		'2026-01-06T02:30:00Z/2026-01-06T06:00:00Z',
	]);
});

test('what never closes is one segment over years, and sums hold from 1970 to 2100 in any order of questions', () => {
	const { schedule, segments } = asked({ timezone: utc, always: true });
	expect(segments('1970-01-01T00:00Z', '2101-01-01T00:00Z')).toEqual([
		'1970-01-01T00:00:00Z/2101-01-01T00:00:00Z',
	]);
	const [first, middle, last] = [0, Date.UTC(2026, 5, 5), Date.UTC(2101, 0, 1)];
	expect(schedule.workingTime(middle, last)).toBe(last - middle);
	expect(schedule.workingTime(first, middle)).toBe(middle - first);
	expect(schedule.deadline(first, middle)).toBe(middle);
	const office = compileSchedule(officeHours);
	const later = office.workingTime(middle, last);
	expect(office.workingTime(first, last)).toBe(office.workingTime(first, middle) + later);
	expect(office.workingTime(office.deadline(first, later), last)).toBe(
		office.workingTime(first, last) - later,
	);
});

test.each([-1, NaN, 1e18, '2026-01-01', undefined])('the instant %p is refused with its value', (value) => {
	const { schedule } = asked(officeHours);
	const instant = value as number;
	for (const work of [
		() => schedule.deadline(instant, 1),
		() => schedule.workingTime(0, instant),
		() => schedule.isOpen(instant),
		() => schedule.nextOpen(instant),
		() => schedule.segments(instant, 0),
	]) {
		const error = thrownBy(work);
		expect([error.code, error.message]).toEqual(['invalid_input', expect.stringContaining(String(value))]);
	}
});
