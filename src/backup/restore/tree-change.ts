import type { Afterwork, Step } from './afterwork';
import { mergePathsScript, pathsInUseScript, takePathsBackScript } from './merge-script';
import type { PathSelection } from './selection';
import { isUsedScript, swapScript } from './swap-script';

/** The folders of a change: the target, and names in it. */
export interface ChangeFolders {
	root: string;
	/** What is to come. */
	staging: string;
	/** For what was there before; empty when there is nothing to keep. */
	kept: string;
	/** For the notes of the change while it is made. */
	notes: string;
}

/** What a change has done. */
export interface ChangeResult {
	/** Name of the folder with what was there before; empty when there is none. */
	kept: string;
	/** Folders below the root that were missing on the way to a path, outer ones first. */
	made: string[];
}

/** How a staging folder in a volume, or in a folder of the host, becomes what is there. */
export interface TreeChange {
	/** Prints a line when something is there that would be replaced. */
	isUsed(root: string): Step;
	/** Prints its result, see `readResult`; exit code 90 when it is half done. */
	swap(folders: ChangeFolders, afterwork: Afterwork): Step;
	/** What was found to be in the way, for people. */
	describeUsed(found: string): string;
	/** Makes what was there before the target again and removes what was restored; missing when `swap` the other way round does. */
	takeBack?(root: string, result: ChangeResult, trash: string): Step;
}

/** All of the target is replaced. */
export const wholeChange: TreeChange = {
	isUsed: (root) => ({ script: isUsedScript, args: [root] }),
	swap({ root, staging, kept, notes }, afterwork) {
		const { owner = '', mode = '', mtimeSeconds = '' } = afterwork.root ?? {};
		return { script: swapScript, args: [root, staging, kept, owner, mode, mtimeSeconds, notes] };
	},
	describeUsed: () => 'is not empty',
};

/** Only these paths are replaced. */
export function pathsChange(selection: PathSelection): TreeChange {
	return {
		isUsed: (root) => ({ script: pathsInUseScript, args: [root, ...selection.shown] }),
		swap: ({ root, staging, kept, notes }) => ({
			script: mergePathsScript,
			args: [root, staging, kept, notes, ...selection.shown],
		}),
		describeUsed: (found) => `holds "${found.split('\n')[0]}" already`,
		takeBack: (root, { kept, made }, trash) => ({
			script: takePathsBackScript,
			args: [root, kept, trash, String(made.length), ...made, ...selection.shown],
		}),
	};
}

/** @param stdout of the script of a change: the name of the folder on a line, then each of the others with a zero byte */
export function readResult(stdout: Buffer): ChangeResult {
	const [kept = '', ...rest] = stdout.toString('utf8').split('\n');
	return { kept, made: rest.join('\n').split('\0').filter(Boolean) };
}
