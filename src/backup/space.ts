import type { StatsFs } from 'node:fs';

import type { Helper } from '../docker';
import { formatBytes } from '../shared';
import { BackupError } from './errors';
import type { ManifestArtefact } from './manifest';
import type { PathSelection } from './restore/selection';

/** Room on a file system; what it does not tell is unknown, never nothing. */
export interface Space {
	sizeBytes: number | undefined;
	/** Files, folders and links that can still be made. */
	entries: number | undefined;
}

export const unknownSpace: Space = { sizeBytes: undefined, entries: undefined };

export interface NeededSpace {
	sizeBytes: number;
	entries: number;
}

/** File systems give space in blocks, of which the last of a file is half full on average. */
const wastePerEntryBytes = 2048;
/** What file systems need for their own tables. */
const margin = 1.02;

/** What unpacking an artefact, or parts of it, takes; at least, where the manifest does not count its entries. */
export function neededSpace(artefact: ManifestArtefact, selection?: PathSelection): NeededSpace {
	const plainBytes = selection?.contentBytes ?? artefact.plainBytes;
	const entries = selection?.entries ?? artefact.entries ?? 0;
	return { sizeBytes: Math.ceil(plainBytes * margin) + entries * wastePerEntryBytes, entries };
}

/** `1234 bytes are free`; that no file can be made any more is told as what it is. */
export function describeFree({ sizeBytes, entries }: Space): string {
	const free = `${sizeBytes ?? 'an unknown number of'} bytes are free`;
	return entries === 0 ? `${free}, but no more files can be made (inodes)` : free;
}

/** Where a helper's folder is. */
export async function freeSpace(helper: Helper): Promise<Space> {
	const script = 'df -Pk "$1" | tail -n 1; df -Pi "$1" 2>/dev/null | tail -n 1';
	const { exitCode, stdout } = await helper.run(script, [helper.root]);
	if (exitCode !== 0) return unknownSpace;
	const [space, inodes] = stdout.toString('utf8').split('\n');
	const kibibytes = available(space);
	return {
		sizeBytes: kibibytes === undefined ? undefined : kibibytes * 1024,
		// File systems that make them as needed tell 0 in all.
		entries: available(inodes) === 0 && total(inodes) === 0 ? undefined : available(inodes),
	};
}

/** Of what `statfs` tells; file systems of some networks tell 0 in all. */
export function spaceOf({ bavail, bsize, blocks, files, ffree }: StatsFs): Space {
	return { sizeBytes: blocks > 0 ? bavail * bsize : undefined, entries: files > 0 ? ffree : undefined };
}

/**
 * @param label of the target
 * @throws BackupError `target_full` when it is certain that it does not fit
 */
export function refuseSpace(label: string, needed: NeededSpace, free: Space): void {
	const remedy = 'Free some space there, or restore to another place. What is there now is untouched.';
	if (free.sizeBytes !== undefined && free.sizeBytes < needed.sizeBytes) {
		throw new BackupError(
			'target_full',
			`The ${label} needs ${formatBytes(needed.sizeBytes)}, and ${formatBytes(free.sizeBytes)} are free where it is put together.`,
			remedy,
		);
	}
	if (free.entries === undefined || free.entries >= needed.entries) return;
	throw new BackupError(
		'target_full',
		`The ${label} needs ${needed.entries} files and folders, and its file system has room for ${free.entries} (inodes).`,
		remedy,
	);
}

/** The columns of `df -P` from the right: mount point, use, available, used, total; the name in front may hold blanks. */
function column(line: string | undefined, index: number): number | undefined {
	const [, totalText, availableText] =
		/\s(\d+|-)\s+(?:\d+|-)\s+(\d+|-)\s+(?:\d+%|-)\s+\/\S*$/.exec(line ?? '') ?? [];
	const text = index === 0 ? totalText : availableText;
	return text === undefined || text === '-' ? undefined : Number(text);
}

const available = (line: string | undefined): number | undefined => column(line, 1);
const total = (line: string | undefined): number | undefined => column(line, 0);
