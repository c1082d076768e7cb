import { randomBytes } from 'node:crypto';

import { manifestName, decodeManifest, maxManifestBytes, type Manifest } from './manifest';
import type { Destination } from './destinations/destination';
import { BackupError } from './errors';
import { readRecord } from './records';

/** Names of folders that are restore points; see {@link newRestorePointId}. */
export const idPattern = /^\d{8}T\d{6}Z-[0-9a-f]{6}$/;

/** A folder of a destination that holds, or may hold, a restore point. */
export interface RestorePoint {
	id: string;
	/** `<site>/<id>`, relative to the destination. */
	folder: string;
	/** `unusable`: there is a manifest, but it cannot be trusted. `unfinished`: there is none. */
	state: Manifest['status'] | 'unusable' | 'unfinished';
	manifest?: Manifest;
	/** Why it is unusable. */
	reason?: string;
}

/** A new id: sorts by time, and two runs in one second differ. */
export function newRestorePointId(now: Date): string {
	const time = now.toISOString().replace(/[-:]/g, '').replace(/\.\d+/, '');
	return `${time}-${randomBytes(3).toString('hex')}`;
}

/**
 * What a destination holds of a site, oldest first. Folders with other names are not ours and are left out;
 * a folder without a manifest is listed as unfinished, never as good.
 */
export async function listRestorePoints(destination: Destination, site: string): Promise<RestorePoint[]> {
	const points: RestorePoint[] = [];
	for (const id of await listIds(destination, site))
		points.push(await describeRestorePoint(destination, `${site}/${id}`, id));
	// Ids are exact to the second only.
	return points.sort((a, b) => compare(beganAt(a), beganAt(b)) || compare(a.id, b.id));
}

/** The names of the folders that are, or may become, restore points; sorted. */
export async function listIds(destination: Destination, site: string): Promise<string[]> {
	const found = await destination.list(site);
	return found.filter(({ name, isFolder }) => isFolder && idPattern.test(name)).map(({ name }) => name);
}

/**
 * The restore point with this id, or the newest good one for `latest`: a suspicious one is that only when somebody has
 * confirmed it.
 * @throws BackupError `set_not_found`, or `manifest_invalid` when it cannot be trusted
 */
export async function findRestorePoint(
	destination: Destination,
	site: string,
	wanted: string,
): Promise<RestorePoint & { manifest: Manifest }> {
	const points = await listRestorePoints(destination, site);
	const found =
		wanted === 'latest' ? await newestGood(destination, points) : points.find(({ id }) => id === wanted);
	if (found?.manifest) return { ...found, manifest: found.manifest };
	if (found) {
		throw new BackupError(
			'manifest_invalid',
			found.reason ?? `The restore point ${found.folder} was never finished.`,
			'Choose another restore point; List shows which ones are good.',
		);
	}
	const isWanted = wanted !== 'latest';
	throw new BackupError(
		'set_not_found',
		`${destination.label} holds no ${isWanted ? `restore point "${wanted}"` : 'good restore point'} of "${site}".`,
		remedyFor(points.filter(isGood)),
	);
}

/** The last one that is good and can be relied on. */
async function newestGood(
	destination: Destination,
	points: RestorePoint[],
): Promise<RestorePoint | undefined> {
	for (const point of points.filter(isGood).reverse()) {
		if (!point.manifest?.suspicious || (await readRecord(destination, point.folder, 'confirmed'))?.record) {
			return point;
		}
	}
	return undefined;
}

function remedyFor(good: RestorePoint[]): string {
	if (good.length === 0) return 'Run a backup first, or look in another destination.';
	const [suspicious, others] = [true, false].map((wanted) =>
		good.filter(({ manifest }) => (manifest?.suspicious !== undefined) === wanted).map(({ id }) => id),
	);
	return [
		...(others?.length ? [`Good ones are: ${others.join(', ')}.`] : []),
		...(suspicious?.length
			? [
					`Suspicious ones, to be used by their id only once you have looked at them: ${suspicious.join(', ')}.`,
				]
			: []),
	].join(' ');
}

/** When the run began, in ISO 8601; from its id when there is no manifest. */
export function beganAt({ id, manifest }: Pick<RestorePoint, 'id' | 'manifest'>): string {
	return (
		manifest?.startedAt ?? id.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z.*$/, '$1-$2-$3T$4:$5:$6.000Z')
	);
}

function compare(a: string, b: string): number {
	return a === b ? 0 : a < b ? -1 : 1;
}

function isGood(point: RestorePoint): boolean {
	return point.state === 'ok' || point.state === 'warning';
}

/** A restore point by its folder, `<site>/<id>`. */
export async function describeRestorePoint(
	destination: Destination,
	folder: string,
	id: string,
): Promise<RestorePoint> {
	const path = `${folder}/${manifestName}`;
	const where = `${destination.label}/${path}`;
	try {
		const bytes = await destination.readSmall(path, maxManifestBytes);
		if (bytes === undefined) return { id, folder, state: 'unfinished' };
		const manifest = decodeManifest(bytes, where);
		if (manifest.id !== id) throw moved(where, manifest.id);
		return { id, folder, state: manifest.status, manifest };
	} catch (thrown) {
		if (!(thrown instanceof BackupError)) throw thrown;
		return { id, folder, state: 'unusable', reason: thrown.message };
	}
}

function moved(where: string, id: string): BackupError {
	return new BackupError(
		'manifest_invalid',
		`${where} belongs to the restore point ${id}.`,
		'Somebody has copied or renamed the folder: give it back its name.',
	);
}
