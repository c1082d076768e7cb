import { formatBytes, type Site } from '../../shared';
import type { SizeHistory } from '../catalogue/sizes';
import type { SizeMemory } from '../catalogue/size-memory';
import type { Destination } from '../destinations/destination';
import { BackupError } from '../errors';
import { sourcesOf, type SiteSource } from '../sources/source';
import { unknownSpace } from '../space';
import type { ContentSizes } from './content-sizes';

/** What is kept free beyond what the last good restore point took: sites grow. */
const growth = 1.05;
/**
 * Of content that was never stored, this part counts. How well it compresses shows only when it is read, and a backup
 * that would have fitted must not be refused.
 */
const leastPart = 1 / 4;
/** Beside the artefacts: the folder of the restore point, the manifest and one record. */
const furtherEntries = 3;

interface Need {
	/** What the same artefacts took in the last good restore points. */
	storedBytes: number;
	/** Of artefacts that are in none, before compression, as far as it is known. */
	newBytes: number;
}

/**
 * Refuses a destination in which the restore point will not fit, before anything is stopped or written for it. What a
 * file system does not tell is unknown and refuses nothing.
 *
 * @param unfinished folders of runs that were killed, which take room as well
 * @throws BackupError `destination_full`
 */
export async function refuseTooLittleRoom(
	destination: Destination,
	site: Site,
	{ memory, content, unfinished }: { memory: SizeMemory; content: ContentSizes; unfinished: string[] },
): Promise<void> {
	const free = await destination.space().catch(() => unknownSpace);
	const entries = sourcesOf(site).length + furtherEntries;
	if (free.entries !== undefined && free.entries < entries) {
		throw tooLittle(
			`No more files can be made in ${destination.label}: the backup needs ${entries}, and there is room for ${free.entries} (inodes).`,
			unfinished,
		);
	}
	if (free.sizeBytes === undefined) return;
	// Where earlier ones cannot be read, nothing is known of them; the comparison of sizes says so at the end.
	const history = await memory.recent().catch(() => []);
	const most = await needOf(site, history, (source) => content.atMost(source));
	if (free.sizeBytes >= bytesFor(most)) return;
	const { storedBytes, newBytes } = await needOf(site, history, (source) => content.of(source));
	const neededBytes = bytesFor({ storedBytes, newBytes });
	if (free.sizeBytes >= neededBytes) return;
	const reasons = [
		...(storedBytes > 0 ? [`${formatBytes(storedBytes)} as the last good one, and 5 % more`] : []),
		...(newBytes > 0
			? [
					`a fourth of the ${formatBytes(newBytes)} that are new, because it is not known how well they compress`,
				]
			: []),
	];
	throw tooLittle(
		`There is too little room in ${destination.label}: the backup needs about ${formatBytes(neededBytes)} (${reasons.join('; ')}), and ${formatBytes(free.sizeBytes)} are free.`,
		unfinished,
	);
}

const bytesFor = ({ storedBytes, newBytes }: Need): number =>
	Math.ceil(storedBytes * growth + newBytes * leastPart);

async function needOf(
	site: Site,
	history: SizeHistory[],
	sizeOf: (source: SiteSource) => Promise<number | undefined>,
): Promise<Need> {
	const need: Need = { storedBytes: 0, newBytes: 0 };
	for (const source of sourcesOf(site)) {
		const earlier = history
			.flatMap(({ artefacts }) => artefacts)
			.find(({ name }) => name === source.artefact);
		if (earlier) need.storedBytes += earlier.storedBytes;
		else need.newBytes += (await sizeOf(source)) ?? 0;
	}
	return need;
}

function tooLittle(message: string, unfinished: string[]): BackupError {
	const left =
		unfinished.length === 0
			? ''
			: ` Runs that were killed have left ${unfinished.join(', ')} there, which the next good run would remove; you may do it now.`;
	return new BackupError(
		'destination_full',
		message,
		`Free some space there, or choose a larger destination. Nothing was stopped for it, and older backups were not touched.${left}`,
	);
}
