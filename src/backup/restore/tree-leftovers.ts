import type { Helper } from '../../docker';
import { stagingPrefix } from '../sources/own-folders';
import { isAbandoned } from './staging';
import { notWritten } from './tree-failures';

/** Forgetting a large folder on a slow disk takes long. */
const silenceMs = 10 * 60_000;

const listScript = `cd "$1"; for f in ${stagingPrefix}*; do if [ -d "$f" ]; then echo "$f"; fi; done`;

/** What stands beside a staging folder: the notes of its change, and an empty one for what was not there. */
const beside = /\.(?:moved|empty)$/;

/**
 * Names of the staging folders in the root of a helper, each once.
 * @throws DockerError; BackupError when it cannot be read
 */
export async function stagingIn(helper: Helper): Promise<string[]> {
	const { exitCode, stdout, stderr } = await helper.run(listScript, [helper.root], { silenceMs });
	if (exitCode !== 0) throw notWritten('folder of the restore', exitCode, stderr);
	const names = stdout.toString('utf8').split('\n').filter(Boolean);
	return [...new Set(names.map((name) => name.replace(beside, '')))];
}

/** Removes what restores have left there when they were killed. */
export async function sweepTree(helper: Helper): Promise<void> {
	for (const name of await stagingIn(helper)) {
		if (!isAbandoned(name)) continue;
		const path = `${helper.root}/${name}`;
		const script = 'rm -rf -- "$1" "$1.moved" "$1.empty"';
		const { exitCode, stderr } = await helper.run(script, [path], { silenceMs });
		if (exitCode !== 0) throw notWritten(`folder ${name} of an earlier restore`, exitCode, stderr);
	}
}
