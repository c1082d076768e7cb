import { readdirSync, readFileSync } from 'node:fs';
import { zstdCompressSync } from 'node:zlib';

import { Scope } from '../../support/scope';
import { fileMixes, writeFiles } from './files';

test('the many files are at least 800 MB in 40,000 files; text compresses three-fold and pictures do not', async () => {
	const scope = await Scope.open('bench-files');
	try {
		const { folder, files, bytes } = await writeFiles(scope.path('files'), fileMixes.manySmall);
		expect(files).toBeGreaterThan(40_000);
		expect(bytes).toBeGreaterThan(800_000_000);
		const ratio = (path: string): number => {
			const content = readFileSync(`${folder}/${path}`);
			return content.length / zstdCompressSync(content).length;
		};
		const log = `log/0/${readdirSync(`${folder}/log/0`)[0]}`;
		expect(ratio(`${log}/log-0.log`)).toBeGreaterThan(2);
		expect(ratio(`${log}/log-0.log`)).toBeLessThan(6);
		const video = `video/0/${readdirSync(`${folder}/video/0`)[0]}`;
		expect(ratio(`${video}/video-0.mp4`)).toBeCloseTo(1, 1);
	} finally {
		await scope.close();
	}
});

test('the large files are at least 1.5 GB in 20,000 files', () => {
	const expected = fileMixes.large.map(({ count, smallest, largest }) => (count * (smallest + largest)) / 2);
	expect(expected.reduce((total, bytes) => total + bytes)).toBeGreaterThan(1_500_000_000);
	expect(fileMixes.large.reduce((total, { count }) => total + count, 0)).toBeGreaterThan(20_000);
});
