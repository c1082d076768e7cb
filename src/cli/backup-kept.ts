import type { Command } from 'commander';

import {
	listKeptCopies,
	removeKeptCopies,
	type KeptCopy,
	type KeptReport,
	type RemovalReport,
	type WithRecovery,
} from '../backup';
import { formatBytes, formatDuration, OpsdeskError, wholeNumber } from '../shared';
import { readSeconds } from './backup';
import { exitCodes, table, UsageError, type Report, type RunReport, type Surroundings } from './output';
import { prepareChange, type BackupOptions } from './prepare';
import { recoveryLines, withRecovery } from './recovery-text';

interface KeptOptions extends BackupOptions {
	artefact?: string[];
}

interface RemoveOptions extends KeptOptions {
	olderThanDays?: string;
	partlyBackedUp?: boolean;
	dryRun?: boolean;
	wait: string;
}

/**
 * Adds `opsdesk backup kept list|remove`.
 * @param withSite adds the options that every command on backups has
 */
export function addKept(
	backup: Command,
	withSite: (command: Command) => Command,
	report: RunReport,
	surroundings: Surroundings,
): void {
	const kept = backup.command('kept').description('what restores have kept of what was there before');
	withSite(kept.command('list'))
		.description(
			'what is kept, where, since when and how large; exit code 1 when a place cannot be looked into',
		)
		.option('--artefact <names...>', 'look only into the places of these, e.g. files-www')
		.action((options: KeptOptions) => report(options, () => listKept(options, surroundings)));
	withSite(kept.command('remove'))
		.description(
			'remove what has been kept for long enough; exit code 3 when something stays that is old enough, 1 when not all could be removed',
		)
		.option('--artefact <names...>', 'only in the places of these, e.g. files-www')
		.option('--older-than-days <days>', 'in place of "restore.keepPreviousDays" of the site')
		.option(
			'--partly-backed-up',
			'also those of sources with include or exclude patterns, which may hold what is in no backup',
		)
		.option('--dry-run', 'say what would be removed and why; remove nothing')
		.option('--wait <seconds>', 'how long to wait for another run of the same site', '0')
		.action((options: RemoveOptions) => report(options, () => removeKept(options, surroundings)));
}

async function listKept(options: KeptOptions, surroundings: Surroundings): Promise<Report> {
	const { sites, context } = await prepareChange(options, surroundings);
	const reports: (KeptReport & WithRecovery)[] = [];
	for (const site of sites) {
		reports.push(await listKeptCopies(site, context, { artefacts: options.artefact }));
	}
	const isKnown = reports.every(({ problems }) => problems.length === 0);
	return {
		exitCode: withRecovery(isKnown ? exitCodes.ok : exitCodes.failed, reports),
		json: { reports },
		text: [...reports.flatMap(recoveryLines), listText(reports)].join('\n'),
	};
}

async function removeKept(options: RemoveOptions, surroundings: Surroundings): Promise<Report> {
	const waitForLockMs = readSeconds(options.wait) * 1000;
	const olderThanDays = readDays(options.olderThanDays);
	const { sites, context } = await prepareChange(options, surroundings);
	const { artefact: artefacts, dryRun, partlyBackedUp } = options;
	const reports: (RemovalReport & WithRecovery)[] = [];
	for (const site of sites) {
		const wanted = { artefacts, dryRun, waitForLockMs, olderThanDays, partlyBackedUp };
		reports.push(await removeKeptCopies(site, context, wanted));
	}
	const found = new Set(reports.map(({ status }) => status));
	const { failed, warnings, ok } = exitCodes;
	return {
		exitCode: withRecovery(found.has('failed') ? failed : found.has('warning') ? warnings : ok, reports),
		json: { reports },
		text: reports.map((removal) => [...recoveryLines(removal), removalText(removal)].join('\n')).join('\n\n'),
	};
}

/** @throws UsageError */
function readDays(text: string | undefined): number | undefined {
	if (text === undefined) return undefined;
	try {
		return wholeNumber('--older-than-days', text, 0, 3650);
	} catch (thrown) {
		if (!(thrown instanceof OpsdeskError)) throw thrown;
		throw new UsageError(thrown.message, 'Give whole days, at most ten years.');
	}
}

const row = ({ artefact, name, place, ageDays, sizeBytes, restorePoint }: KeptCopy): string[] => [
	artefact,
	ageDays === undefined ? 'unknown' : `${ageDays} d`,
	sizeBytes === undefined ? 'unknown' : formatBytes(sizeBytes),
	restorePoint ?? 'unknown',
	place,
	name,
];

function listText(reports: KeptReport[]): string {
	const copies = reports.flatMap((found) => found.copies);
	const problems = reports.flatMap(({ site, problems: unknown }) =>
		unknown.flatMap(({ artefact, problem: { message, remedy } }) => [
			`Unknown: what is kept for ${artefact} of "${site}".`,
			`  ${message}`,
			`    ${remedy}`,
		]),
	);
	const head = ['SITE', 'ARTEFACT', 'KEPT FOR', 'SIZE', 'REPLACED BY', 'PLACE', 'NAME'];
	return [
		...(copies.length > 0 ? [table([head, ...copies.map((copy) => [copy.site, ...row(copy)])])] : []),
		...(copies.length === 0 && problems.length === 0 ? ['Restores have kept nothing.'] : []),
		...copies.flatMap(({ name, obstacle }) => (obstacle === undefined ? [] : [`  ${name}: ${obstacle}`])),
		...problems,
	].join('\n');
}

function removalText(report: RemovalReport): string {
	const head = ['  ACTION', 'ARTEFACT', 'KEPT FOR', 'SIZE', 'REPLACED BY', 'PLACE', 'NAME'];
	const { site, dryRun, message, durationMs, copies, problems } = report;
	const remedies = new Set(
		[...copies.flatMap(({ problem }) => problem ?? []), ...problems.map(({ problem }) => problem)].map(
			({ remedy }) => remedy,
		),
	);
	return [
		`${site}: ${dryRun ? 'Dry run. ' : ''}${message} (${formatDuration(durationMs)})`,
		...(copies.length > 0
			? [table([head, ...copies.map((copy) => [`  ${copy.action}`, ...row(copy)])])]
			: []),
		...copies.map(({ name, reason }) => `  ${name}: ${reason}`),
		...[...remedies].map((remedy) => `    ${remedy}`),
	].join('\n');
}
