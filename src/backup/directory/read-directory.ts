import { join } from 'node:path';
import { Worker } from 'node:worker_threads';

import type { ReaderMessage, ReaderNotice, ReaderTask } from './messages';

export interface DirectoryArchive {
	/** The tar archive in blocks; each must be given back with `release`. */
	blocks: AsyncGenerator<Buffer, void, undefined>;
	release(block: Buffer): void;
	/** Filled while the blocks are read; complete after the last one. */
	readonly notices: ReaderNotice[];
	readonly totals: { entries: number; contentBytes: number };
}

/** Reads a directory as a tar archive in a thread of its own. */
export function readDirectory(task: Omit<ReaderTask, 'returned'>): DirectoryArchive {
	const returned = new SharedArrayBuffer(4);
	const counter = new Int32Array(returned);
	const workerData: ReaderTask = { ...task, returned };
	const worker = new Worker(workerFile(), { workerData });
	const notices: ReaderNotice[] = [];
	const totals = { entries: 0, contentBytes: 0 };

	async function* blocks(): AsyncGenerator<Buffer, void, undefined> {
		const queue: ReaderMessage[] = [];
		let wake = () => {};
		let exited = false;
		worker.on('message', (message: ReaderMessage) => {
			queue.push(message);
			wake();
		});
		worker.on('error', (error) => {
			queue.push({ type: 'failed', message: error.message });
			wake();
		});
		worker.on('exit', () => {
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
				if (message.type === 'failed') throw new Error(message.message);
				if (message.type === 'notice') notices.push(message.notice);
				if (message.type === 'block') yield Buffer.from(message.block, 0, message.sizeBytes);
				if (message.type === 'end') {
					totals.entries = message.entries;
					totals.contentBytes = message.contentBytes;
					return;
				}
			}
		} finally {
			await worker.terminate();
		}
	}

	return {
		blocks: blocks(),
		release(block) {
			const buffer = block.buffer as ArrayBuffer;
			worker.postMessage(buffer, [buffer]);
			Atomics.add(counter, 0, 1);
			Atomics.notify(counter, 0);
		},
		notices,
		totals,
	};
}

/** Threads load compiled files; where this one runs from its source, the compiled one stands in `dist`. */
function workerFile(): string {
	const folder = __filename.endsWith('.ts')
		? join(__dirname, '../../../dist/src/backup/directory')
		: __dirname;
	return join(folder, 'reader.worker.js');
}
