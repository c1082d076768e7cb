import type { Site } from '../../shared';
import type { Destination } from '../destinations/destination';
import type { ManifestAnomaly } from '../manifest';
import { defaultDropPercent, findAnomalies, recentSizes, type ArtefactSize, type SizeHistory } from './sizes';

/** What earlier restore points of a destination took. Read once: whoever asks holds the lock of the site. */
export class SizeMemory {
	private known: Promise<SizeHistory[]> | undefined;

	/** @param now nothing dated after it is looked at */
	constructor(
		private readonly destination: Destination,
		private readonly site: Site,
		private readonly now: Date,
	) {}

	/** Newest first. @throws BackupError when the destination cannot be read; asked again, it is read again */
	async recent(): Promise<SizeHistory[]> {
		this.known ??= recentSizes(this.destination, this.site.name, this.now);
		try {
			return await this.known;
		} catch (thrown) {
			this.known = undefined;
			throw thrown;
		}
	}

	/** Artefacts that are far smaller than usual. @throws BackupError as `recent` */
	async anomalies(artefacts: readonly ArtefactSize[]): Promise<ManifestAnomaly[]> {
		const dropPercent = this.site.anomaly?.dropPercent ?? defaultDropPercent;
		return findAnomalies(artefacts, await this.recent(), dropPercent);
	}
}
