import { randomBytes } from 'node:crypto';

import type { Site } from '../../shared';
import type { BackupContext } from '../context';
import type { Destination } from '../destinations/destination';
import { BackupError } from '../errors';
import { defaultLockTimes, lockName, maxLockBytes, takeLock, type LockTimes, type SiteLock } from '../lock';

/** How a restore deals with another run of its site. */
export interface RestoreLockOptions {
	/** How long to wait for a backup or another restore of the same site, in milliseconds. Default 0. */
	waitForLockMs?: number | undefined;
	/** How locks show that they live, and when they count as dead. The same for all runs of a site. */
	lockTimes?: LockTimes | undefined;
}

/**
 * Takes the lock of a site in the destination a restore reads from, so that no backup reads what is half restored
 * and no two restores meet. A destination that cannot be written (read-only, full) can still be restored from:
 * then nobody else can back up to it either, and the result is undefined.
 *
 * @param work for the texts of others that find it
 * @throws BackupError `locked` when another run has it, `cancelled`
 */
export async function lockForRestore(
	destination: Destination,
	site: Site,
	{ signal, now = () => new Date() }: BackupContext,
	{ waitForLockMs = 0, lockTimes = defaultLockTimes }: RestoreLockOptions,
	work: 'restore' | 'pruning' = 'restore',
): Promise<SiteLock | undefined> {
	const request = {
		...lockTimes,
		folder: site.name,
		run: `${work}-${randomBytes(6).toString('hex')}`,
		work,
		now: now(),
		waitMs: waitForLockMs,
		signal,
	};
	const result = await takeLock(destination, request).catch(async (thrown: unknown) => {
		const isReadOnly = thrown instanceof BackupError && /^destination_(?:refused|full)$/.test(thrown.code);
		if (!isReadOnly) throw thrown;
		// A dead lock there cannot be taken over and is none; whether one that cannot be read is alive is unknown.
		await destination.readSmall(`${site.name}/${lockName}`, maxLockBytes);
		return undefined;
	});
	if (!result) return undefined;
	if ('lock' in result) return result.lock;
	throw new BackupError(
		'locked',
		`The site "${site.name}" is locked by ${result.heldBy}: a backup or another restore of it is running.`,
		'Wait until it has ended, then run it again. A lock of a run that was killed goes by itself after two minutes.',
	);
}
