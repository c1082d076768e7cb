import type { Command } from 'commander';

import { drillSite, type DrillReport, type WithRecovery } from '../backup';
import { formatBytes, formatDuration } from '../shared';
import { exitCodes, table, type ExitCode, type Report, type RunReport, type Surroundings } from './output';
import { onlySite, prepare, type BackupOptions } from './prepare';
import { withRecovery } from './recovery-text';

interface DrillCommandOptions extends BackupOptions {
	artefact?: string[];
	destination?: string;
	workFolder?: string;
}

/** Adds `opsdesk backup drill`. */
export function addDrill(drill: Command, report: RunReport, surroundings: Surroundings): void {
	drill
		.description(
			'restore into throwaway places and prove what comes out; exit code 3 when not all of it could be proved, 1 when it failed',
		)
		.argument('[restore-point]', 'an id, or "latest" for the newest good one', 'latest')
		.option('--artefact <names...>', 'drill only these, e.g. db-shop; such a drill is not recorded')
		.option('--destination <name>', 'restore from there; default: the first that has it')
		.option('--work-folder <folder>', 'folder for what is restored; default: that for temporary files')
		.action((restorePoint: string, options: DrillCommandOptions) =>
			report(options, () => drillBackups(restorePoint, options, surroundings)),
		);
}

/** Drills one restore point, or the newest one of each site. */
async function drillBackups(
	restorePoint: string,
	options: DrillCommandOptions,
	surroundings: Surroundings,
): Promise<Report> {
	const { sites, context } = await prepare(options, surroundings);
	if (restorePoint !== 'latest' || options.artefact) onlySite(sites);
	const { artefact: artefacts, destination, workFolder } = options;
	const reports: (DrillReport & WithRecovery)[] = [];
	for (const site of sites) {
		reports.push(await drillSite(site, context, { restorePoint, artefacts, destination, workFolder }));
	}
	const exitCode = withRecovery(exitCodeOf(reports), reports);
	return { exitCode, json: { reports }, text: reports.map(drillText).join('\n\n') };
}

function exitCodeOf(reports: DrillReport[]): ExitCode {
	if (reports.some(({ outcome }) => outcome === 'failed')) return exitCodes.failed;
	const isGood = reports.every(({ ok, recorded, leftovers }) => ok && recorded && leftovers.length === 0);
	return isGood ? exitCodes.ok : exitCodes.warnings;
}

const words = { proved: 'proved', unproved: 'not proved', failed: 'FAILED' };

function drillText(report: DrillReport): string {
	const rows = report.artefacts.map(({ name, outcome, plainBytes, restoreMs, entries, tables, rows }) => [
		`  ${name}`,
		words[outcome],
		formatBytes(plainBytes),
		formatDuration(restoreMs),
		entries !== undefined
			? `${entries} entries`
			: tables !== undefined
				? `${tables} tables, ${rows} rows`
				: 'nothing',
	]);
	return [
		`${report.site}: Drill of ${report.id} from "${report.destination}". ${report.message} (${formatDuration(report.durationMs)})`,
		table([['  ARTEFACT', 'OUTCOME', 'SIZE', 'RESTORE', 'COMPARED'], ...rows]),
		...report.artefacts.flatMap(({ name, notes, problem, checks = [] }) => [
			...checks.map(
				({ check, ok, found, wanted }) =>
					`  ${name}: ${ok ? 'passed' : 'FAILED'}: ${check}: ${found} (wanted: ${wanted})`,
			),
			...notes.map((note) => `  ${name}: ${note}`),
			...(problem ? [`  ${name}: ${problem.message}`, `    ${problem.remedy}`] : []),
		]),
	].join('\n');
}
