import { stat } from 'node:fs/promises';

import type { DirectorySource } from '../../shared';
import { systemMessage } from '../../shared';
import { blockBytes } from '../blocks';
import { placeOf, readDirectory } from '../directory/read-directory';
import { BackupError } from '../errors';
import { defaultPatienceMs, Patience } from '../patience';
import { emptyTreeWarnings, WarningList } from '../warnings';
import type { OpenedSource } from './source';

/**
 * A directory that this process sees.
 * @throws BackupError `source_missing`, `source_unreadable`
 */
export async function openDirectory(
	{ path, include, exclude, unreadable }: DirectorySource,
	patienceMs = defaultPatienceMs,
): Promise<OpenedSource> {
	const patience = new Patience(placeOf(path), patienceMs);
	const found = await patience
		.wait(() => stat(path))
		.catch((thrown: unknown) => {
			if (thrown instanceof BackupError) throw thrown;
			if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
			throw new BackupError(
				'source_unreadable',
				`The directory ${path} cannot be read: ${systemMessage(thrown)}.`,
				`Give uid ${process.getuid?.() ?? 'unknown'} the right to read it.`,
				{ cause: thrown },
			);
		});
	if (!found?.isDirectory()) {
		throw new BackupError(
			'source_missing',
			`The directory ${path} ${found ? 'is no directory' : 'does not exist'} where n8n or the command runs.`,
			'Correct the path in the site definition. Where n8n runs in a container, mount the directory there, or set "via: engine" for a path of the host.',
		);
	}
	const task = { root: path, blockBytes, oneFileSystem: true, include, exclude };
	const archive = readDirectory(task, patienceMs);
	return {
		...archive,
		entriesSoFar: () => archive.totals.entries,
		format: 'tar',
		origin: { path, via: 'n8n' },
		finish: async () => {
			const { entries, moreNotices } = archive.totals;
			const warnings = new WarningList();
			// Patterns that match nothing come last, and are not to be lost among a thousand files.
			const about = (patterns: boolean) =>
				archive.notices.filter(({ kind }) => (kind === 'no_match') === patterns);
			for (const { path: at, kind, message } of [...about(true), ...about(false)]) {
				if (kind === 'unreadable' || kind === 'shrank') warnings.lose(at, message);
				else warnings.add(at, message);
			}
			warnings.leaveOut(moreNotices);
			if (unreadable === 'fail') warnings.refuseLosses(`directory ${path}`);
			return { entries, warnings: [...emptyTreeWarnings(entries), ...warnings.all()] };
		},
	};
}
