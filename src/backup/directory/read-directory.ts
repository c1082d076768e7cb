import { Worker } from 'node:worker_threads';

import { BackupError } from '../errors';
import { workerFile } from '../threads/worker-file';
import type { ReaderMessage, ReaderNotice, ReaderTask, ReaderTotals } from './messages';

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
 * prove to be whole: BackupError `archive_damaged`, `archive_cut`.
 */
export function readDirectory(task: Omit<ReaderTask, 'returned'>): DirectoryArchive {
	const returned = new SharedArrayBuffer(4);
	const counter = new Int32Array(returned);
	const workerData: ReaderTask = { ...task, returned };
	let worker: Worker | undefined;
	const notices: ReaderNotice[] = [];
	const totals: ReaderTotals = { entries: 0, contentBytes: 0, moreNotices: 0 };

	async function* blocks(): AsyncGenerator<Buffer, void, undefined> {
		const queue: ReaderMessage[] = [];
		let wake = () => {};
		let exited = false;
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
					await new Promise<void>((resolve) => (wake = resolve));
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
			await reader.terminate();
		}
	}

	return {
		blocks: blocks(),
		release(block) {
			worker?.postMessage(block.buffer);
			Atomics.add(counter, 0, 1);
			Atomics.notify(counter, 0);
		},
		notices,
		totals,
	};
}

function failure({ message, known }: Extract<ReaderMessage, { type: 'failed' }>): Error {
	return known ? new BackupError(known.code, message, known.remedy) : new Error(message);
}
