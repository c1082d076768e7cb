import type { ManifestArtefact } from '../manifest';
import type { Problem } from '../reports';

/** What a restore has kept of what was there before it. */
export interface KeptCopy {
	site: string;
	artefact: string;
	kind: ManifestArtefact['kind'];
	/** Beside or in which it is kept, e.g. `volume shop_media`. */
	place: string;
	/** Of the folder, file or database. */
	name: string;
	/** Id of the restore point that took its place; missing where it is not told. */
	restorePoint?: string;
	/** Kept since then, or longer; missing when it is not known. */
	since?: string;
	ageDays?: number;
	/** Missing where counting would take long. */
	sizeBytes?: number;
	/** Why it is not removed however old it is, a sentence. */
	obstacle?: string;
}

/** A place that could not be looked into: what is kept there is unknown. */
export interface UnknownPlace {
	artefact: string;
	problem: Problem;
}

export interface KeptReport {
	site: string;
	/** Oldest first. */
	copies: KeptCopy[];
	problems: UnknownPlace[];
}

export interface RemovalReport {
	site: string;
	dryRun: boolean;
	/** `warning`: one stays although it is old enough. `failed`: one could not be removed, or a place not be looked into. */
	status: 'ok' | 'warning' | 'failed';
	/** One sentence for people. */
	message: string;
	/** Those kept for so long may go. */
	olderThanDays: number;
	durationMs: number;
	/** Of what was removed, or would be in a dry run, as far as it is known. */
	freedBytes: number;
	copies: (KeptCopy & { action: 'kept' | 'removed'; reason: string; problem?: Problem })[];
	problems: UnknownPlace[];
}
