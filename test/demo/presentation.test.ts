import { Writable } from 'node:stream';

import { demo } from './main';
import { Steps } from './steps';
import { comparisonTable, megabytes } from './tables';

const entry = (count: number, hash: string) => ({ part: 'table orders', count, hash });

test('the comparison tells what is equal, what differs and what is missing', () => {
	const same = entry(150_000, 'aaaaaaaaaaaaaaaa');
	const text = comparisonTable([
		{ part: 'table orders', before: same, after: same, equal: true },
		{ part: 'table reviews', before: same, after: entry(149_999, 'bbbbbbbbbbbbbbbb'), equal: false },
		{ part: 'volume shop_media', before: same, after: undefined, equal: false },
	]);
	expect(text).toBe(
		[
			'part of the site    before  hash            after  hash          equal',
			'──────────────────────────────────────────────────────────────────────',
			'table orders       150,000  aaaaaaaaaaaa  150,000  aaaaaaaaaaaa  yes',
			'table reviews      150,000  aaaaaaaaaaaa  149,999  bbbbbbbbbbbb  NO',
			'volume shop_media  150,000  aaaaaaaaaaaa  missing                NO',
		].join('\n'),
	);
});

test('sizes are told in megabytes', () => {
	expect([245_300_000, 9_960_000, 50_000].map(megabytes)).toEqual(['245 MB', '10.0 MB', '0.1 MB']);
});

/** An output that is no terminal and keeps what it gets. */
function output(): { stream: NodeJS.WriteStream; lines: () => string[] } {
	let text = '';
	const stream = new Writable({
		write(chunk: Buffer, _encoding, done) {
			text += chunk.toString();
			done();
		},
	});
	return {
		stream: Object.assign(stream, { isTTY: false }) as never,
		lines: () => text.trimEnd().split('\n'),
	};
}

test('every step is told in a line and in the table, and one that fails is told and thrown', async () => {
	const { stream, lines } = output();
	const steps = new Steps(stream);
	const value = await steps.run('Back up', () =>
		Promise.resolve({ value: 7, size: '245 MB', result: 'verified' }),
	);
	const failing = steps.run('Restore', () => Promise.reject(new Error('the volume is in use')));
	await expect(failing).rejects.toThrow('the volume is in use');
	expect(value).toBe(7);
	expect(lines()).toEqual(['   0 s  ✔ Back up: verified (245 MB), 0.0 s', '   0 s  ✘ Restore']);
	expect(steps.table().split('\n').at(-1)).toBe('Back up  245 MB  0.0 s  verified');
});

test('an argument that does not exist is a usage error and starts nothing', async () => {
	const told = jest.spyOn(console, 'error').mockImplementation(() => undefined);
	expect(await demo(['--twice'])).toBe(2);
	expect(told.mock.calls.flat().join()).toBe('Unknown: --twice. Usage: npm run demo [-- --once]');
	told.mockRestore();
});
