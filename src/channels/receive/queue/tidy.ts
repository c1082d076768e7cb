import { readdir, stat, truncate, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as breathe } from 'node:timers/promises';

import { missing } from './files';
import { idFileOf } from './names';

/** What nobody could work off is kept so long for a person to look at. */
const keepDeadMs = 14 * 24 * 60 * 60_000;

/** Forgets ids and buried events of a queue that are old enough. */
export async function tidyQueue(folder: string, keepIdsMs: number, now: number): Promise<void> {
	for (const shard of await readdir(join(folder, 'ids'))) {
		const ids = join(folder, 'ids', shard);
		for (const name of await readdir(ids)) {
			const info = await stat(join(ids, name)).catch(missing);
			if (!info || info.size > 0 || now - info.mtimeMs < keepIdsMs) continue;
			await unlink(join(ids, name)).catch(missing);
		}
		// Many of them are no reason to keep a request waiting.
		await breathe();
	}
	for (const name of await readdir(join(folder, 'dead'))) {
		const path = join(folder, 'dead', name);
		const info = await stat(path).catch(missing);
		if (!info || now - info.mtimeMs < keepDeadMs) continue;
		await truncate(idFileOf(folder, name)).catch(missing);
		await unlink(path).catch(missing);
	}
}
