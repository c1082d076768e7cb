import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

import { asked, everyDay } from '../schedules';

const berlin = 'Europe/Berlin';

test('SL-14: an edge in the hour that is left out is moved forward by that hour', () => {
	const { segments } = asked({ timezone: berlin, weekly: everyDay(['01:00', '02:30']) });
	expect(segments('2026-03-28T23:00Z', '2026-03-29T22:00Z')).toEqual([
		'2026-03-29T00:00:00Z/2026-03-29T01:30:00Z',
	]);
	const late = asked({ timezone: berlin, weekly: everyDay(['02:30', '05:00']) });
	expect(late.segments('2026-03-28T23:00Z', '2026-03-29T22:00Z')).toEqual([
		'2026-03-29T01:30:00Z/2026-03-29T03:00:00Z',
	]);
	const within = asked({ timezone: berlin, weekly: everyDay(['02:10', '02:40'], ['03:00', '03:20']) });
	// 03:10 to 03:40 after moving, and what was at three already counts once.
	expect(within.segments('2026-03-28T23:00Z', '2026-03-29T22:00Z')).toEqual([
		'2026-03-29T01:00:00Z/2026-03-29T01:40:00Z',
	]);
	const none = asked({ timezone: berlin, weekly: everyDay(['02:30', '03:15']) });
	expect(none.segments('2026-03-28T23:00Z', '2026-03-29T22:00Z')).toEqual([]);
});

test('SL-15: an edge in the hour that comes twice is that of the first', () => {
	const until = asked({ timezone: berlin, weekly: everyDay(['01:00', '02:30']) });
	expect(until.segments('2026-10-24T22:00Z', '2026-10-25T23:00Z')).toEqual([
		'2026-10-24T23:00:00Z/2026-10-25T00:30:00Z',
	]);
	const from = asked({ timezone: berlin, weekly: everyDay(['02:30', '04:00']) });
	expect(from.segments('2026-10-24T22:00Z', '2026-10-25T23:00Z')).toEqual([
		'2026-10-25T00:30:00Z/2026-10-25T03:00:00Z',
	]);
	expect(from.minutes('2026-10-24T22:00Z', '2026-10-25T23:00Z')).toBe(150);
});

test('working time is what passes: days of 23 and of 25 hours count as such', () => {
	const { minutes } = asked({ timezone: berlin, weekly: everyDay(['00:00', '24:00']) });
	expect(minutes('2026-03-28T23:00Z', '2026-03-29T22:00Z')).toBe(23 * 60);
	expect(minutes('2026-10-24T22:00Z', '2026-10-25T23:00Z')).toBe(25 * 60);
	const night = asked({ timezone: berlin, weekly: { sat: [['22:00', '06:00']] } });
	expect(night.minutes('2026-03-28T00:00Z', '2026-03-30T00:00Z')).toBe(7 * 60);
	expect(night.minutes('2026-10-24T00:00Z', '2026-10-26T00:00Z')).toBe(9 * 60);
});

test('SL-16: the date that Apia left out has no working time', () => {
	const { segments, minutes } = asked({ timezone: 'Pacific/Apia', weekly: everyDay(['09:00', '17:00']) });
	expect(segments('2011-12-29T10:00Z', '2012-01-01T10:00Z')).toEqual([
		'2011-12-29T19:00:00Z/2011-12-30T03:00:00Z',
		'2011-12-30T19:00:00Z/2011-12-31T03:00:00Z',
		'2011-12-31T19:00:00Z/2012-01-01T03:00:00Z',
	]);
	expect(minutes('2011-12-29T10:00Z', '2011-12-30T10:00Z')).toBe(480);
	const always = asked({ timezone: 'Pacific/Apia', always: true });
	expect(always.minutes('2011-12-29T10:00Z', '2011-12-31T10:00Z')).toBe(2 * 1440);
	const night = asked({ timezone: 'Pacific/Apia', weekly: { fri: [['22:00', '06:00']] } });
	// 2011-12-30 was a Friday.
	expect(night.minutes('2011-12-28T10:00Z', '2012-01-03T10:00Z')).toBe(0);
});

test('SL-17: the half hour of Lord Howe is exact', () => {
	const { minutes } = asked({ timezone: 'Australia/Lord_Howe', weekly: everyDay(['00:00', '24:00']) });
	expect(minutes('2026-04-04T13:00Z', '2026-04-05T13:30Z')).toBe(24.5 * 60);
	expect(minutes('2026-10-03T13:30Z', '2026-10-04T13:00Z')).toBe(23.5 * 60);
	const morning = asked({ timezone: 'Australia/Lord_Howe', weekly: everyDay(['02:15', '03:00']) });
	// From 02:00 the clock is set to 02:30, so a quarter past two is a quarter to three.
	expect(morning.segments('2026-10-03T13:30Z', '2026-10-04T00:00Z')).toEqual([
		'2026-10-03T15:45:00Z/2026-10-03T16:00:00Z',
	]);
});

test.each([
	['Asia/Beirut', '2026-03-28T22:00:00Z', '2026-03-28'],
	['America/Santiago', '2026-09-06T04:00:00Z', '2026-09-05'],
	['America/Havana', '2026-03-08T05:00:00Z', '2026-03-07'],
	['Africa/Cairo', '2026-04-23T22:00:00Z', '2026-04-23'],
	['America/Asuncion', '2023-10-01T04:00:00Z', '2023-09-30'],
])('SL-18: without a midnight the day of %s begins at its first instant', (timezone, first, before) => {
	const day = 86_400_000;
	const after = new Date(Date.parse(before) + day).toISOString().slice(0, 10);
	const only = (date: string) => asked({ timezone, weekly: {}, shifts: { [date]: [['00:00', '24:00']] } });
	const [segment = ''] = only(after).segments('2000-01-01T00:00Z', '2050-01-01T00:00Z');
	expect(segment.split('/')[0]).toBe(first);
	expect(only(after).minutes('2000-01-01T00:00Z', '2050-01-01T00:00Z')).toBe(23 * 60);
	const [evening = ''] = only(before).segments('2000-01-01T00:00Z', '2050-01-01T00:00Z');
	expect(evening.split('/')[1]).toBe(first);
});

test.each([
	['America/Recife', '2000-10-07', '12 11 11 11 11 11 11 11 12 12'],
	['Asia/Gaza', '2054-03-26', '07 07 06 06 06 06 06 06 06 07'],
	['Asia/Gaza', '2072-10-20', '07 07 06 06 06 06 06 06 06 07'],
])('a summer time of a week in %s, the shortest there is, is not missed', (timezone, first, hours) => {
	const { segments } = asked({ timezone, weekly: everyDay(['09:00', '10:00']) });
	const last = new Date(Date.parse(first) + 10 * 86_400_000).toISOString();
	expect(
		segments(`${first}T00:00Z`, last)
			.map((text) => text.slice(11, 13))
			.join(' '),
	).toBe(hours);
});

test('SL-19: the time zone of the machine changes nothing', () => {
	const script = join(__dirname, '../in-time-zone.cjs');
	const answers = ['UTC', 'Asia/Kolkata', 'America/St_Johns', 'Pacific/Chatham'].map((zone) =>
		execFileSync(process.execPath, [script], { env: { ...process.env, TZ: zone }, encoding: 'utf8' }),
	);
	expect(JSON.parse(answers[0] ?? '')).toHaveLength(36);
	expect(new Set(answers.map((answer) => answer.trim())).size).toBe(1);
});
