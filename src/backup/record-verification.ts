import { createHash } from 'node:crypto';

import type { Destination } from './destinations/destination';
import { manifestName, type Manifest, type ManifestArtefact } from './manifest';
import { problemOf, refuseCancelled } from './problem';
import { recordFile, writeRecord } from './records';
import type { Verification } from './verify';

const maxFaults = 20;
const maxFaultLength = 1000;

/**
 * Writes beside a restore point how its verification ended, so that retention and catalogue know.
 * @returns why it could not be written, for people: a destination that can only be read is verified all the same
 * @throws BackupError `cancelled`
 */
export async function recordVerification(
	destination: Destination,
	folder: string,
	manifest: Manifest,
	verification: Verification,
	{ now = new Date(), signal }: { now?: Date | undefined; signal?: AbortSignal | undefined },
): Promise<string | undefined> {
	try {
		const outcome = await outcomeOf(destination, folder, manifest, verification, signal);
		const faults = verification.artefacts.flatMap(({ name, problem, warning }) => {
			const fault = problem ?? warning;
			return fault === undefined ? [] : `${name}: ${fault}`.slice(0, maxFaultLength);
		});
		const fields = {
			outcome,
			manifestChecksum: manifest.checksum,
			checkedBytes: verification.checkedBytes,
			faults: faults.slice(0, maxFaults),
		};
		await writeRecord(destination, folder, 'verified', fields, now);
		await removeStray(destination, folder);
		return undefined;
	} catch (thrown) {
		refuseCancelled(signal, 'check');
		return `The result could not be recorded beside the restore point: ${problemOf(thrown).message}`;
	}
}

/**
 * Damaged is only what was proved to have changed since it was stored, because such a restore point is no longer counted
 * as one: what a wrong key or a failing connection makes unreadable may be whole.
 */
async function outcomeOf(
	destination: Destination,
	folder: string,
	manifest: Manifest,
	{ ok, artefacts }: Verification,
	signal: AbortSignal | undefined,
): Promise<'proved' | 'unproved' | 'damaged'> {
	for (const { file, ok: isWhole } of artefacts) {
		const artefact = manifest.artefacts.find((entry) => entry.file === file);
		if (isWhole || !artefact) continue;
		if (await hasChanged(destination, folder, artefact, signal)) return 'damaged';
	}
	return ok && artefacts.every(({ warning }) => warning === undefined) ? 'proved' : 'unproved';
}

async function hasChanged(
	destination: Destination,
	folder: string,
	{ file, storedBytes, sha256 }: ManifestArtefact,
	signal: AbortSignal | undefined,
): Promise<boolean> {
	const path = `${folder}/${file}`;
	if ((await destination.sizeBytes(path)) !== storedBytes) return true;
	const hash = createHash('sha256');
	for await (const part of destination.read(path)) {
		refuseCancelled(signal, 'check');
		hash.update(part);
	}
	return hash.digest('hex') !== sha256;
}

/** The restore point may have been removed meanwhile; then the record must not stay behind in a folder of its own. */
async function removeStray(destination: Destination, folder: string): Promise<void> {
	if ((await destination.sizeBytes(`${folder}/${manifestName}`)) !== undefined) return;
	await destination.remove(`${folder}/${recordFile('verified')}`);
	// Refused when anything else is in it, and then it is not ours to remove.
	await destination.remove(folder).catch(() => {});
}
