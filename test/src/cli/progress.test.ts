import { progressLine } from '../../../src/cli/progress';

const artefact = 'files-www';

test('where the end is known there is a bar, and after two seconds the speed and what is left', () => {
	let now = 5000;
	const line = progressLine(() => now);
	const step = 'verify';
	expect(line({ step, artefact, plainBytes: 0, storedBytes: 0, totalBytes: 4e6 })).toBe(
		'verifying files-www [--------------------] 0 % 0 B of 4 MB, 0 B stored',
	);
	now += 4000;
	expect(line({ step, artefact, plainBytes: 1e6, storedBytes: 5e5, entries: 1234, totalBytes: 4e6 })).toBe(
		'verifying files-www [#####---------------] 25 % 1 MB of 4 MB, 1,234 entries, 500 kB stored, 250 kB/s, 12 s left',
	);
});

test('where the end is not known there is no bar and no guess', () => {
	let now = 0;
	const line = progressLine(() => now);
	line({ step: 'backUp', artefact, plainBytes: 1, storedBytes: 0 });
	now = 10_000;
	expect(line({ step: 'backUp', artefact, plainBytes: 5e6, storedBytes: 1e6 })).toBe(
		'backing up files-www 5 MB, 1 MB stored, 500 kB/s',
	);
});

test('each artefact has its own clock, and more content than expected is not more than all', () => {
	let now = 0;
	const line = progressLine(() => now);
	line({ step: 'restore', artefact, plainBytes: 1, storedBytes: 0 });
	now = 60_000;
	expect(line({ step: 'restore', artefact: 'db-shop', plainBytes: 3, storedBytes: 3, totalBytes: 2 })).toBe(
		'restoring db-shop [####################] 100 % 3 B of 2 B, 3 B stored',
	);
});
