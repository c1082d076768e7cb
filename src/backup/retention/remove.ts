import { holdOf } from '../catalogue/entries';
import { isOwnFile } from '../clean-up';
import type { Destination } from '../destinations/destination';
import { writeSmall } from '../destinations/write-small';
import { manifestName, maxManifestBytes } from '../manifest';
import { problemOf } from '../problem';
import { isRecordFile, readRecord } from '../records';
import type { Problem } from '../reports';

/** What became of a restore point that was to be removed. */
export interface Removal {
	removedFiles: number;
	freedBytes: number;
	/** One for each file that could not be removed. */
	problems: Problem[];
	/** Somebody has put a hold on it meanwhile; it is as it was. */
	heldMeanwhile: boolean;
}

export interface RemovalRequest {
	/** `<site>/<id>`, relative to the destination. */
	folder: string;
	/** The files its manifest names. */
	files: readonly string[];
	now: Date;
	/** @throws when the lock is lost: then nothing more may be removed */
	assertHeld(): void;
}

/**
 * Removes a restore point: the manifest first, then the artefacts, then the records, then the folder when nothing
 * foreign is in it. Wherever it is broken off, what is left lists as unfinished and never as good, and the next time
 * removes the rest. A file that cannot be removed is told, and the others go all the same; without its manifest
 * removed, nothing else is.
 *
 * A hold may come at any time without a lock, so it is looked for before the manifest is removed and again after: who
 * puts one on writes it first and then looks whether the manifest is still there. One of the two always sees the other.
 *
 * @throws BackupError `lock_lost`
 */
export async function removeRestorePoint(
	destination: Destination,
	request: RemovalRequest,
): Promise<Removal> {
	const { folder, assertHeld } = request;
	const removal: Removal = { removedFiles: 0, freedBytes: 0, problems: [], heldMeanwhile: false };
	const remove = async (path: string): Promise<void> => {
		assertHeld();
		try {
			const sizeBytes = (await destination.sizeBytes(path)) ?? 0;
			await destination.remove(path);
			removal.removedFiles += 1;
			removal.freedBytes += sizeBytes;
		} catch (thrown) {
			const problem = problemOf(thrown);
			removal.problems.push({ ...problem, message: `${path} could not be removed: ${problem.message}` });
		}
	};
	if (!(await removeManifest(destination, request, removal, remove))) return removal;
	const found = await destination.list(folder);
	const ours = found
		.filter(({ name, isFolder }) => !isFolder && isOurs(name, request.files))
		.map(({ name }) => name);
	const records = ours.filter(isRecordFile);
	for (const name of [...ours.filter((file) => !isRecordFile(file)), ...records]) {
		await remove(`${folder}/${name}`);
	}
	if (removal.problems.length > 0 || ours.length < found.length) return removal;
	assertHeld();
	try {
		await destination.remove(folder);
	} catch (thrown) {
		removal.problems.push(problemOf(thrown));
	}
	return removal;
}

/** @returns whether the rest may be removed */
async function removeManifest(
	destination: Destination,
	{ folder, now }: RemovalRequest,
	removal: Removal,
	remove: (path: string) => Promise<void>,
): Promise<boolean> {
	const path = `${folder}/${manifestName}`;
	const isHeld = async (): Promise<boolean> =>
		holdOf(await readRecord(destination, folder, 'hold'), now) !== undefined;
	if (await isHeld()) {
		removal.heldMeanwhile = true;
		return false;
	}
	const manifest = await destination.readSmall(path, maxManifestBytes);
	if (!manifest) return true;
	await remove(path);
	if (removal.problems.length > 0) return false;
	if (!(await isHeld())) return true;
	await writeSmall(destination, path, manifest);
	Object.assign(removal, { heldMeanwhile: true, removedFiles: 0, freedBytes: 0 });
	return false;
}

const isOurs = (name: string, files: readonly string[]): boolean =>
	files.includes(name) || isOwnFile(name) || isRecordFile(name);
