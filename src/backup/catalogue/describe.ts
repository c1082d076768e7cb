import type { RestorePointReport } from '../reports';
import { describeHold, type CatalogueEntry } from './entries';
import { hours } from './clock';
import { compareSize, type SizeHistory } from './sizes';

/**
 * One restore point for people and scripts.
 * @param older those before it in the same destination, oldest first
 */
export function describeEntry(
	entry: CatalogueEntry,
	older: readonly CatalogueEntry[],
	{ site, destination, now }: { site: string; destination: string; now: Date },
): RestorePointReport {
	const { id, state, manifest, reason, generation, verified, hold, confirmed, drill } = entry;
	const history = older
		.filter(({ generation: kind }) => kind === 'good')
		.map(sizesOf)
		.reverse();
	const artefacts = (manifest?.artefacts ?? []).map(({ name, kind, encryption, storedBytes, plainBytes }) => {
		const compared = compareSize({ name, storedBytes, plainBytes }, history);
		return {
			name,
			kind,
			...(encryption && { encryption }),
			storedBytes,
			plainBytes,
			...(compared && {
				plainChangePercent: compared.plainChangePercent,
				storedChangePercent: compared.storedChangePercent,
			}),
		};
	});
	return {
		site,
		destination,
		id,
		state,
		startedAt: new Date(entry.startedAtMs).toISOString(),
		...(manifest && { finishedAt: manifest.finishedAt }),
		ageHours: hours(now.getTime() - entry.startedAtMs),
		storedBytes: storedBytesOf(entry),
		plainBytes: artefacts.reduce((total, { plainBytes }) => total + plainBytes, 0),
		artefacts,
		missing: [...(manifest?.failures ?? []), ...(manifest?.leftOut ?? [])].map(({ name }) => name),
		suspicious: generation === 'suspicious',
		damaged: generation === 'damaged',
		...(confirmed && { confirmedAt: confirmed.at }),
		...(verified && { verified: { at: verified.at, outcome: verified.outcome } }),
		...(hold && { held: describeHold(hold) }),
		...(drill && { drilled: { at: drill.at, outcome: drill.outcome, durationMs: drill.durationMs } }),
		...(reason !== undefined && { reason }),
	};
}

/** Of its artefacts, by its manifest. */
export function storedBytesOf({ manifest }: Pick<CatalogueEntry, 'manifest'>): number {
	return (manifest?.artefacts ?? []).reduce((total, { storedBytes }) => total + storedBytes, 0);
}

function sizesOf({ manifest, confirmed }: CatalogueEntry): SizeHistory {
	return { artefacts: manifest?.artefacts ?? [], confirmed: confirmed !== undefined };
}
