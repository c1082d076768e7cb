import { setTimeout as sleep } from 'node:timers/promises';
import type * as sqlite from 'node:sqlite';
import type { DatabaseSync } from 'node:sqlite';

import { Fault, faultOf } from './faults';
import type { SqliteTask } from './messages';

/** Pages that are copied before it is asked whether the copy is still wanted. */
const stepPages = 10_000;
/** SQLite waits so long for a lock by itself, during which nothing can be cancelled. */
const waitMs = 250;

/**
 * Copies a database that others may be writing to, as it is at one instant: the copy holds every transaction that was
 * committed before it began. The read transaction is held until all is copied, since SQLite begins anew whenever
 * somebody commits in between and so would never end beside a busy writer. With a write-ahead log nobody waits for
 * that; without one, writers wait for as long as the copying takes.
 *
 * The original is opened for reading only and is neither recovered nor checkpointed.
 * @throws Fault; an error of SQLite
 */
export async function copyDatabase(
	{ DatabaseSync, backup }: typeof sqlite,
	from: string,
	{ file, patienceMs }: Pick<SqliteTask, 'file' | 'patienceMs'>,
	isCancelled: () => boolean,
): Promise<void> {
	const source = new DatabaseSync(from, { readOnly: true, timeout: waitMs });
	try {
		await beginReading(source, patienceMs, isCancelled);
		await backup(source, file, {
			rate: stepPages,
			progress: () => refuseCancelled(isCancelled),
		});
	} finally {
		source.close();
	}
}

async function beginReading(
	source: DatabaseSync,
	patienceMs: number,
	isCancelled: () => boolean,
): Promise<void> {
	source.exec('begin');
	const endsAt = performance.now() + patienceMs;
	for (;;) {
		refuseCancelled(isCancelled);
		try {
			// The transaction begins with the first look into the database.
			source.prepare('select count(*) from sqlite_schema').get();
			return;
		} catch (thrown) {
			if (faultOf(thrown) !== 'locked' || performance.now() > endsAt) throw thrown;
			await sleep(10);
		}
	}
}

export function refuseCancelled(isCancelled: () => boolean): void {
	if (isCancelled()) throw new Fault('cancelled', 'The work on the database was cancelled.');
}
