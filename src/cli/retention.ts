import {
	confirmSite,
	holdSite,
	pruneSite,
	releaseSite,
	statusSite,
	type MarkReport,
	type PruneReport,
	type StatusReport,
} from '../backup';
import { readSeconds } from './backup';
import { exitCodes, type ExitCode, type Report, type Surroundings } from './output';
import { onlySite, prepare, type BackupOptions } from './prepare';
import { markText, pruneText, statusText } from './retention-text';

type InDestination = BackupOptions & { destination?: string };

/** Removes what no rule of retention keeps. */
export async function pruneBackups(
	options: InDestination & { dryRun?: boolean; wait: string },
	surroundings: Surroundings,
): Promise<Report> {
	const waitForLockMs = readSeconds(options.wait) * 1000;
	const { sites, context } = await prepare(options, surroundings);
	const { destination, dryRun } = options;
	const reports: PruneReport[] = [];
	for (const site of sites) {
		reports.push(await pruneSite(site, context, { destination, dryRun, waitForLockMs }));
	}
	return { exitCode: worst(reports), json: { reports }, text: reports.map(pruneText).join('\n\n') };
}

/** How old the newest good backups are, and what is to be looked at. */
export async function showStatus(options: InDestination, surroundings: Surroundings): Promise<Report> {
	const { sites, context } = await prepare(options, surroundings);
	const reports: StatusReport[] = [];
	for (const site of sites) {
		reports.push(await statusSite(site, context, { destination: options.destination }));
	}
	return { exitCode: worst(reports), json: { reports }, text: statusText(reports) };
}

type MarkOptions = InDestination & { reason?: string; until?: string };

/** Keeps a restore point, whatever the rules say. */
export async function holdBackup(
	restorePoint: string,
	{ reason = '', until, destination, ...options }: MarkOptions,
	surroundings: Surroundings,
): Promise<Report> {
	const { sites, context } = await prepare(options, surroundings);
	return marked(await holdSite(onlySite(sites), context, { restorePoint, destination, reason, until }));
}

/** Takes a hold back. */
export async function releaseBackup(
	restorePoint: string,
	{ destination, ...options }: MarkOptions,
	surroundings: Surroundings,
): Promise<Report> {
	const { sites, context } = await prepare(options, surroundings);
	return marked(await releaseSite(onlySite(sites), context, { restorePoint, destination }));
}

/** Says that a suspicious restore point is as it should be. */
export async function confirmBackup(
	restorePoint: string,
	{ destination, reason, ...options }: MarkOptions,
	surroundings: Surroundings,
): Promise<Report> {
	const { sites, context } = await prepare(options, surroundings);
	return marked(await confirmSite(onlySite(sites), context, { restorePoint, destination, reason }));
}

const marked = (report: MarkReport): Report => ({
	exitCode: report.ok ? exitCodes.ok : exitCodes.failed,
	json: report,
	text: markText(report),
});

function worst(reports: ReadonlyArray<{ status: 'ok' | 'warning' | 'failed' }>): ExitCode {
	const found = new Set(reports.map(({ status }) => status));
	if (found.has('failed')) return exitCodes.failed;
	return found.has('warning') ? exitCodes.warnings : exitCodes.ok;
}
