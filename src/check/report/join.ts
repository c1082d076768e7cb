import type { FoundLevel } from '../alert';
import type { CheckReport, Report } from './report';

const worstFirst: readonly FoundLevel[] = ['critical', 'unknown', 'warning', 'ok'];

/**
 * One report of several sets; troubles first. A set of which nothing is known is named and makes the whole unknown at best:
 * its name may be misspelt, or nobody checks it.
 *
 * @throws RangeError for none
 */
export function joinReports(reports: readonly Report[]): Report {
	const [first, ...others] = reports;
	if (first === undefined) throw new RangeError('There is no report to join.');
	if (others.length === 0) return first;
	const rank = ({ status, listed }: CheckReport): number =>
		listed ? worstFirst.indexOf(status) : worstFirst.length;
	// Sorting is stable, so the order of the sets holds among what is equally bad.
	const checks = reports.flatMap((report) => report.checks).sort((one, other) => rank(one) - rank(other));
	const counts = { ok: 0, warning: 0, critical: 0, unknown: 0 };
	for (const report of reports) for (const level of worstFirst) counts[level] += report.counts[level];
	const checkedAt = reports.flatMap((report) => report.checkedAt ?? []).sort();
	return {
		...first,
		set: reports.map(({ set }) => set).join(', '),
		status: worstFirst.find((level) => reports.some(({ status }) => status === level)) ?? 'unknown',
		counts,
		checkedAt: checkedAt.at(-1) ?? null,
		outdated: reports.every(({ outdated }) => outdated),
		missing: reports.flatMap(({ missing }) => missing),
		checks,
	};
}
