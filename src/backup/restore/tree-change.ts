import type { Afterwork, Step } from './afterwork';
import { mergePathsScript, pathsInUseScript } from './merge-script';
import type { PathSelection } from './selection';
import { isUsedScript, swapScript } from './swap-script';

/** The folders of a change: the target, the name of the staging folder in it, and the name for what was there before. */
export interface ChangeFolders {
	root: string;
	staging: string;
	/** Empty when there is nothing to keep. */
	kept: string;
}

/** How a staging folder in a volume, or in a folder of the host, becomes what is there. */
export interface TreeChange {
	/** Prints a line when something is there that would be replaced. */
	isUsed(root: string): Step;
	/** Prints the name of the folder in which what was there is kept; exit code 90 when it is half done. */
	swap(folders: ChangeFolders, afterwork: Afterwork): Step;
	/** What was found to be in the way, for people. */
	describeUsed(found: string): string;
}

/** All of the target is replaced. */
export const wholeChange: TreeChange = {
	isUsed: (root) => ({ script: isUsedScript, args: [root] }),
	swap({ root, staging, kept }, afterwork) {
		const { owner = '', mode = '', mtimeSeconds = '' } = afterwork.root ?? {};
		return { script: swapScript, args: [root, staging, kept, owner, mode, mtimeSeconds] };
	},
	describeUsed: () => 'is not empty',
};

/** Only these paths are replaced. */
export function pathsChange({ shown }: PathSelection): TreeChange {
	return {
		isUsed: (root) => ({ script: pathsInUseScript, args: [root, ...shown] }),
		swap: ({ root, staging, kept }) => ({ script: mergePathsScript, args: [root, staging, kept, ...shown] }),
		describeUsed: (found) => `holds "${found.split('\n')[0]}" already`,
	};
}
