/** Folders a restore makes in the root of a volume or host path; a backup leaves them out. */
export const stagingPrefix = '.opsdesk-restore-';
/** Holds what was there before a restore. */
export const keptPrefix = '.opsdesk-before-';

/** Whether a path below the root of a source is, or lies in, a folder that a restore has made. */
export function isOwnFolder(path: string): boolean {
	return path.startsWith(stagingPrefix) || path.startsWith(keptPrefix);
}
