import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Scope } from '../scope';
import { controls, type Change, type Fault } from './faults';

export type { Change, Fault } from './faults';

/** A file system of the tests' own that fails as it is told to, and knows what was changed and what was put on disk. */
export interface FaultyDisk {
	/** Where it is mounted. */
	readonly folder: string;
	/** What it does from now on; what it has not answered so far goes by this as well. */
	fail(...faults: Fault[]): void;
	/** What was changed since the last call, in order. */
	changes(): Change[];
}

/** Mounts an empty disk, which is gone with the scope. */
export async function mountFaultyDisk(scope: Scope, name = 'disk'): Promise<FaultyDisk> {
	const folder = scope.path(name);
	mkdirSync(folder);
	const args = ['--require', join(__dirname, '../typescript.cjs'), join(__dirname, 'server.ts'), folder];
	// What still waits for the disk when it is taken away gets an error.
	const server = scope.start(`${name}-server`, process.execPath, { args, graceMs: 0 });
	const isMounted = (): boolean =>
		readFileSync('/proc/self/mountinfo', 'utf8').includes(` ${folder} `) && readdirSync(folder).length === 0;
	await server.ready(() => Promise.resolve(isMounted()), 120_000);
	return {
		folder,
		fail: (...faults) => writeFileSync(join(folder, controls.faults), JSON.stringify(faults)),
		changes: () => {
			const path = join(folder, controls.changes);
			const changes = JSON.parse(readFileSync(path, 'utf8')) as Change[];
			writeFileSync(path, '');
			return changes;
		},
	};
}
