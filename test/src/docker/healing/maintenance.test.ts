import { maintenanceAt, parseWindows } from '../../../../src/docker';

const at = (instant: string): number => Date.parse(instant);

test('a weekly window counts on its days and by the clock of its zone, summer time included', () => {
	const windows = parseWindows([{ days: ['sun'], from: '02:00', to: '04:00', timeZone: 'Europe/Berlin' }]);
	expect(maintenanceAt(windows, at('2026-11-22T01:00:00Z'))?.reason).toBe(
		'a maintenance window lasts until 2026-11-22T04:00:00+01:00',
	);
	expect(maintenanceAt(windows, at('2026-11-22T03:00:00Z'))).toBeUndefined();
	expect(maintenanceAt(windows, at('2026-11-23T01:30:00Z'))).toBeUndefined();
	expect(maintenanceAt(windows, at('2026-07-05T00:30:00Z'))).toBeDefined();
	// On the day of the change, two o'clock comes and three has gone by then.
	expect(maintenanceAt(windows, at('2026-03-29T01:30:00Z'))).toBeDefined();
	expect(maintenanceAt(windows, at('2026-03-29T02:00:00Z'))).toBeUndefined();
});

test('a window past midnight belongs to the day it begins on', () => {
	const windows = parseWindows([{ days: ['sat'], from: '23:00', to: '01:00' }]);
	expect(maintenanceAt(windows, at('2026-11-21T23:30:00Z'))).toBeDefined();
	expect(maintenanceAt(windows, at('2026-11-22T00:59:59Z'))).toBeDefined();
	expect(maintenanceAt(windows, at('2026-11-22T01:00:00Z'))).toBeUndefined();
	expect(maintenanceAt(windows, at('2026-11-21T00:30:00Z'))).toBeUndefined();
});

test('a single window is meant in the zone that is given, unless it names one', () => {
	const windows = parseWindows([{ start: '2026-12-24T18:00', end: '2026-12-27T06:00' }]);
	expect(maintenanceAt(windows, at('2026-12-24T15:30:00Z'), 'Europe/Moscow')).toBeDefined();
	expect(maintenanceAt(windows, at('2026-12-24T15:30:00Z'), 'UTC')).toBeUndefined();
	const named = parseWindows([{ start: '2026-12-24T18:00+03:00', end: '2026-12-24T19:00+03:00' }]);
	expect(maintenanceAt(named, at('2026-12-24T15:59:59Z'))).toBeDefined();
	expect(maintenanceAt(named, at('2026-12-24T16:00:00Z'))).toBeUndefined();
});

test.each([
	['a word', 'sunday'],
	['an hour that is none', [{ from: '25:00', to: '26:00' }]],
	['a day that is none', [{ days: ['sunday'], from: '01:00', to: '02:00' }]],
	['an end before the beginning', [{ start: '2026-12-27', end: '2026-12-24' }]],
	['what is no date', [{ start: 'soon', end: 'later' }]],
	['an unknown zone', [{ from: '01:00', to: '02:00', timeZone: 'Berlin' }]],
])('%s is refused with an example', (_, input) => {
	expect(() => parseWindows(input)).toThrow('"Maintenance Windows" is not a list of windows');
});
