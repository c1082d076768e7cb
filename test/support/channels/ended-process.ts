import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { ownIdentity } from '../../../src/shared';

/** Makes those who have opened a queue so far look killed. @param place the folder of the queue */
export async function endProcesses(place: string): Promise<void> {
	// No process has this number.
	const killed = JSON.stringify({ ...ownIdentity(), pid: 2 ** 30 });
	for (const process of await readdir(join(place, 'running'))) {
		await writeFile(join(place, 'running', process, 'process.json'), killed);
	}
}
