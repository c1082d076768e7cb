import type { IDataObject } from 'n8n-workflow';

import { slaTimer, written } from './sla-timer';

const { items, refusal, run } = slaTimer();

const ask = (operation: string, question: IDataObject, schedule = written()) => ({
	...{ resource: 'calculate', operation },
	...schedule,
	...question,
});
const friday = '2026-11-20T17:55';
const monday = '2026-11-23T09:05';

describe('deadlines', () => {
	test('count the hours of the schedule, and are told in its zone and in UTC', async () => {
		const [answer] = await items(ask('deadline', { start: friday, duration: 10, unit: 'min' }));
		expect(answer).toEqual({
			...{ start: '2026-11-20T17:55:00.000+03:00', startUtc: '2026-11-20T14:55:00.000Z' },
			...{ deadline: '2026-11-23T09:05:00.000+03:00', deadlineUtc: '2026-11-23T06:05:00.000Z' },
			...{ workingMs: 600_000, workingMinutes: 10, timezone: 'Europe/Moscow' },
		});
	});

	test('SL-10: take hours, seconds, 1.5 minutes and texts of an expression, and refuse what is no duration', async () => {
		const within = async (duration: unknown, unit = 'min') =>
			(await items(ask('deadline', { start: '2026-11-20T10:00', duration: duration as number, unit })))[0]?.[
				'deadline'
			];
		expect(await within(2, 'h')).toContain('T12:00:00.000');
		expect(await within(90, 's')).toContain('T10:01:30.000');
		expect(await within(1.5)).toContain('T10:01:30.000');
		expect(await within('={{ "1h 30m" }}')).toContain('T11:30:00.000');
		for (const wrong of ['={{ -1 }}', '={{ "1one" }}', '={{ NaN }}', '={{ 1e12 }}'])
			expect(await refusal(ask('deadline', { start: friday, duration: wrong, unit: 'min' }))).toMatch(
				/"Duration" is no duration from 0 to 100 years: /,
			);
	});

	test('SL-41: explain the segments that were counted, and why the others were not', async () => {
		const question = { start: friday, duration: 10, unit: 'min', options: { explain: true } };
		const [answer] = await items(
			ask('deadline', question, written({ specialDays: { holidays: '2026-11-21 Feast' } })),
		);
		const pieces = answer?.['pieces'] as { durationMs: number; counted: boolean; reason?: object }[];
		expect(pieces.map(({ counted }) => counted)).toEqual([true, false, false, false, true]);
		expect(pieces[2]?.reason).toEqual({ kind: 'holiday', date: '2026-11-21', name: 'Feast' });
		const counted = pieces.filter((piece) => piece.counted).map(({ durationMs }) => durationMs);
		expect(counted).toEqual([300_000, 300_000]);
	});

	test('know the holidays of a country and of a part of it, for as many years as the answer needs', async () => {
		const berlin = written({ timezone: 'Europe/Berlin', specialDays: { holidayCountry: 'DE' } });
		const start = { start: '2026-12-24T17:00', duration: 2, unit: 'h' };
		const [answer] = await items(ask('deadline', start, berlin));
		expect(answer?.['deadline']).toBe('2026-12-28T10:00:00.000+01:00');
		const bavarian = written({
			...{ timezone: 'Europe/Berlin', specialDays: { holidayCountry: 'DE', holidayState: 'BY' } },
		});
		const [epiphany] = await items(ask('nextOpening', { after: '2027-01-06T08:00' }, bavarian));
		expect(epiphany?.['nextOpening']).toBe('2027-01-07T09:00:00.000+01:00');
		// Epiphany 2031 lies in the last week that is counted.
		const years = { start: '2027-01-07T09:00', duration: 4 * 255 * 9, unit: 'h' };
		const [withCountry] = await items(ask('deadline', years, bavarian));
		const [without] = await items(ask('deadline', years, written({ timezone: 'Europe/Berlin' })));
		expect(Date.parse(String(withCountry?.['deadline']))).toBeGreaterThan(
			Date.parse(String(without?.['deadline'])) + 40 * 86_400_000,
		);
		expect(await refusal(ask('deadline', start, written({ specialDays: { holidayCountry: 'XX' } })))).toMatch(
			/"XX" is no country whose holidays are known\. Use one of AD, /,
		);
	});

	test('know the events of a calendar, and dates of a list, beside those of a country', async () => {
		const calendar = [
			...['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//Test//EN', 'BEGIN:VEVENT', 'UID:1@example.com'],
			...['DTSTAMP:20260101T000000Z', 'SUMMARY:Outing', 'DTSTART;VALUE=DATE:20261123', 'END:VEVENT'],
			'END:VCALENDAR',
		].join('\r\n');
		const schedule = written({
			specialDays: { holidayCalendar: calendar, holidays: '2026-11-24 Move\n2026-11-25' },
		});
		const [answer] = await items(ask('nextOpening', { after: '2026-11-20T18:00' }, schedule));
		expect(answer).toMatchObject({ nextOpening: '2026-11-26T09:00:00.000+03:00', isOpen: false });
	});
});

