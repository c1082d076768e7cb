import type { GenerationState } from '../catalogue/entries';
import type { Problem } from '../reports';

/** What becomes, or became, of one restore point. */
export interface PruneDecision {
	id: string;
	/** When its run began, ISO 8601. */
	startedAt: string;
	state: GenerationState;
	action: 'keep' | 'drop';
	/** For people, e.g. `kept: daily 2026-11-20 (3 of 7)`. */
	reason: string;
	/** Of its artefacts, by its manifest. */
	storedBytes: number;
}

/** What pruning one destination amounts to. */
export interface PruneOutcome {
	/**
	 * `planned`: a dry run. `refused`: nothing was removed, and `problems` says why. `skipped`: another run holds the
	 * lock. `failed`: not all that was to be removed is; `problems` names each file.
	 */
	status: 'pruned' | 'planned' | 'refused' | 'skipped' | 'failed';
	/** Newest first. */
	decisions: PruneDecision[];
	kept: number;
	/** Dropped, or to be dropped in a dry run. */
	dropped: number;
	/** Of the artefacts of those that are dropped, by their manifests. */
	droppedBytes: number;
	/** Of the files that were removed; 0 in a dry run. */
	freedBytes: number;
	removedFiles: number;
	problems: Problem[];
	/** What people should know besides, each a sentence. */
	notes: string[];
}

export interface PruneReport {
	site: string;
	dryRun: boolean;
	/** The worst of the destinations: `failed` over `warning` (refused or skipped) over `ok`. */
	status: 'ok' | 'warning' | 'failed';
	/** One sentence for people. */
	message: string;
	/** The rules by which it was decided, e.g. `daily 7, weekly 4`. */
	policy: string;
	startedAt: string;
	durationMs: number;
	freedBytes: number;
	destinations: ({ name: string; place: string } & PruneOutcome)[];
}
