import { calendarHolidays, type Holiday } from '../../../../src/sla';

const years = { from: 2026, to: 2028 };

const event = (...lines: string[]): string =>
	['BEGIN:VEVENT', 'UID:1@example.com', ...lines, 'END:VEVENT'].join('\r\n');
const calendar = (...events: string[]): string =>
	['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//example.com//EN', ...events, 'END:VCALENDAR', ''].join(
		'\r\n',
	);

/** Names by their dates. */
async function read(...events: string[]): Promise<Record<string, string>> {
	const { holidays } = await calendarHolidays(calendar(...events), years);
	return Object.fromEntries(holidays.map(({ date, name }: Holiday) => [date, name]));
}

test('an event of whole days is a holiday on each of them; its end is the day after', async () => {
	expect(
		await read(event('DTSTART;VALUE=DATE:20261225', 'DTEND;VALUE=DATE:20261227', 'SUMMARY:Christmas')),
	).toEqual({
		'2026-12-25': 'Christmas',
		'2026-12-26': 'Christmas',
	});
	expect(await read(event('DTSTART;VALUE=DATE:20260501', 'SUMMARY:Labour\\, spring'))).toEqual({
		'2026-05-01': 'Labour, spring',
	});
	expect(await read(event('DTSTART;VALUE=DATE:20260501', 'DURATION:P2D', 'SUMMARY:May'))).toEqual({
		'2026-05-01': 'May',
		'2026-05-02': 'May',
	});
});

test('it is repeated as its rule says, without exceptions, within the years', async () => {
	expect(
		Object.keys(
			await read(
				event('DTSTART;VALUE=DATE:20201225', 'SUMMARY:X', 'RRULE:FREQ=YEARLY', 'EXDATE;VALUE=DATE:20271225'),
			),
		),
	).toEqual(['2026-12-25', '2028-12-25']);
	expect(
		Object.keys(
			await read(event('DTSTART;VALUE=DATE:20241128', 'SUMMARY:X', 'RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=4TH')),
		),
	).toEqual(['2026-11-26', '2027-11-25', '2028-11-23']);
	expect(
		Object.keys(await read(event('DTSTART;VALUE=DATE:20261230', 'SUMMARY:X', 'RRULE:FREQ=DAILY;COUNT=3'))),
	).toEqual([...['2026-12-30', '2026-12-31', '2027-01-01']]);
	expect(
		Object.keys(await read(event('DTSTART;VALUE=DATE:20260101', 'SUMMARY:X', 'RDATE;VALUE=DATE:20260105'))),
	).toEqual([...['2026-01-01', '2026-01-05']]);
});

test('a 29 February each year is one in leap years alone', async () => {
	expect(
		Object.keys(await read(event('DTSTART;VALUE=DATE:20240229', 'SUMMARY:X', 'RRULE:FREQ=YEARLY'))),
	).toEqual(['2028-02-29']);
});

test('what was moved or cancelled is taken as it is now', async () => {
	const series = event('DTSTART;VALUE=DATE:20200110', 'SUMMARY:Founding day', 'RRULE:FREQ=YEARLY');
	const moved = event(
		'RECURRENCE-ID;VALUE=DATE:20270110',
		'DTSTART;VALUE=DATE:20270111',
		'SUMMARY:Founding day, moved',
	);
	const gone = event(
		'RECURRENCE-ID;VALUE=DATE:20280110',
		'DTSTART;VALUE=DATE:20280110',
		'SUMMARY:Founding day',
		'STATUS:CANCELLED',
	);
	expect(await read(series, moved, gone)).toEqual({
		'2026-01-10': 'Founding day',
		'2027-01-11': 'Founding day, moved',
	});
	expect(await read(event('DTSTART;VALUE=DATE:20260101', 'SUMMARY:X', 'STATUS:CANCELLED'))).toEqual({});
});

test('two holidays on one date are one with both names', async () => {
	const one = event('DTSTART;VALUE=DATE:20260101', 'SUMMARY:New Year');
	expect(await read(one, one, one.replace('New Year', 'Founding day'))).toEqual({
		'2026-01-01': 'New Year, Founding day',
	});
});

test('an event at a time of the day is no holiday, and is told', async () => {
	const meeting = event('DTSTART:20261224T100000Z', 'DTEND:20261224T120000Z', 'SUMMARY:Party');
	expect(await calendarHolidays(calendar(meeting), years)).toEqual({
		holidays: [],
		skipped: [{ name: 'Party', date: '2026-12-24', why: expect.stringContaining('shift') }],
	});
});

test.each([
	'',
	'<html>Sign in</html>',
	'BEGIN:VCALENDAR',
	'BEGIN:VEVENT\r\nEND:VEVENT',
	'null',
	calendar(event('DTSTART;VALUE=DATE:tomorrow', 'SUMMARY:X')),
])('what is no calendar is refused: %j', async (text) => {
	await expect(calendarHolidays(text, years)).rejects.toMatchObject({
		code: 'invalid_input',
		message: expect.stringContaining('no calendar'),
	});
});

test('rules without an end, and those that never come true, take no time', async () => {
	const begun = performance.now();
	for (const rule of [
		'FREQ=DAILY',
		'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30',
		'FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=31',
		'FREQ=SECONDLY',
		'FREQ=YEARLY;BYDAY=53MO;BYMONTH=1',
	])
		await read(event('DTSTART;VALUE=DATE:19700101', 'SUMMARY:X', `RRULE:${rule}`)).catch(() => undefined);
	expect(performance.now() - begun).toBeLessThan(10_000);
});
