import { parentPort, workerData } from 'node:worker_threads';

import { errorMessage } from '../../shared';
import { giveWay } from '../threads/give-way';
import { copyDatabase } from './copy';
import { examine } from './examine';
import { Fault, faultOf } from './faults';
import type { SqliteAnswer, SqliteTask } from './messages';
import { loadSqlite } from './load';

// A thread of its own: SQLite's calls are synchronous, and checking a large database takes minutes.
if (!parentPort) throw new Error('SQLite runs as a worker thread.');
const port = parentPort;
giveWay();

async function work({ from, ...task }: SqliteTask): Promise<SqliteAnswer> {
	const flag = new Int32Array(task.cancelled);
	const isCancelled = (): boolean => Atomics.load(flag, 0) === 1;
	const sqlite = await loadSqlite();
	if (from !== undefined) await copyDatabase(sqlite, from, task, isCancelled);
	return { type: 'done', ...examine(sqlite, task.file, isCancelled) };
}

work(workerData as SqliteTask).then(
	(answer) => port.postMessage(answer),
	(thrown: unknown) => {
		const fault = thrown instanceof Fault ? thrown.fault : faultOf(thrown);
		port.postMessage({ type: 'failed', fault, message: errorMessage(thrown) } satisfies SqliteAnswer);
	},
);
