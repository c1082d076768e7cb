import type { MarkReport, PruneReport, StatusReport } from '../backup';
import { formatBytes, formatDuration } from '../shared';
import { table } from './output';

/** `35 min`, `7 h`, `12 d` */
export function formatAge(ageHours: number): string {
	if (ageHours < 0) return 'future';
	if (ageHours < 1) return `${Math.floor(ageHours * 60)} min`;
	return ageHours < 48 ? `${Math.floor(ageHours)} h` : `${Math.floor(ageHours / 24)} d`;
}

/** Every decision with its reason. */
export function pruneText(report: PruneReport): string {
	const rows = report.destinations.flatMap(({ name, decisions }) =>
		decisions.map(({ id, state, action, storedBytes, reason }) => [
			`  ${name}`,
			id,
			state,
			action,
			formatBytes(storedBytes),
			reason.replace(/^(?:kept|dropped): /, ''),
		]),
	);
	const remedies = new Set(
		report.destinations.flatMap(({ problems }) => problems.map(({ remedy }) => remedy)),
	);
	return [
		`${report.site}: ${report.dryRun ? 'Dry run. ' : ''}${report.message} (${formatDuration(report.durationMs)})`,
		`  rules: ${report.policy}`,
		...(rows.length > 0
			? [table([['  DESTINATION', 'RESTORE POINT', 'STATE', 'ACTION', 'STORED', 'REASON'], ...rows])]
			: []),
		...[...remedies].map((remedy) => `    ${remedy}`),
	].join('\n');
}

export function markText({ site, message, destinations }: MarkReport): string {
	const remedies = new Set(destinations.flatMap(({ problem }) => problem?.remedy ?? []));
	return [`${site}: ${message}`, ...[...remedies].map((remedy) => `    ${remedy}`)].join('\n');
}

/** One line for each destination of each site; what is to be looked at below it. */
export function statusText(reports: StatusReport[]): string {
	const rows = reports.flatMap(({ site, destinations }) =>
		destinations.map(({ name, status, newestGood, newestVerified, expected, counts, storedBytes }) => [
			site,
			name,
			status,
			newestGood ? formatAge(newestGood.ageHours) : '-',
			newestVerified ? formatAge(newestVerified.ageHours) : '-',
			counts ? String(counts.good) : '?',
			storedBytes === undefined ? '?' : formatBytes(storedBytes),
			expected ? expected.nextDueAt.slice(0, 16).replace('T', ' ') : '-',
		]),
	);
	const head = [
		'SITE',
		'DESTINATION',
		'STATUS',
		'NEWEST GOOD',
		'VERIFIED',
		'GOOD',
		'STORED',
		'NEXT DUE (UTC)',
	];
	return [
		table([head, ...rows]),
		...reports.flatMap(({ site, destinations }) =>
			destinations.flatMap(({ name, findings, problem }) => [
				...findings.map(({ message }) => `  ${site}, ${name}: ${message}`),
				...(problem ? [`  ${site}, ${name}: ${problem.message}`, `    ${problem.remedy}`] : []),
			]),
		),
	].join('\n');
}
