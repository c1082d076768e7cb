import { formatDuration } from '../../shared';
import type { ConsistencyReport, Problem } from '../reports';

/** What keeps a run from being good though everything is stored: the site is not as it was. */
export function quietProblems(report: ConsistencyReport | undefined): Problem[] {
	if (!report) return [];
	const afterwards = report.hooks.filter(({ when }) => when === 'after');
	return [
		...[...report.containers, ...afterwards].flatMap(({ problem }) => problem ?? []),
		...report.problems,
	];
}

/** Each with the name of its container in front. */
export function quietWarnings(report: ConsistencyReport | undefined): string[] {
	if (!report) return [];
	return [
		...report.warnings,
		...report.containers.flatMap(({ name, warnings }) => warnings.map((warning) => `${name}: ${warning}`)),
	];
}

/** One sentence on what was down for how long; empty when nothing was. */
export function downtimeNote(report: ConsistencyReport | undefined): string {
	const touched = (report?.containers ?? []).filter(({ action }) => action !== 'left');
	if (!report || touched.length === 0) return '';
	const names = (action: 'stopped' | 'paused'): string => {
		const found = touched.filter((container) => container.action === action).map(({ name }) => name);
		return found.length === 0 ? '' : `${action}: ${found.join(', ')}`;
	};
	const what = [names('stopped'), names('paused')].filter(Boolean).join('; ');
	return `Down for ${formatDuration(report.downtimeMs)} (${what}).`;
}
