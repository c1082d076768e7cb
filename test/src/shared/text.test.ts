import { formatBytes, formatDuration } from '../../../src/shared';

test.each([
	[0, '0 B'],
	[999, '999 B'],
	[1000, '1 kB'],
	[1250, '1.3 kB'],
	[99_949, '99.9 kB'],
	[99_950, '100 kB'],
	[999_499, '999 kB'],
	[999_500, '1 MB'],
	[1_200_000_000, '1.2 GB'],
	[5e18, '5000 PB'],
])('%d bytes are shown as %s', (sizeBytes, text) => {
	expect(formatBytes(sizeBytes)).toBe(text);
});

test.each([
	[0, '0 ms'],
	[85.4, '85 ms'],
	[1000, '1 s'],
	[1234, '1.2 s'],
	[59_949, '59.9 s'],
	[59_950, '1 min 0 s'],
	[184_000, '3 min 4 s'],
	[7_500_000, '2 h 5 min'],
])('%d milliseconds are shown as %s', (durationMs, text) => {
	expect(formatDuration(durationMs)).toBe(text);
});
