import { readdirSync, readFileSync } from 'node:fs';
import { zstdCompressSync } from 'node:zlib';

import { Scope } from '../../support/scope';
import { writeFiles } from './files';

test('the files are at least 500 MB in 20,000 files; text compresses three-fold and pictures do not', async () => {
	const scope = await Scope.open('bench-files');
	try {
		const { folder, files, bytes } = await writeFiles(scope.path('files'));
		expect(files).toBeGreaterThan(20_000);
		expect(bytes).toBeGreaterThan(500_000_000);
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
