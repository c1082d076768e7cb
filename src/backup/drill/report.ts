import { count, formatDuration } from '../../shared';
import type { ManifestArtefact } from '../manifest';
import type { Problem } from '../reports';
import type { CheckResult } from './checks';

/**
 * `proved`: restored, and what was restored is what was backed up. `unproved`: restored, but not all of it could be
 * compared. `failed`: it could not be restored, or came out otherwise.
 */
export type DrillOutcome = 'proved' | 'unproved' | 'failed';

export interface DrilledArtefact {
	name: string;
	kind: ManifestArtefact['kind'];
	outcome: DrillOutcome;
	/** Where it was restored to, e.g. `a throwaway volume`; it is gone by now. */
	target: string;
	plainBytes: number;
	/** How long the restore took: reading, unpacking and putting in place. */
	restoreMs: number;
	/** The checks included. */
	durationMs: number;
	/** What was compared: entries of archives, tables and rows of databases. */
	entries?: number;
	tables?: number;
	rows?: number;
	/** What became of the checks of the site. */
	checks?: CheckResult[];
	/** What was not compared, each a sentence. */
	notes: string[];
	/** Why it failed. */
	problem?: Problem;
}

export interface DrillReport {
	site: string;
	/** Of the restore point. */
	id: string;
	/** Name of the destination it was read from. */
	destination: string;
	outcome: DrillOutcome;
	/** Whether all of it is proved. */
	ok: boolean;
	/** One or more sentences for people; it calls proved only what is. */
	message: string;
	startedAt: string;
	/** How long restoring all of it took, one after the other: the recovery time. */
	recoveryMs: number;
	/** The checks and the clean-up included. */
	durationMs: number;
	/** How old the restore point was: what would have been lost. */
	dataAgeMs: number;
	artefacts: DrilledArtefact[];
	/** Artefacts that are missing in a partial restore point. */
	missing: string[];
	/** What could not be removed afterwards; the next drill tries again. */
	leftovers: string[];
	/** Whether the result was written beside the restore point. */
	recorded: boolean;
	notes: string[];
}

export function drillMessage(
	report: Pick<
		DrillReport,
		'outcome' | 'artefacts' | 'missing' | 'recoveryMs' | 'dataAgeMs' | 'leftovers' | 'notes'
	>,
): string {
	const { artefacts, missing } = report;
	const proved = artefacts.filter(({ outcome }) => outcome === 'proved').length;
	const times = `recovery time ${formatDuration(report.recoveryMs)}, age of the data ${formatDuration(report.dataAgeMs)}`;
	const faults = artefacts.flatMap(({ name, outcome, problem, notes }) => {
		if (outcome === 'proved') return [];
		return [`${name}: ${problem?.message ?? notes.join(' ')}`];
	});
	const checks = artefacts.flatMap((artefact) => artefact.checks ?? []);
	const checked = checks.length > 0 ? `, ${count(checks.length, 'check')} passed` : '';
	const lacks = missing.length > 0 ? [`The restore point lacks ${missing.join(', ')}.`] : [];
	const left = report.leftovers.length > 0 ? [`Not removed: ${report.leftovers.join(', ')}.`] : [];
	const head =
		report.outcome === 'proved'
			? `Proved: ${count(proved, 'artefact')} restored and compared${checked}, ${times}.`
			: report.outcome === 'unproved'
				? `Not proved: ${proved} of ${count(artefacts.length, 'artefact')} restored and compared, ${times}.`
				: `Failed: ${proved} of ${count(artefacts.length, 'artefact')} restored and compared.`;
	return [head, ...faults, ...lacks, ...left, ...report.notes].join(' ');
}

/** The worst of several. */
export function worstOf(outcomes: DrillOutcome[]): DrillOutcome {
	if (outcomes.includes('failed')) return 'failed';
	return outcomes.includes('unproved') ? 'unproved' : 'proved';
}