describe('schedules that are written in the node', () => {
	test('SL-21: have split shifts, other hours of single dates, and breaks', async () => {
		const schedule = written(
			{ specialDays: { shifts: '2026-12-24: 09:00-12:00', breaks: '2026-12-23 10:00-10:30, 11:00-11:30' } },
			'09:00-13:00, 14:00–18:00',
		);
		const between = async (start: string, end: string) =>
			(await items(ask('workingTime', { start, end }, schedule)))[0]?.['workingMinutes'];
		expect(await between('2026-12-22T00:00', '2026-12-23T00:00')).toBe(8 * 60);
		expect(await between('2026-12-23T00:00', '2026-12-24T00:00')).toBe(7 * 60);
		expect(await between('2026-12-24T00:00', '2026-12-25T00:00')).toBe(3 * 60);
	});

	test('SL-1, SL-2, SL-3, SL-8: tell every fault at once, with the day and the value', async () => {
		const schedule = {
			...{ scheduleFrom: 'fields', timezone: 'Mars/Phobos', specialDays: { holidays: '2025-02-29' } },
			hours: {
				entry: [
					{ days: ['mon'], open: '25:00-26:00' },
					{ days: ['tue'], open: '9:5' },
					{ days: ['wed'], open: '09:00-24:01' },
					{ days: ['thu'], open: '09:00-09:00' },
				],
			},
		};
		const said = await refusal(ask('isOpen', { at: friday }, schedule));
		for (const fault of [
			/Mars\/Phobos/,
			/mon.*25:00/,
			/tue.*9:5/,
			/wed.*24:01/,
			/thu.*same time/,
			/2025-02-29/,
		])
			expect(said).toMatch(fault);
	});

	test('may be JSON, with faults told the same way', async () => {
		const definition = { timezone: 'Asia/Kolkata', weekly: { mon: [['22:00', '06:00']] } };
		const json = { scheduleFrom: 'json', definition: JSON.stringify(definition) };
		const [answer] = await items(ask('isOpen', { at: '2026-11-24T05:59' }, json));
		expect(answer).toMatchObject({ isOpen: true, at: '2026-11-24T05:59:00.000+05:30' });
		expect(await refusal(ask('isOpen', { at: '' }, { ...json, definition: '{"timezone":"UTC"}' }))).toMatch(
			/weekly: is missing/,
		);
		expect(await refusal(ask('isOpen', { at: '' }, { ...json, definition: '{' }))).toMatch(
			/"Definition" is not JSON/,
		);
	});

	test('without a zone are in that of the workflow', async () => {
		const [answer] = await items(ask('isOpen', { at: friday }, written({ timezone: '' })));
		expect(answer?.['timezone']).toMatch(/^[A-Z]/);
	});
});

