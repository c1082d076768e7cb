import {
	describeOutcome,
	type BackupReport,
	type ConsistencyReport,
	type ListReport,
	type RestorePlan,
	type RestoreReport,
	type VerificationReport,
} from '../backup';
import { count, formatBytes, formatDuration } from '../shared';
import { table } from './output';
import { formatAge } from './retention-text';

/** A problem on two lines: what happened, then how to get unstuck. */
const problemText = ({ message, remedy }: { message: string; remedy: string }): string[] => [
	`  ${message}`,
	`    ${remedy}`,
];

/** A run in a short table; faults and warnings below it. */
export function backupText(report: BackupReport): string {
	const rows = report.artefacts.map((artefact) => [
		`  ${artefact.name}`,
		artefact.status,
		formatBytes(artefact.plainBytes),
		formatBytes(artefact.storedBytes),
		formatDuration(artefact.durationMs),
	]);
	const destinations = report.destinations.map(({ name, status, place, folder }) => [
		`  ${name}`,
		status,
		folder === undefined ? place : `${place}/${folder}`,
	]);
	const problems = [
		...report.artefacts.flatMap(({ problem }) => problem ?? []),
		...report.destinations.flatMap((destination) => destination.problems),
		...(report.consistency ? consistencyProblems(report.consistency) : []),
	];
	const told = new Map(problems.map((problem) => [problem.message, problem]));
	return [
		`${report.site}: ${report.message} (${formatDuration(report.durationMs)})`,
		...(rows.length > 0 ? [table([['  ARTEFACT', 'STATUS', 'SIZE', 'STORED', 'TIME'], ...rows])] : []),
		table([['  DESTINATION', 'STATUS', 'PLACE'], ...destinations]),
		...(report.consistency ? containerLines(report.consistency) : []),
		...[...report.destinations, ...report.artefacts].flatMap(({ name, warnings }) =>
			warnings.map((warning) => `  warning: ${name}: ${warning}`),
		),
		...report.destinations.flatMap(({ name, pruned }) =>
			pruned && pruned.dropped > 0 ? [`  pruned: ${name}: ${describeOutcome(pruned)}`] : [],
		),
		...[...told.values()].flatMap(problemText),
	].join('\n');
}

const consistencyProblems = ({ containers, hooks, problems }: ConsistencyReport) => [
	...[...containers, ...hooks].flatMap(({ problem }) => problem ?? []),
	...problems,
];

/** What was done to each container; warnings below. */
function containerLines({ containers, warnings }: ConsistencyReport): string[] {
	const rows = containers.map(({ name, action, now, downtimeMs }) => [
		`  ${name}`,
		action,
		downtimeMs === undefined ? '-' : formatDuration(downtimeMs),
		now,
	]);
	return [
		...(rows.length > 0 ? [table([['  CONTAINER', 'WAS', 'DOWN FOR', 'NOW'], ...rows])] : []),
		...warnings.map((warning) => `  warning: ${warning}`),
		...containers.flatMap((container) =>
			container.warnings.map((warning) => `  warning: ${container.name}: ${warning}`),
		),
	];
}

type ListedPoint = ListReport['restorePoints'][number];

function stateOf({ state, suspicious, damaged, held }: ListedPoint): string {
	const words = [
		damaged ? 'DAMAGED' : suspicious ? 'suspicious' : state,
		...(held === undefined ? [] : ['held']),
	];
	return words.join(', ');
}

/** When it was proved; a verification that has not proved it says so. */
function verifiedText({ verified }: ListedPoint): string {
	if (!verified) return '-';
	return verified.outcome === 'proved' ? verified.at.slice(0, 16).replace('T', ' ') : verified.outcome;
}

/** `db-shop +4 %`: its size against the ones before. */
function artefactText({ name, plainChangePercent: change }: ListedPoint['artefacts'][number]): string {
	return change === undefined || change === 0
		? name
		: `${name} ${change > 0 ? '+' : '−'}${Math.abs(change)} %`;
}

