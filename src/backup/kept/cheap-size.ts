import { lstat, opendir } from 'node:fs/promises';
import { join } from 'node:path';

/** Above that, counting is no glance any more. */
export const mostCounted = 10_000;

/** Bytes of the files below a folder; undefined when there are many, or not all can be looked at. Links are not followed. */
export async function cheapSize(folder: string): Promise<number | undefined> {
	let [sizeBytes, entries] = [0, 0];
	const folders = [folder];
	try {
		for (let at = folders.pop(); at !== undefined; at = folders.pop()) {
			for await (const entry of await opendir(at, { bufferSize: 256 })) {
				entries += 1;
				if (entries > mostCounted) return undefined;
				const path = join(at, entry.name);
				if (entry.isDirectory()) folders.push(path);
				else if (entry.isFile()) sizeBytes += (await lstat(path)).size;
			}
		}
		return sizeBytes;
	} catch {
		return undefined;
	}
}