describe('other questions', () => {
	test('SL-11: working time between two instants is 0 when the end comes first, and says so', async () => {
		const [there] = await items(ask('workingTime', { start: friday, end: monday }));
		expect(there).toMatchObject({ workingMinutes: 10, calendarMs: (63 * 60 + 10) * 60_000 });
		const [back] = await items(ask('workingTime', { start: monday, end: friday }));
		expect(back).toMatchObject({ workingMs: 0, calendarMs: 0, warning: expect.stringContaining('before') });
	});

	test('whether it is open, and why not', async () => {
		const schedule = written({
			specialDays: { holidays: '2026-12-25 Christmas', breaks: '2026-12-23 12:00-12:30' },
		});
		const at = async (instant: string) => (await items(ask('isOpen', { at: instant }, schedule)))[0];
		expect(await at('2026-12-23T12:10')).toMatchObject({ isOpen: false, closedBecause: { kind: 'break' } });
		expect(await at('2026-12-25T12:10')).toMatchObject({
			closedBecause: { kind: 'holiday', name: 'Christmas' },
		});
		expect(await at('2026-12-26T12:10')).toMatchObject({ closedBecause: { kind: 'closed' } });
		expect(await at('2026-12-23T09:00:00Z')).toMatchObject({ isOpen: false });
		expect(await at('2026-12-23T13:00')).not.toHaveProperty('closedBecause');
	});

	test('SL-6: a schedule that never opens is an error, and the other items have their answers', async () => {
		const question = ask(
			'nextOpening',
			{ after: '={{ $json.after }}' },
			{
				...{ scheduleFrom: 'json', definition: '={{ $json.schedule }}' },
			},
		);
		const always = { timezone: 'UTC', always: true };
		const never = { timezone: 'UTC', weekly: {} };
		const result = await run(question, {
			input: [never, always].map((schedule) => ({ json: { schedule, after: '2026-11-20T10:00' } })),
			extra: { onError: 'continueRegularOutput' },
		});
		expect(result.json('Store')).toEqual([
			{ error: expect.stringMatching(/closed for two years .* Give the schedule opening hours/) },
			expect.objectContaining({ isOpen: true, waitMs: 0 }),
		]);
	});

	test('what is no date and time is refused by the name of its field', async () => {
		expect(await refusal(ask('workingTime', { start: 'soon', end: friday }))).toMatch(
			/"start" is no date and time: "soon" Write it as ISO 8601/,
		);
	});

	test('1,000 items with the same schedule read the clocks of its zone once', async () => {
		const input = Array.from({ length: 1000 }, (_, minute) => ({
			json: { at: new Date(Date.UTC(2026, 10, 20, 0, minute)).toISOString() },
		}));
		const question = ask(
			'deadline',
			{ start: '={{ $json.at }}', duration: 60, unit: 'min' },
			{
				...written({ specialDays: { holidayCountry: 'RU' } }),
			},
		);
		const { status, elapsedMs } = await run(question, { input });
		expect(status).toBe('success');
		expect(elapsedMs).toBeLessThan(8000);
	});
});

describe('previews', () => {
	test('show each date with its hours, and why it is closed', async () => {
		const days = await items({
			...{ resource: 'schedule', operation: 'preview', firstDate: '2026-12-23', days: 5 },
			...written(
				{ specialDays: { holidays: '2026-12-25 Christmas', breaks: '2026-12-23 12:00-12:30' } },
				'09:00-18:00',
			),
		});
		expect(
			days.map(({ date, weekday, open, closedBecause }) => [date, weekday, open, closedBecause]),
		).toEqual([
			[
				'2026-12-23',
				'Wednesday',
				[
					{ from: '09:00', to: '12:00' },
					{ from: '12:30', to: '18:00' },
				],
				['break'],
			],
			['2026-12-24', 'Thursday', [{ from: '09:00', to: '18:00' }], []],
			['2026-12-25', 'Friday', [], ['holiday: Christmas']],
			['2026-12-26', 'Saturday', [], ['outside the hours']],
			['2026-12-27', 'Sunday', [], ['outside the hours']],
		]);
	});

	test('SL-5: a night is shown on both dates, and ends at 24:00 on the first', async () => {
		const night = written({}, '22:00-06:00', ['mon']);
		const days = await items({
			...{ resource: 'schedule', operation: 'preview', firstDate: '2026-11-23', days: 2 },
			...night,
		});
		expect(days.map(({ open, workingMinutes }) => [open, workingMinutes])).toEqual([
			[[{ from: '22:00', to: '24:00' }], 120],
			[[{ from: '00:00', to: '06:00' }], 360],
		]);
	});

	test('begin today, and refuse dates and numbers that are none', async () => {
		const preview = { resource: 'schedule', operation: 'preview', ...written() };
		expect(await items(preview)).toHaveLength(14);
		expect(await refusal({ ...preview, firstDate: '23.12.2026' })).toMatch(
			/"First Date" is no date and time/,
		);
		expect(await refusal({ ...preview, days: '={{ 1000 }}' })).toMatch(/Days/);
	});
});