export function listText(
	restorePoints: ListReport['restorePoints'],
	problems: Array<{ site: string } & ListReport['problems'][number]>,
): string {
	const rows = restorePoints.map((point) => [
		point.site,
		point.id,
		formatAge(point.ageHours),
		point.destination,
		stateOf(point),
		verifiedText(point),
		formatBytes(point.storedBytes),
		point.reason ??
			[...point.artefacts.map(artefactText), ...point.missing.map((name) => `${name} (missing)`)].join(', '),
	]);
	return [
		...(rows.length > 0
			? [
					table([
						['SITE', 'RESTORE POINT', 'AGE', 'DESTINATION', 'STATE', 'VERIFIED', 'STORED', 'ARTEFACTS'],
						...rows,
					]),
				]
			: problems.length === 0
				? ['There are no restore points yet.']
				: []),
		...problems.flatMap(({ site, destination, problem }) => [
			`Unknown: what "${destination}" holds of "${site}".`,
			...problemText(problem),
		]),
	].join('\n');
}

export function verificationText(report: VerificationReport): string {
	const rows = report.destinations.flatMap(({ name, id, ok, artefacts, problem }) => [
		[`  ${name}`, id ?? '', problem ? (ok ? 'ok' : 'NOT OK') : '', problem?.message ?? ''],
		...artefacts.map((artefact) => [
			'',
			artefact.name,
			!artefact.ok ? 'NOT OK' : artefact.warning === undefined ? 'ok' : 'not proved',
			artefact.problem ?? artefact.warning ?? '',
		]),
	]);
	return [
		`${report.site}: ${report.message} (${formatDuration(report.durationMs)})`,
		table(rows).replace(/ +$/gm, ''),
		...report.destinations.flatMap(({ problem }) => (problem ? [`    ${problem.remedy}`] : [])),
		...report.destinations.flatMap(({ name, note }) => (note === undefined ? [] : [`  ${name}: ${note}`])),
	].join('\n');
}

export function restoreText(report: RestoreReport): string {
	const rows = report.artefacts.map(({ name, target, plainBytes, previous }) => [
		`  ${name}`,
		formatBytes(plainBytes),
		target,
		previous ?? '-',
	]);
	return [
		`${report.site}: Restored ${report.id} from "${report.destination}". (${formatDuration(report.durationMs)})`,
		table([['  ARTEFACT', 'SIZE', 'RESTORED TO', 'KEPT FROM BEFORE'], ...rows]),
		...leftOutText(report.leftOut),
		...report.artefacts.flatMap(({ name, notes = [] }) => notes.map((note) => `  ${name}: ${note}`)),
		...report.artefacts.flatMap(({ name, errors = [] }) =>
			errors.map((error) => `  ${name}: NOT RESTORED: ${error}`),
		),
		...(report.consistency?.containers ?? []).map(
			({ name, downtimeMs = 0 }) =>
				`  ${name} was stopped for ${formatDuration(downtimeMs)} and is well again.`,
		),
	].join('\n');
}

/** A dry run: what would be replaced, what is needed and what stands in the way. */
export function planText(plan: RestorePlan): string {
	const rows = plan.artefacts.map(({ name, target, replaces, neededBytes, freeBytes, problem }) => [
		`  ${name}`,
		problem ? 'REFUSED' : 'ok',
		replaces === undefined ? 'unknown' : replaces ? 'yes' : 'no',
		neededBytes === undefined ? 'unknown' : formatBytes(neededBytes),
		freeBytes === undefined ? 'unknown' : formatBytes(freeBytes),
		target,
	]);
	return [
		`${plan.site}: Dry run of ${plan.id} from "${plan.destination}". ${plan.message}`,
		table([['  ARTEFACT', 'STATUS', 'REPLACES', 'NEEDS', 'FREE', 'TARGET'], ...rows]),
		...plan.artefacts.flatMap(
			({ name, paths = [], tables = [], stops, endsSessions = 0, notes, problem }) => [
				...[...paths, ...tables].map((part) => `  ${name}: only ${part}`),
				...stops.map((container) => `  ${name}: the container ${container} uses it`),
				...(endsSessions > 0 ? [`  ${name}: ${count(endsSessions, 'connection')} would be ended`] : []),
				...notes.map((note) => `  ${name}: ${note}`),
				...(problem ? problemText(problem) : []),
			],
		),
		...leftOutText(plan.leftOut),
	].join('\n');
}

const leftOutText = (leftOut: string[]): string[] =>
	leftOut.map((name) => `  ${name} was left out: restore it with --to ${name}=FOLDER.`);
