import { Settings } from 'luxon';

import { readInstant } from '../../../src/sla';

const realNow = Settings.now;

afterEach(() => {
	Settings.now = realNow;
	Settings.resetCaches();
});

test.each(['2026-01-15T12:00Z', '2026-07-15T12:00Z'])(
	'SL-15: of a time that comes twice the first is meant, asked on %s as on any day',
	(today) => {
		Settings.now = () => Date.parse(today);
		Settings.resetCaches();
		const read = (text: string, timezone: string): string =>
			new Date(readInstant(text, timezone)).toISOString().slice(0, 16);
		expect(read('2026-10-25T02:30', 'Europe/Berlin')).toBe('2026-10-25T00:30');
		expect(read('2026-10-25T03:30', 'Europe/Berlin')).toBe('2026-10-25T02:30');
		expect(read('2026-10-25T01:59', 'Europe/Berlin')).toBe('2026-10-24T23:59');
		// By half an hour, and in winter it is summer there.
		expect(read('2026-04-05T01:45', 'Australia/Lord_Howe')).toBe('2026-04-04T14:45');
		// Left out: moved forward.
		expect(read('2026-03-29T02:30', 'Europe/Berlin')).toBe('2026-03-29T01:30');
		expect(read('2026-10-25T02:30+01:00', 'Europe/Berlin')).toBe('2026-10-25T01:30');
		expect(read('2026-10-25T02:30Z', 'Europe/Berlin')).toBe('2026-10-25T02:30');
	},
);
