import { parentPort, workerData } from 'node:worker_threads';

import { compilePatterns, errorMessage, systemMessage } from '../../shared';
import { BackupError } from '../errors';
import { TarChecker } from '../tar/check';
import { giveWay } from '../threads/give-way';
import { maxWarnings, shownPath, unmatchedPattern } from '../warnings';
import { BlockWriter } from './block-writer';
import type { ReaderMessage, ReaderTask } from './messages';
import { DirectoryWalk } from './walk';

// A thread of its own: the walk reads synchronously, which is several times faster than asynchronous calls for
// many small files, and n8n's event loop stays free.
if (!parentPort) throw new Error('The reader of a directory runs as a worker thread.');
const port = parentPort;
giveWay();
const task = workerData as ReaderTask;
const send = (message: ReaderMessage): void => port.postMessage(message);

try {
	const wanted = compilePatterns({ include: task.include, exclude: task.exclude });
	// A fault of the walk must not become a backup that only a restore finds damaged.
	const checker = new TarChecker();
	const writer = new BlockWriter(port, task.blockBytes, task.counters, (block) => {
		checker.push(block);
		return checker.entriesSoFar;
	});
	let notices = 0;
	let told = 0;
	/** The first one is told in any case: a source may have to fail for it. */
	let hasLoss = false;
	const walk = new DirectoryWalk(
		{
			root: task.root,
			oneFileSystem: task.oneFileSystem,
			wanted,
			notice: (notice) => {
				notices += 1;
				const isFirstLoss = notice.kind === 'unreadable' && !hasLoss;
				hasLoss ||= isFirstLoss;
				if (notices > maxWarnings && !isFirstLoss) return;
				told += 1;
				send({ type: 'notice', notice: { ...notice, path: shownPath(notice.path) } });
			},
		},
		writer,
	);
	const totals = walk.run();
	checker.end();
	for (const path of wanted.unusedIncludes()) {
		send({
			type: 'notice',
			notice: { path, kind: 'no_match', message: unmatchedPattern },
		});
	}
	send({ type: 'end', ...totals, moreNotices: notices - told });
} catch (thrown) {
	const error = thrown instanceof BackupError ? thrown : rootUnreadable(thrown);
	send(
		error
			? { type: 'failed', message: error.message, known: { code: error.code, remedy: error.remedy } }
			: { type: 'failed', message: errorMessage(thrown) },
	);
}

/** Whatever the system refuses below the root is told and left out, so it is the root that cannot be read. */
function rootUnreadable(thrown: unknown): BackupError | undefined {
	if ((thrown as NodeJS.ErrnoException).syscall === undefined) return undefined;
	return new BackupError(
		'source_unreadable',
		`The directory ${task.root} cannot be read: ${systemMessage(thrown)}.`,
		`Give uid ${process.getuid?.() ?? 'unknown'} the right to read it, and check its disk and mount.`,
		{ cause: thrown },
	);
}
