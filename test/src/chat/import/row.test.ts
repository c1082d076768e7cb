import { Settings } from 'luxon';

import { RowReader } from '../../../../src/chat/import/row';

const read = (value: unknown, zone = 'UTC') => new RowReader({ x: value }, zone);

test.each([
	['2026-01-31T09:00:00Z', '2026-01-31T09:00:00.000Z'],
	['2026-01-31 09:00:00+03', '2026-01-31T06:00:00.000Z'],
	['2026-01-31 09:00:00.123456+00', '2026-01-31T09:00:00.123Z'],
	['2026-01-31 09:00:00 +05:30', '2026-01-31T03:30:00.000Z'],
	['2026-01-31', '2026-01-30T21:00:00.000Z'],
	['2026-01-31 09:00:00', '2026-01-31T06:00:00.000Z'],
	[new Date('2026-01-31T09:00:00Z'), '2026-01-31T09:00:00.000Z'],
])('%s is a time; without a zone it is of the one that is given', (value, expected) => {
	expect(read(value, 'Europe/Moscow').instant('x')).toBe(expected);
});

test.each([
	['2026-07-01', '2025-10-26 02:30:00', '2025-10-26T00:30:00.000Z'],
	['2026-12-01', '2025-10-26 02:30:00', '2025-10-26T00:30:00.000Z'],
	['2026-07-01', '2025-10-26 02:30:00+01', '2025-10-26T01:30:00.000Z'],
	['2026-07-01', '2025-03-30 02:30:00', '2025-03-30T01:30:00.000Z'],
	['2026-12-01', '2025-03-30 02:30:00', '2025-03-30T01:30:00.000Z'],
	['2026-12-01', '2025-07-01 12:00:00', '2025-07-01T10:00:00.000Z'],
])('read on %s, %s in Berlin is the same: a time that comes twice is the first', (today, value, expected) => {
	const { now } = Settings;
	Settings.now = () => Date.parse(today);
	try {
		expect(read(value, 'Europe/Berlin').instant('x')).toBe(expected);
	} finally {
		Settings.now = now;
	}
});

test.each(['yesterday', '2026-02-30 10:00', true, 5])('%s is no time, and the column is named', (value) => {
	const row = read(value);
	expect(row.instant('x')).toBeUndefined();
	expect(row.faults).toEqual([{ field: 'x', problem: expect.stringContaining('is no time') as string }]);
});

test.each([
	[
		['a', 'b'],
		['a', 'b'],
	],
	['["a","b"]', ['a', 'b']],
	['{a,"b, \\"c\\""}', ['a', 'b, "c"']],
	['{}', []],
	['just one', ['just one']],
])('%j is a list, as a driver, JSON or PostgreSQL gives it', (value, expected) => {
	expect(read(value).texts('x')).toEqual(expected);
});

test('ids stay what they are, and a number that has lost digits is refused', () => {
	expect(read('9223372036854775807').id('x')).toBe('9223372036854775807');
	expect(read(9223372036854775807n).id('x')).toBe('9223372036854775807');
	expect(read(-1001234567890).id('x')).toBe('-1001234567890');
	for (const bad of [2 ** 60, 'a\0b']) {
		const row = read(bad);
		expect([row.id('x'), row.faults.length]).toEqual([undefined, 1]);
	}
});

test.each([
	['t', true],
	['false', false],
	[0, false],
	[true, true],
])('%j is yes or no', (value, expected) => expect(read(value).flag('x')).toBe(expected));

test('what was not read is left over, and nothing empty', () => {
	const row = new RowReader({ a: 1, b: 2, c: null, d: '', e: new Date(0) }, 'UTC');
	expect(row.number('a')).toBe(1);
	expect(row.rest()).toEqual({ b: 2, e: '1970-01-01T00:00:00.000Z' });
});
