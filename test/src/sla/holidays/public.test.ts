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
