import { createHash } from 'node:crypto';
import { lstatSync, readFileSync } from 'node:fs';

import { Scope } from '../support/scope';
import { writeMedia } from './media';

test('the media of the sample shop are at least 120 MB in thousands of files, and the same on every run', async () => {
	const scope = await Scope.open('media');
	try {
		const { files, bytes } = await writeMedia(scope.folder);
		expect(bytes).toBeGreaterThan(120_000_000);
		expect(files).toBeGreaterThan(4000);
		expect(lstatSync(scope.path('press/two\nlines.txt')).uid).toBe(33);
		const picture = readFileSync(scope.path('products/01/1.jpg'));
		expect(createHash('sha256').update(picture).digest('hex')).toBe(
			'7027ffb50cd872e44fcaa3ef882f7527f83325026192071631db73d5fa918fa9',
		);
	} finally {
		await scope.close();
	}
});
