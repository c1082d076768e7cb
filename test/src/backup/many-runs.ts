import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { s3Bucket, s3Keys } from '../../support/s3';
import type { Holdings } from './many-runs.program';
import { noise, useBucket } from './s3/s3-stand';
import { makeDatabase } from './sqlite-stand';
import { compiledBackup, siteOf } from './stand';

const run = promisify(execFile);

/** What a process holds after some of many runs, each of a folder and a database to a folder and a bucket. */
export function useManyRuns(label: string): (look: number[]) => Promise<Holdings[]> {
	const stand = useBucket(label);
	return async (look) => {
		const [www, backups] = [stand.scope.emptyFolder(), stand.scope.emptyFolder()];
		writeFileSync(`${www}/picture`, noise(200_000));
		const database = stand.scope.path('shop.sqlite');
		makeDatabase(database);
		const site = siteOf(
			{},
			{},
			{
				backup: {
					directories: [{ name: 'www', path: www }],
					databases: [{ name: 'shop', type: 'sqlite', path: database }],
				},
				destinations: [
					{ name: 'backups', type: 'directory', path: backups },
					{ name: 'bucket', type: 's3', bucket: s3Bucket, endpoint: stand.proxy.url },
				],
				retention: { keepLast: 3, afterBackup: true },
			},
		);
		const context = { secrets: { s3: { '*': s3Keys } } };
		const task = JSON.stringify({ compiled: compiledBackup, site, context, look });
		const program = join(__dirname, 'many-runs.program.ts');
		const translated = join(__dirname, '../../support/typescript.cjs');
		const { stdout, stderr } = await run(process.execPath, [
			'--expose-gc',
			'--require',
			translated,
			program,
			task,
		]);
		expect(stderr).toBe('');
		return JSON.parse(stdout) as Holdings[];
	};
}

/** Nothing but memory is held that was not held at the first look. */
export function expectNothingLeaked(found: Holdings[]): void {
	const [first, ...others] = found;
	if (!first) throw new Error('Nothing was looked at.');
	expect(first).toMatchObject({ children: 0, warnings: [] });
	for (const later of others) expect(lasting(later)).toEqual({ ...lasting(first), run: later.run });
}

/** What the collector has not given back yet goes up and down; what is lost with each run only goes up. */
export function expectFlatMemory(found: Holdings[]): void {
	const [first, ...others] = found;
	const lowest = (field: 'heapBytes' | 'nativeBytes'): number =>
		Math.min(...others.slice(-2).map((holdings) => holdings[field]));
	expect(lowest('heapBytes')).toBeLessThan((first?.heapBytes ?? 0) + 3_000_000);
	expect(lowest('nativeBytes')).toBeLessThan((first?.nativeBytes ?? 0) + 40_000_000);
}

function lasting({ heapBytes: _heap, nativeBytes: _native, ...held }: Holdings): object {
	return held;
}
