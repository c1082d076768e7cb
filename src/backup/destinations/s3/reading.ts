import { setTimeout as sleep } from 'node:timers/promises';

import type { Bucket } from './bucket';
import { isMissing, isOutOfReach, statusOf } from './failures';

const firstPauseMs = 200;
const longestPauseMs = 10_000;

/** What is wrong with an object, when the service has answered. */
export class ReadFault extends Error {}

/** There is no such object. */
export class MissingObject extends ReadFault {}

/**
 * The content of an object. A connection that breaks is taken up again where it broke, and only as long as it is the
 * same object.
 * @param resumes how often in a row that may fail without a byte
 * @throws BackupError when the service cannot be reached or refuses; ReadFault
 */
export async function* readObject(
	bucket: Bucket,
	path: string,
	{ resumes, signal }: { resumes: number; signal?: AbortSignal | undefined },
): AsyncGenerator<Buffer, void, undefined> {
	let at = 0;
	let etag: string | undefined;
	let sizeBytes: number | undefined;
	for (let failures = 0; ; failures += 1) {
		try {
			const found = await bucket.get(path, { from: at, etag, signal });
			etag ??= found.etag;
			sizeBytes ??= found.sizeBytes;
			if (found.from !== at) throw new ReadFault('the service does not give the rest of an object alone');
			for await (const chunk of found.body) {
				const piece: Buffer = chunk;
				at += piece.length;
				failures = 0;
				yield piece;
			}
			if (sizeBytes === undefined || at === sizeBytes) return;
			// It ended before its time without an error, or after it.
			if (at > sizeBytes || failures >= resumes) throw new ReadFault(`it has ${at} of ${sizeBytes} bytes`);
		} catch (thrown) {
			if (thrown instanceof ReadFault) throw thrown;
			if (isMissing(thrown)) throw new MissingObject(`there is no object ${path}`);
			if (statusOf(thrown) === 412) throw new ReadFault('it was replaced while it was read');
			if (signal?.aborted || !isOutOfReach(thrown) || failures >= resumes) {
				throw bucket.explain(thrown, `reading ${path}`, signal);
			}
		}
		const pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** failures) * (0.5 + Math.random() / 2);
		await sleep(pauseMs, undefined, signal ? { signal } : {}).catch(() => {});
	}
}
