import { compileSchedule, previewDays } from '../../../../src/sla';
import { everyDay, thrownBy } from '../schedules';

const open = (timezone: string, ...hours: [string, string][]) =>
	compileSchedule({ timezone, weekly: everyDay(...hours) });

test('SL-16: a date that does not exist has no hours', () => {
	const [before, missing, after] = previewDays(open('Pacific/Apia', ['00:00', '24:00']), '2011-12-29', 3);
	expect([before?.workingMs, missing?.workingMs, after?.workingMs]).toEqual([86_400_000, 0, 86_400_000]);
	expect(missing).toMatchObject({ date: '2011-12-30', open: [], closedBecause: ['outside the hours'] });
});

test('SL-15, SL-18: days on which clocks change are as long as they are', () => {
	const berlin = open('Europe/Berlin', ['00:00', '24:00']);
	const lengths = (schedule: typeof berlin, date: string) =>
		previewDays(schedule, date, 1).map(({ workingMs, open: hours }) => [workingMs / 3_600_000, hours]);
	expect(lengths(berlin, '2026-10-25')).toEqual([[25, [{ from: '00:00', to: '24:00' }]]]);
	// In Beirut, this day begins at 01:00.
	expect(lengths(open('Asia/Beirut', ['00:00', '24:00']), '2026-03-29')).toEqual([
		[23, [{ from: '01:00', to: '24:00' }]],
	]);
});

test('what is no date, and too many days, are refused', () => {
	const schedule = open('UTC', ['09:00', '17:00']);
	expect(thrownBy(() => previewDays(schedule, '2025-02-29', 1)).message).toContain('"2025-02-29"');
	expect(thrownBy(() => previewDays(schedule, '2026-01-01', 367)).message).toContain('367');
});
