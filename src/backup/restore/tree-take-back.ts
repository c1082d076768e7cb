import type { Helper } from '../../docker';
import { stagingPrefix } from '../sources/own-folders';
import { removeRestored } from './left-behind';
import { endStaging, newStagingToken } from './staging';
import { mixedExitCode, swapScript } from './swap-script';
import type { Step } from './afterwork';
import type { ChangeResult, TreeChange } from './tree-change';
import { notTakenBack, notWritten } from './tree-failures';

/** What a tree was before it was replaced, and what has become of that. */
export interface FormerTree extends ChangeResult {
	owner: string;
	mode: string;
	mtimeSeconds: string;
}

/** Owner, mode and time of the folder $1. */
export const rootScript = 'stat -c "%u:%g %a %Y" "$1"';

/** Moving a large tree within its file system is quick, forcing it to disk may not be. */
export const silenceMs = 10 * 60_000;

/**
 * Makes what there was before a change what is there again; what was restored is removed. Resolves with a sentence
 * where it could not be removed.
 * @param id of the restore point
 * @throws BackupError when it could not be done; then it is as it was restored, unless the message says otherwise
 */
export async function takeBackTree(
	helper: Helper,
	label: string,
	id: string,
	former: FormerTree,
	change: TreeChange,
): Promise<string | undefined> {
	const token = newStagingToken();
	const restored = `${stagingPrefix}${id}-${token}`;
	try {
		const { script, args } = change.takeBack?.(helper.root, former, restored) ?? {
			script: swapScript,
			args: await swapArgs(helper, label, former, restored),
		};
		const { exitCode, stderr } = await helper.runSteady(script, args, { silenceMs });
		if (exitCode === mixedExitCode) throw notTakenBack(label, former.kept, stderr);
		if (exitCode !== 0) throw notWritten(label, exitCode, stderr);
		return await removeRestored(`${restored} in the ${label}`, () =>
			run(helper, label, { script: 'rm -rf -- "$1"', args: [`${helper.root}/${restored}`] }),
		);
	} finally {
		endStaging(token);
	}
}

/** A whole tree is replaced by what was there in the way it was replaced. */
async function swapArgs(
	helper: Helper,
	label: string,
	{ kept, owner, mode, mtimeSeconds }: FormerTree,
	restored: string,
): Promise<string[]> {
	const former = kept === '' ? `${restored}.empty` : kept;
	if (kept === '')
		await run(helper, label, { script: 'mkdir -m 700 -- "$1"', args: [`${helper.root}/${former}`] });
	return [helper.root, former, restored, owner, mode, mtimeSeconds, `${restored}.moved`];
}

async function run(helper: Helper, label: string, { script, args }: Step): Promise<void> {
	const { exitCode, stderr } = await helper.run(script, args, { silenceMs });
	if (exitCode !== 0) throw notWritten(label, exitCode, stderr);
}
