import { count, formatBytes } from '../shared';
import { downtimeNote, quietProblems, quietWarnings } from './consistency/outcome';
import type {
	ArtefactReport,
	BackupReport,
	BackupStatus,
	ConsistencyReport,
	DestinationReport,
} from './reports';

/** What a whole run amounts to; the worst that is true. */
export function statusOf(
	artefacts: ArtefactReport[],
	destinations: DestinationReport[],
	consistency?: ConsistencyReport,
): BackupStatus {
	const found = new Set(destinations.map(({ status }) => status));
	if (found.has('skipped')) return 'skipped';
	if (destinations.every(({ status }) => status === 'failed')) return 'failed';
	if (found.has('failed') || found.has('partial') || quietProblems(consistency).length > 0) return 'partial';
	const hasWarnings =
		destinations.some(({ status, warnings }) => status === 'warning' || warnings.length > 0) ||
		artefacts.some(({ status }) => status === 'warning') ||
		quietWarnings(consistency).length > 0;
	return hasWarnings ? 'warning' : 'ok';
}

/**
 * One or more sentences for people.
 * @param notes what happened besides, each a sentence
 */
export function messageOf(
	report: Pick<
		BackupReport,
		'status' | 'artefacts' | 'destinations' | 'plainBytes' | 'storedBytes' | 'consistency'
	>,
	notes: string[],
): string {
	return [summaryOf(report), downtimeNote(report.consistency), ...notes].filter(Boolean).join(' ');
}

function summaryOf({
	status,
	artefacts,
	destinations,
	plainBytes,
	storedBytes,
	consistency,
}: Parameters<typeof messageOf>[0]): string {
	const good = artefacts.filter((artefact) => artefact.status !== 'failed');
	const reached = destinations.filter((destination) => destination.status !== 'failed');
	const stored = `${count(good.length, 'artefact')} (${formatBytes(plainBytes)}, stored as ${formatBytes(storedBytes)}) in ${count(reached.length, 'destination')}`;
	const reasons = faultsOf(artefacts, destinations);
	const downs = quietProblems(consistency).map(({ message }) => message);
	switch (status) {
		case 'ok':
			return `Backed up ${stored}.`;
		case 'warning': {
			// What makes a whole restore point doubtful comes before a file that did not hold still.
			const warnings = [
				...[...destinations, ...artefacts].flatMap((part) =>
					part.warnings.map((text) => `${part.name}: ${text}`),
				),
				...quietWarnings(consistency),
			];
			return `Backed up ${stored}, with ${count(warnings.length, 'warning')}; the first: ${sentence(warnings[0] ?? '')}`;
		}
		case 'partial':
			return reasons.length > 0
				? `Incomplete: only ${stored} could be stored. ${[...reasons, ...downs].join(' ')}`
				: `Stored ${stored}, but the site is not as it was before. ${downs.join(' ')}`;
		case 'failed':
			return `Failed, nothing was stored. ${[...reasons, ...downs].join(' ')}`;
		case 'skipped':
			return 'Skipped.';
	}
}

/** Each fault once, with the name of what it befell. */
function faultsOf(artefacts: ArtefactReport[], destinations: DestinationReport[]): string[] {
	const faults = new Map<string, string>();
	for (const { name, problems } of destinations) {
		for (const { code, message } of problems) {
			// What the sources themselves say is more.
			if (code !== 'nothing_stored') faults.set(message, `${name}: ${message}`);
		}
	}
	for (const { name, problem } of artefacts) {
		if (problem && !faults.has(problem.message)) faults.set(problem.message, `${name}: ${problem.message}`);
	}
	return [...faults.values()];
}

function sentence(text: string): string {
	return text.endsWith('.') ? text : `${text}.`;
}
