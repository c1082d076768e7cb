import type { IExecuteFunctions } from 'n8n-workflow';

import { progressLog } from '../../../nodes/SiteBackup/actions/progress-log';

afterEach(() => jest.useRealTimers());

test('n8n is told every half minute how far a long operation is', () => {
	jest.useFakeTimers();
	const lines: string[] = [];
	const logger = { info: (line: string) => lines.push(line) };
	const tell = progressLog({ logger } as unknown as IExecuteFunctions, 'shop');
	for (let second = 1; second <= 65; second += 1) {
		jest.advanceTimersByTime(1000);
		tell({
			step: 'backUp',
			artefact: 'files-www',
			plainBytes: second * 1e6,
			storedBytes: 1,
			entries: second,
		});
	}
	jest.advanceTimersByTime(30_000);
	tell({ step: 'restore', artefact: 'db-shop', plainBytes: 1e6, storedBytes: 1, totalBytes: 4e6 });
	expect(lines).toEqual([
		'shop: backing up files-www: 30 MB, 30 entries',
		'shop: backing up files-www: 60 MB, 60 entries',
		'shop: restoring db-shop: 1 MB of 4 MB',
	]);
});
