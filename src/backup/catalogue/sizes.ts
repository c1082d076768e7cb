import { formatBytes } from '../../shared';
import type { Destination } from '../destinations/destination';
import type { ManifestAnomaly } from '../manifest';
import { readRecord } from '../records';
import { describeRestorePoint, listIds } from '../restore-points';

/** An artefact is compared with so many good ones before it. */
export const comparedGenerations = 7;
/** From this on an artefact that is smaller makes a restore point suspicious; unless the site says otherwise. */
export const defaultDropPercent = 95;
/** With fewer there is nothing yet that one could call usual. */
const leastGenerations = 3;

export interface ArtefactSize {
	name: string;
	plainBytes: number;
	storedBytes: number;
}

/** The sizes of one good restore point. */
export interface SizeHistory {
	artefacts: readonly ArtefactSize[];
	/** Somebody has confirmed that from here on sizes are as they should be. */
	confirmed: boolean;
}

/** How an artefact compares with those before it. */
export interface SizeComparison {
	medianPlainBytes: number;
	medianStoredBytes: number;
	/** In per cent of the median: −95 is a twentieth of it, 0 the same, 100 the double; 0 decimals. */
	plainChangePercent: number;
	storedChangePercent: number;
}

/**
 * An artefact beside the median of the earlier ones of its name; undefined while there are too few.
 * @param history newest first; nothing older than a confirmed one counts, and a confirmed one is enough by itself
 */
export function compareSize(
	artefact: ArtefactSize,
	history: readonly SizeHistory[],
): SizeComparison | undefined {
	const confirmedAt = history.findIndex(({ confirmed }) => confirmed);
	const relevant = confirmedAt === -1 ? history : history.slice(0, confirmedAt + 1);
	const earlier = relevant
		.slice(0, comparedGenerations)
		.flatMap(({ artefacts }) => artefacts.find(({ name }) => name === artefact.name) ?? []);
	if (earlier.length < (confirmedAt === -1 ? leastGenerations : 1)) return undefined;
	const medianPlainBytes = median(earlier.map(({ plainBytes }) => plainBytes));
	const medianStoredBytes = median(earlier.map(({ storedBytes }) => storedBytes));
	return {
		medianPlainBytes,
		medianStoredBytes,
		plainChangePercent: changePercent(artefact.plainBytes, medianPlainBytes),
		storedChangePercent: changePercent(artefact.storedBytes, medianStoredBytes),
	};
}

/**
 * The artefacts that are far smaller than usual, by their content or as they are stored: a dump of an emptied database,
 * a folder whose disk is not mounted, a file of zeros.
 * @param dropPercent by how much smaller at least
 */
export function findAnomalies(
	artefacts: readonly ArtefactSize[],
	history: readonly SizeHistory[],
	dropPercent: number,
): ManifestAnomaly[] {
	return artefacts.flatMap((artefact) => {
		const compared = compareSize(artefact, history);
		if (!compared) return [];
		const { name, plainBytes, storedBytes } = artefact;
		const { medianPlainBytes, medianStoredBytes } = compared;
		const isSmaller = (size: number, usual: number): boolean =>
			size < usual && size <= usual * (1 - dropPercent / 100);
		if (!isSmaller(plainBytes, medianPlainBytes) && !isSmaller(storedBytes, medianStoredBytes)) return [];
		return { artefact: name, plainBytes, storedBytes, medianPlainBytes, medianStoredBytes };
	});
}

/** `files-www has 12 kB (stored as 3 kB), usual are 1.2 GB (800 MB)` */
export function describeAnomaly(anomaly: ManifestAnomaly): string {
	const { artefact, plainBytes, storedBytes, medianPlainBytes, medianStoredBytes } = anomaly;
	return `${artefact} has ${formatBytes(plainBytes)} (stored as ${formatBytes(storedBytes)}), usual are ${formatBytes(medianPlainBytes)} (${formatBytes(medianStoredBytes)})`;
}

/**
 * The sizes of the last good restore points of a destination, newest first, as few as are needed.
 * @param now nothing dated after it is looked at
 */
export async function recentSizes(destination: Destination, site: string, now: Date): Promise<SizeHistory[]> {
	const history: SizeHistory[] = [];
	for (const id of (await listIds(destination, site)).reverse()) {
		if (history.length === comparedGenerations) break;
		const { manifest, state, folder } = await describeRestorePoint(destination, `${site}/${id}`, id);
		if (!manifest || (state !== 'ok' && state !== 'warning')) continue;
		if (Date.parse(manifest.startedAt) > now.getTime()) continue;
		const confirmed = (await readRecord(destination, folder, 'confirmed'))?.record !== undefined;
		if (manifest.suspicious && !confirmed) continue;
		history.push({ artefacts: manifest.artefacts, confirmed });
		if (confirmed) break;
	}
	return history;
}

function changePercent(size: number, usual: number): number {
	if (usual === 0) return size === 0 ? 0 : 100;
	return Math.round((size / usual - 1) * 100);
}

function median(values: number[]): number {
	const sorted = [...values].sort((a, b) => a - b);
	const middle = Math.floor(sorted.length / 2);
	const upper = sorted[middle] ?? 0;
	return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2;
}
