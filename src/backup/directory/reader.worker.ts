import { parentPort, workerData } from 'node:worker_threads';

import { compilePatterns } from '../../shared';
import { BlockWriter } from './block-writer';
import type { ReaderMessage, ReaderTask } from './messages';
import { DirectoryWalk } from './walk';

// A thread of its own: the walk reads synchronously, which is several times faster than asynchronous calls for
// many small files, and n8n's event loop stays free.
if (!parentPort) throw new Error('The reader of a directory runs as a worker thread.');
const port = parentPort;
const task = workerData as ReaderTask;
const send = (message: ReaderMessage): void => port.postMessage(message);

try {
	const wanted = compilePatterns({ include: task.include, exclude: task.exclude });
	const writer = new BlockWriter(port, task.blockBytes, task.returned);
	const walk = new DirectoryWalk(
		{
			root: task.root,
			oneFileSystem: task.oneFileSystem,
			wanted,
			notice: (notice) => send({ type: 'notice', notice }),
		},
		writer,
	);
	const totals = walk.run();
	for (const path of wanted.unusedIncludes()) {
		send({
			type: 'notice',
			notice: { path, kind: 'no_match', message: 'this pattern to include matches nothing' },
		});
	}
	send({ type: 'end', ...totals });
} catch (thrown) {
	send({ type: 'failed', message: thrown instanceof Error ? thrown.message : String(thrown) });
}
