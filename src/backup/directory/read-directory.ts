import { Worker } from 'node:worker_threads';

import { BackupError } from '../errors';
import { defaultPatienceMs, giveUp, unanswered, type DiskPlace } from '../patience';
import { workerFile } from '../threads/worker-file';
import {
	counterOf,
	countersBytes,
	type ReaderMessage,
	type ReaderNotice,
	type ReaderTask,
	type ReaderTotals,
} from './messages';

export interface DirectoryArchive {
	/** The tar archive in blocks; each must be given back with `release`. */
	blocks: AsyncGenerator<Buffer, void, undefined>;
	release(block: Buffer): void;
	/** Filled while the blocks are read, and bounded: `totals` says how many more there were. */
	readonly notices: ReaderNotice[];
	readonly totals: ReaderTotals;
}

/**
 * Reads a directory as a tar archive in a thread of its own. The blocks end with an error when the archive does not
 * prove to be whole: BackupError `archive_damaged`, `archive_cut`; and when the root cannot be read, or the disk no
 * longer answers: BackupError `source_unreadable`.
 *
 * @param patienceMs how long the disk may leave one step unanswered
 */
export function readDirectory(
	task: Omit<ReaderTask, 'counters'>,
	patienceMs = defaultPatienceMs,
): DirectoryArchive {
	const shared = new SharedArrayBuffer(countersBytes);
	const counters = new Int32Array(shared);
	const workerData: ReaderTask = { ...task, counters: shared };
	let worker: Worker | undefined;
	const notices: ReaderNotice[] = [];
	const totals: ReaderTotals = { entries: 0, contentBytes: 0, moreNotices: 0 };

	async function* blocks(): AsyncGenerator<Buffer, void, undefined> {
		const queue: ReaderMessage[] = [];
		let wake = () => {};
		let exited = false;
		let hangs = false;
		// Not before: what it sends while nobody listens is lost.
		const reader = new Worker(workerFile(__dirname, 'reader.worker'), { workerData });
		worker = reader;
		reader.on('message', (message: ReaderMessage) => {
			queue.push(message);
			wake();
		});
		reader.on('error', (error) => {
			queue.push({ type: 'failed', message: error.message });
			wake();
		});
		reader.on('exit', () => {
			exited = true;
			wake();
		});
		try {
			for (;;) {
				const message = queue.shift();
				if (message === undefined) {
					if (exited) throw new Error('The reader of the directory ended early.');
					const heard = new Promise<void>((resolve) => (wake = resolve));
					hangs = !(await livesUntil(heard, counters, patienceMs));
					if (hangs) throw unanswered(placeOf(task.root), patienceMs);
					continue;
				}
				if (message.type === 'failed') throw failure(message);
				if (message.type === 'notice') notices.push(message.notice);
				if (message.type === 'block') {
					totals.entries = message.entriesSoFar;
					yield Buffer.from(message.block, 0, message.sizeBytes);
				}
				if (message.type === 'end') {
					const { entries, contentBytes, moreNotices } = message;
					Object.assign(totals, { entries, contentBytes, moreNotices });
					return;
				}
			}
		} finally {
			// A thread that waits for the disk ends when that answers, however long that takes.
			const ended = reader.terminate();
			if (!hangs) await ended;
			else {
				reader.unref();
				giveUp(placeOf(task.root), ended);
			}
		}
	}

	return {
		blocks: blocks(),
		release(block) {
			worker?.postMessage(block.buffer);
			Atomics.add(counters, counterOf.returnedBlocks, 1);
			Atomics.notify(counters, counterOf.returnedBlocks);
		},
		notices,
		totals,
	};
}

/** Resolves with false when nothing is heard and the reader has shown no life for so long. */
async function livesUntil(heard: Promise<void>, counters: Int32Array, patienceMs: number): Promise<boolean> {
	let seen = Atomics.load(counters, counterOf.signsOfLife);
	for (;;) {
		let timer: NodeJS.Timeout | undefined;
		const silence = new Promise<'silence'>((resolve) => {
			timer = setTimeout(() => resolve('silence'), patienceMs);
		});
		const first = await Promise.race([heard, silence]);
		clearTimeout(timer);
		if (first !== 'silence') return true;
		const now = Atomics.load(counters, counterOf.signsOfLife);
		if (now === seen) return false;
		seen = now;
	}
}

/** A folder that is read, for errors. */
export function placeOf(root: string): DiskPlace {
	return { code: 'source_unreadable', label: `The directory ${root}`, path: root };
}

function failure({ message, known }: Extract<ReaderMessage, { type: 'failed' }>): Error {
	return known ? new BackupError(known.code, message, known.remedy) : new Error(message);
}
