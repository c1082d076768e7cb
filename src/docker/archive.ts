import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';

import type { Engine } from './engine';

/** The engine reads a whole tree before it sends the first byte of it where a file is large and the disk slow. */
const silenceMs = 10 * 60_000;

/**
 * What a path of a container holds, as a tar archive. The engine ends such an archive normally when a file shrinks
 * while it is read, and everything after that file is missing: the reader must check that it is whole.
 *
 * @param container full id; it need not run
 */
export async function openArchive(
	engine: Engine,
	container: string,
	path: string,
	signal?: AbortSignal,
): Promise<IncomingMessage> {
	return await engine.open({
		path: `/containers/${container}/archive`,
		query: { path },
		timeoutMs: silenceMs,
		signal,
	});
}

/**
 * Unpacks a tar archive into a folder of a container.
 * @param path of a folder that exists
 */
export async function uploadArchive(
	engine: Engine,
	container: string,
	path: string,
	archive: Readable,
	signal?: AbortSignal,
): Promise<void> {
	await engine.upload(
		{
			method: 'PUT',
			path: `/containers/${container}/archive`,
			query: { path, noOverwriteDirNonDir: 'true' },
			timeoutMs: silenceMs,
			signal,
		},
		archive,
		'application/x-tar',
	);
}
