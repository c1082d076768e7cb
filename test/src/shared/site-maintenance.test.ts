import { maintenanceEnd, maintenanceSchema } from '../../../src/shared';

const minute = 60_000;

/** When a window lasts in the night to a day, as `from–to` in UTC. */
function lasts(window: { from: string; to: string }, timeZone: string, day: string): string {
	const windows = maintenanceSchema.parse([{ ...window, timeZone }]);
	const noonBefore = Date.parse(`${day}T12:00:00Z`) - 24 * 60 * minute;
	const inside = Array.from({ length: 24 * 60 }, (_, index) => noonBefore + index * minute).filter(
		(at) => maintenanceEnd(windows, at) !== undefined,
	);
	const clock = (at: number | undefined): string => new Date(at ?? 0).toISOString().slice(11, 16);
	expect(inside.at(-1)).toBe((inside[0] ?? 0) + (inside.length - 1) * minute);
	return `${clock(inside[0])}–${clock((inside.at(-1) ?? 0) + minute)}`;
}

test.each([
	// Two o'clock never comes: it is three at once, which is 01:00 UTC.
	['02:30', '03:15', '01:00–01:15'],
	['02:00', '04:00', '01:00–02:00'],
	['02:59', '03:01', '01:00–01:01'],
	['01:30', '03:30', '00:30–01:30'],
	// What lies within the hour that is left out keeps its length.
	['02:30', '03:00', '01:00–01:30'],
	['02:00', '03:00', '01:00–02:00'],
	['03:00', '03:30', '01:00–01:30'],
])(
	'HC-9: on the night in which clocks are set forward a window from %s to %s does not vanish',
	(from, to, utc) => {
		expect(lasts({ from, to }, 'Europe/Berlin', '2026-03-29')).toBe(utc);
	},
);

test('HC-9: so it is where half an hour is left out, and where the day has no midnight', () => {
	// Lord Howe Island: 02:00 is 02:30, at 15:30 UTC of the day before.
	expect(lasts({ from: '02:10', to: '02:40' }, 'Australia/Lord_Howe', '2026-10-04')).toBe('15:30–15:40');
	// Beirut: midnight is one o'clock, at 22:00 UTC of the day before.
	expect(lasts({ from: '00:00', to: '01:30' }, 'Asia/Beirut', '2026-03-29')).toBe('22:00–22:30');
});

test.each([
	['02:30', '03:15', '00:30–02:15'],
	['02:00', '03:00', '00:00–02:00'],
	['23:30', '02:30', '21:30–00:30'],
])('HC-9: on the night in which clocks are set back a window from %s to %s lasts longer', (from, to, utc) => {
	expect(lasts({ from, to }, 'Europe/Berlin', '2026-10-25')).toBe(utc);
});
