import type { Destination } from '../destinations/destination';
import { isRecordFile, readRecord, recordFile, type FoundRecord, type RecordKind } from '../records';
import { beganAt, listRestorePoints, type RestorePoint } from '../restore-points';
import { isOwnFile } from '../clean-up';

/**
 * `good`: a generation. All others are never counted. `damaged`: a verification has proved it bad. `suspicious`: far
 * smaller than those before, and nobody has confirmed it. `partial`: it lacks an artefact. `unfinished`: it has no
 * manifest. `unusable`: its manifest cannot be trusted. `foreign`: nothing in its folder is ours.
 */
export type GenerationState =
	'good' | 'damaged' | 'suspicious' | 'partial' | 'unfinished' | 'unusable' | 'foreign';

/** A restore point with what is known of it since it was made. */
export interface CatalogueEntry extends RestorePoint {
	startedAtMs: number;
	generation: GenerationState;
	/** The last verification of this manifest. */
	verified?: FoundRecord<'verified'>['record'];
	hold?: Hold;
	confirmed?: FoundRecord<'confirmed'>['record'];
	/** The last rehearsal of a restore. */
	drill?: FoundRecord<'drill'>['record'];
}

/** That a restore point is not to be removed. */
export interface Hold {
	reason: string;
	by?: string;
	/** ISO 8601; without it until it is released. */
	until?: string;
}

/**
 * What a destination holds of a site, oldest first, with the records beside each restore point. Nothing else is kept of
 * them anywhere: this can be read anew at any time, by anybody who sees the destination.
 */
export async function readCatalogue(
	destination: Destination,
	site: string,
	now: Date,
): Promise<CatalogueEntry[]> {
	const entries: CatalogueEntry[] = [];
	for (const point of await listRestorePoints(destination, site)) {
		entries.push(await describe(destination, point, now));
	}
	return entries;
}

async function describe(destination: Destination, point: RestorePoint, now: Date): Promise<CatalogueEntry> {
	const files = (await destination.list(point.folder)).filter(({ isFolder }) => !isFolder);
	const names = new Set(files.map(({ name }) => name));
	const read = async <Kind extends RecordKind>(kind: Kind): Promise<FoundRecord<Kind> | undefined> =>
		names.has(recordFile(kind)) ? await readRecord(destination, point.folder, kind) : undefined;
	const verified = (await read('verified'))?.record;
	const confirmed = (await read('confirmed'))?.record;
	const drill = (await read('drill'))?.record;
	const hold = holdOf(await read('hold'), now);
	// That of another manifest, such as one that stood here before, says nothing about this one.
	const isOfThis = verified?.manifestChecksum === point.manifest?.checksum;
	const nothingIsOurs = files.every(({ name }) => !isOwnFile(name) && !isRecordFile(name));
	return {
		...point,
		startedAtMs: Date.parse(beganAt(point)),
		generation: generationOf(point, {
			isDamaged: isOfThis && verified?.outcome === 'damaged',
			isConfirmed: confirmed !== undefined,
			isForeign: files.length > 0 && nothingIsOurs,
		}),
		...(verified && isOfThis && { verified }),
		...(hold && { hold }),
		...(confirmed && { confirmed }),
		...(drill && { drill }),
	};
}

/** A hold that cannot be read holds: somebody wanted to keep this. */
export function holdOf(found: FoundRecord<'hold'> | undefined, now: Date): Hold | undefined {
	if (!found) return undefined;
	const { record, fault } = found;
	if (!record) return { reason: `its ${recordFile('hold')} cannot be read: ${fault}` };
	const { reason, by, until } = record;
	if (until !== undefined && Date.parse(until) <= now.getTime()) return undefined;
	return { reason, by, ...(until !== undefined && { until }) };
}

function generationOf(
	{ state, manifest }: RestorePoint,
	{ isDamaged, isConfirmed, isForeign }: Record<'isDamaged' | 'isConfirmed' | 'isForeign', boolean>,
): GenerationState {
	if (state === 'unusable' || state === 'partial') return state;
	if (state === 'unfinished') return isForeign ? 'foreign' : 'unfinished';
	if (isDamaged) return 'damaged';
	return manifest?.suspicious && !isConfirmed ? 'suspicious' : 'good';
}

/** `held until 2027-01-01T00:00:00.000Z: the audit` */
export function describeHold({ reason, until }: Hold): string {
	return `held${until === undefined ? '' : ` until ${until}`}: ${reason}`;
}
