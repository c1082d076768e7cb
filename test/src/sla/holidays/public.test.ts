import { compileSchedule, publicHolidays, SlaError } from '../../../../src/sla';
import { officeHours } from '../schedules';

const in2026 = { from: 2026, to: 2026 };

test('the public holidays of a country, several days of one feast each by itself', async () => {
	const { holidays } = await publicHolidays({ country: 'RU', language: 'en' }, in2026);
	const dates = holidays.map(({ date }) => date);
	expect(dates).toEqual(
		expect.arrayContaining(['2026-01-01', '2026-01-04', '2026-01-07', '2026-06-12', '2026-11-04']),
	);
	expect(dates).toEqual([...new Set(dates)].sort());
	expect(dates.every((date) => date.startsWith('2026-'))).toBe(true);
	expect(holidays.find(({ date }) => date === '2026-06-12')?.name).toBe('Russia Day');
});

test('a part of a country has more of them, and a day that stands in for one on a weekend counts', async () => {
	const dates = async (...place: Parameters<typeof publicHolidays>): Promise<string[]> =>
		(await publicHolidays(...place)).holidays.map(({ date }) => date);
	expect(await dates({ country: 'DE' }, in2026)).not.toContain('2026-01-06');
	expect(await dates({ country: 'de', state: 'by' }, in2026)).toContain('2026-01-06');
	expect(await dates({ country: 'DE', state: 'BY', region: 'A' }, in2026)).toContain('2026-08-08');
	// Independence Day of 2026 is a Saturday.
	expect(await dates({ country: 'US' }, in2026)).toEqual(
		expect.arrayContaining(['2026-07-03', '2026-11-26']),
	);
	expect(await dates({ country: 'US' }, in2026)).not.toContain('2026-02-14');
});

test('holidays that begin at noon close no day, and are told', async () => {
	const { holidays, skipped } = await publicHolidays({ country: 'CN' }, in2026);
	const half = ['2026-03-08', '2026-05-04', '2026-08-01'];
	expect(skipped.map(({ date }) => date)).toEqual(half);
	for (const date of half) expect(holidays.map((holiday) => holiday.date)).not.toContain(date);
	const hours = { ...officeHours, timezone: 'Asia/Shanghai', holidays };
	expect(compileSchedule(hours).deadline(Date.parse('2026-05-04T09:00+08:00'), 3_600_000)).toBe(
		Date.parse('2026-05-04T10:00+08:00'),
	);
	const guatemala = await publicHolidays({ country: 'GT' }, in2026);
	expect(guatemala.skipped.map(({ date }) => date)).toEqual(['2026-12-24', '2026-12-31']);
	expect(guatemala.holidays.map(({ date }) => date)).not.toContain('2026-12-31');
});

test('a day on which clocks are changed is whole; of a feast of some days and a half the half is told', async () => {
	// Clocks are set back on 1 November there.
	expect(await publicHolidays({ country: 'PM' }, in2026)).toMatchObject({
		holidays: expect.arrayContaining([expect.objectContaining({ date: '2026-11-01' })]) as unknown,
		skipped: [],
	});
	// Easter of 2024 is the day of 23 hours.
	const { holidays } = await publicHolidays({ country: 'DK' }, { from: 2024, to: 2024 });
	expect(holidays.map(({ date }) => date)).toContain('2024-03-31');
	const feast = await publicHolidays({ country: 'TR', language: 'en' }, in2026);
	const dates = feast.holidays.map(({ date }) => date).filter((date) => date.startsWith('2026-03'));
	expect(dates).toEqual(['2026-03-20', '2026-03-21', '2026-03-22']);
	expect(feast.skipped[0]).toMatchObject({
		date: '2026-03-20',
		why: expect.stringContaining('part of a day'),
	});
});

test('several years at once go into a schedule as they are', async () => {
	const { holidays } = await publicHolidays({ country: 'RU' }, { from: 2026, to: 2028 });
	expect(new Set(holidays.map(({ date }) => date.slice(0, 4))).size).toBe(3);
	const schedule = compileSchedule({ ...officeHours, holidays });
	expect(schedule.nextOpen(Date.parse('2027-11-04T10:00+03:00'))).toBe(Date.parse('2027-11-05T09:00+03:00'));
});

test.each([
	[{ country: 'XX' }, '"XX" is no country', 'DE'],
	[{ country: 'DE', state: 'ZZ' }, '"ZZ" is no state', 'BY'],
	[{ country: 'DE', state: 'BY', region: 'Q' }, '"Q" is no region', 'EVANG'],
	[{ country: 'IS', state: 'A' }, '"A" is no state', 'Leave the state out'],
])(
	'a place that is not known is an error that names those that are, and never no holidays: %j',
	async (place, said, help) => {
		const error: unknown = await publicHolidays(place, in2026).catch((thrown: unknown) => thrown);
		expect(error).toBeInstanceOf(SlaError);
		expect(error).toMatchObject({
			code: 'invalid_input',
			message: expect.stringContaining(said),
			remedy: expect.stringContaining(help),
		});
	},
);

test.each([
	[2027, 2026],
	[1969, 1970],
	[2026, 2101],
	[1970, 2100],
	[2026.5, 2027],
])('the years %d to %d are refused', async (from, to) => {
	await expect(publicHolidays({ country: 'DE' }, { from, to })).rejects.toMatchObject({
		code: 'invalid_input',
	});
});
