import type { Helper } from '../../docker';
import { stagingPrefix } from '../sources/own-folders';
import { endStaging, newStagingToken } from './staging';
import { swapScript } from './swap-script';
import { notWritten } from './tree-failures';

/** What a tree was before it was replaced. */
export interface FormerTree {
	/** Folder in it with what was there; empty when nothing was. */
	kept: string;
	owner: string;
	mode: string;
	mtimeSeconds: string;
}

/** Owner, mode and time of the folder $1. */
export const rootScript = 'stat -c "%u:%g %a %Y" "$1"';

/** Moving a large tree within its file system is quick, forcing it to disk may not be. */
export const silenceMs = 10 * 60_000;

/**
 * Makes what a tree was before the tree again, in the way it was replaced; what was restored is removed.
 * @param id of the restore point
 * @throws BackupError when it could not be done; then it is as it was restored, unless the message says otherwise
 */
export async function takeBackTree(
	helper: Helper,
	label: string,
	id: string,
	{ kept, owner, mode, mtimeSeconds }: FormerTree,
): Promise<void> {
	const token = newStagingToken();
	const restored = `${stagingPrefix}${id}-${token}`;
	const run = async (script: string, args: string[]): Promise<string> => {
		const { exitCode, stdout, stderr } = await helper.run(script, args, { silenceMs });
		if (exitCode !== 0) throw notWritten(label, exitCode, stderr);
		return stdout.toString('utf8').trim();
	};
	try {
		const former = kept === '' ? `${restored}.empty` : kept;
		if (kept === '') await run('mkdir -m 700 -- "$1"', [`${helper.root}/${former}`]);
		await run(swapScript, [helper.root, former, restored, owner, mode, mtimeSeconds]);
		await run('rm -rf -- "$1"', [`${helper.root}/${restored}`]);
	} finally {
		endStaging(token);
	}
}
