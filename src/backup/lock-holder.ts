import { z } from 'zod';

import { ownIdentity, parseInput } from '../shared';

const line = z.string().max(300);

/** A process that has something, and for which run. */
export const lockHolderSchema = z.object({
	/** For people, e.g. `process 4711 on web-1`. */
	who: line,
	host: line,
	pid: z.number().int().positive(),
	processStart: line,
	bootId: line,
	pidNamespace: line,
	/** Differs for every run, so that a lock is never taken for that of another run of the same process. */
	run: line,
	since: line,
});

/** Who has a lock, as it stands in the file. */
export type LockHolder = z.infer<typeof lockHolderSchema>;

export function newHolder(run: string, now: Date): LockHolder {
	const identity = ownIdentity();
	return {
		who: `process ${identity.pid} on ${identity.host}`,
		...identity,
		run,
		since: now.toISOString(),
	};
}

export function encodeHolder(holder: LockHolder): Buffer {
	return Buffer.from(`${JSON.stringify(holder, null, 2)}\n`);
}

/** Undefined for what is no lock of ours, or one whose writer was killed while it wrote. */
export function decodeHolder(content: Buffer): LockHolder | undefined {
	try {
		const parsed = parseInput(lockHolderSchema, JSON.parse(content.toString('utf8')));
		return parsed.ok ? parsed.value : undefined;
	} catch {
		return undefined;
	}
}

/** `process 4711 on web-1 since 2026-11-20T02:00:00.000Z` */
export function describeHolder(holder: LockHolder | undefined): string {
	if (!holder) return 'a run that has not said who it is';
	const text = `${holder.who} since ${holder.since}`;
	// The file may have been written by anybody who can write there.
	return text.replace(/\p{Cc}/gu, ' ');
}
