import { partialSuffix, type Destination } from './destinations/destination';
import { staleLockPrefix } from './lock';
import { manifestName } from './manifest';
import { problemOf } from './problem';
import { isRecordFile, recordFile } from './records';
import { idPattern } from './restore-points';

/** Names only our artefacts have, with the endings of every compression and encryption of the format. */
const artefactFile =
	/^(?:(?:files|volume|config)-[a-z0-9-]+\.tar|n8n-(?:files|storage|workflows)\.tar|globals-[a-z0-9-]+\.sql|(?:db-[a-z0-9-]+|n8n-database)\.(?:dump|sqlite))\.(?:zst|gz)(?:\.age)?$/;

/** What runs that were killed have left in a site's folder. */
export interface Leftovers {
	/** Folders named like restore points that have no manifest. */
	unfinished: string[];
	/** Files that were removed so far. */
	removedFiles: number;
	/** What could not be cleaned up and keeps nothing from being stored. */
	notes: string[];
}

/**
 * Removes what a killed run was writing when it died: files under a name they have only while they are incomplete.
 * Nothing else is touched, links are not followed. To be called only by the holder of the site's lock.
 */
export async function removePartials(destination: Destination, site: string): Promise<Leftovers> {
	const leftovers: Leftovers = { unfinished: [], removedFiles: 0, notes: [] };
	try {
		leftovers.removedFiles += (await destination.endUploads?.(site, isOurs)) ?? 0;
	} catch (thrown) {
		const { code, message, remedy } = problemOf(thrown);
		if (code === 'cancelled') throw thrown;
		// A service that takes new objects but does not let go of old parts is no reason to lose a night.
		leftovers.notes.push(
			`Unfinished uploads of runs that were killed could not be ended in ${destination.label} and go on taking space: ${message} ${remedy}`,
		);
	}
	for (const { name, isFolder } of await destination.list(site)) {
		if (!isFolder && name.startsWith(staleLockPrefix)) await destination.remove(`${site}/${name}`);
		if (!isFolder || !idPattern.test(name)) continue;
		const folder = `${site}/${name}`;
		const found = await destination.list(folder);
		for (const entry of found) {
			if (entry.isFolder || !isPartial(entry.name)) continue;
			await destination.remove(`${folder}/${entry.name}`);
			leftovers.removedFiles += 1;
		}
		if (!found.some((entry) => entry.name === manifestName)) leftovers.unfinished.push(folder);
	}
	return leftovers;
}

/**
 * Removes the complete artefacts in unfinished folders, and such folders when nothing foreign is in them. Only once
 * a newer restore point is good: until then they may be the best there is. The caller holds the site's lock.
 * @returns how many files were removed
 */
export async function removeUnfinished(destination: Destination, folders: string[]): Promise<number> {
	let removed = 0;
	for (const folder of folders) {
		const found = await destination.list(folder);
		if (found.some(({ name }) => name === manifestName)) continue;
		// A hold is the wish of a person, who may want just these files.
		if (found.some(({ name }) => name === recordFile('hold'))) continue;
		const ours = found.filter(
			({ name, isFolder }) => !isFolder && (artefactFile.test(name) || isRecordFile(name)),
		);
		for (const { name } of ours) await destination.remove(`${folder}/${name}`);
		removed += ours.length;
		if (ours.length === found.length) await destination.remove(folder);
	}
	return removed;
}

function isPartial(name: string): boolean {
	return name.endsWith(partialSuffix) && isFileOfOurs(name.slice(0, -partialSuffix.length));
}

/** @param path `<site>/<restore point>/<file>` */
function isOurs(path: string): boolean {
	const [, id = '', file = '', ...rest] = path.split('/');
	return rest.length === 0 && idPattern.test(id) && isFileOfOurs(file);
}

function isFileOfOurs(name: string): boolean {
	return name === manifestName || isRecordFile(name) || artefactFile.test(name);
}

/** Whether a file in the folder of a restore point is one that runs make; what is not is never touched. */
export function isOwnFile(name: string): boolean {
	return name === manifestName || artefactFile.test(name) || isPartial(name);
}
