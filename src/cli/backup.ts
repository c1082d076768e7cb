import {
	backUpSite,
	listSite,
	openEncryption,
	planRestore,
	recoverContainers,
	restoreSite,
	statusSite,
	verifySite,
	type BackupContext,
	type BackupReport,
	type ListReport,
	type VerificationReport,
	type WithRecovery,
} from '../backup';
import { artefactName, wholeNumber, OpsdeskError, type Site } from '../shared';
import { backupText, listText, planText, restoreText, verificationText } from './backup-text';
import { dockerConnection, type DockerOptions } from './docker-connection';
import { n8nAccess } from './n8n-connection';
import { exitCodes, UsageError, type ExitCode, type Report, type Surroundings } from './output';
import { onlySite, prepare, prepareChange, type BackupOptions } from './prepare';
import { recoveryExitCode, recoveryLines, recoveryText, withRecovery } from './recovery-text';
import { stateFolder } from './state-folder';

/** Brings back what killed runs have left paused or stopped. */
export async function recoverBackups(
	options: DockerOptions & { json?: boolean; state?: string; force?: boolean },
	surroundings: Surroundings,
): Promise<Report> {
	const docker = await dockerConnection(options, surroundings);
	const folder = stateFolder(options.state, surroundings);
	const recovery = await recoverContainers({ docker, stateFolder: folder }, { force: options.force });
	return { exitCode: recoveryExitCode(recovery), json: recovery, text: recoveryText(recovery, folder) };
}

/** Backs up one site after the other. */
export async function runBackups(
	options: BackupOptions & { wait: string; ifMissed?: boolean },
	surroundings: Surroundings,
): Promise<Report> {
	const waitForLockMs = readSeconds(options.wait) * 1000;
	const { sites, context: prepared } = await prepare(options, surroundings);
	const asksForWorkflows = sites.some(({ backup }) => backup.n8n?.workflows);
	const n8nApi = asksForWorkflows ? await n8nAccess(surroundings) : undefined;
	const context = { ...prepared, secrets: { ...prepared.secrets, n8nApi } };
	// A missing key is told before the first site is backed up, and not after some.
	for (const site of sites) await openEncryption(site, context);
	const reports: (BackupReport & WithRecovery)[] = [];
	const notMissed: string[] = [];
	for (const site of sites) {
		if (options.ifMissed && !(await hasMissed(site, context))) notMissed.push(site.name);
		else reports.push(await backUpSite(site, context, { waitForLockMs }));
	}
	return {
		exitCode: withRecovery(exitCodeOf(reports), reports),
		json: { reports, ...(options.ifMissed && { notMissed }) },
		text: [
			...notMissed.map((name) => `${name}: No backup is missing, so none was made.`),
			...reports.map(backupText),
		].join('\n\n'),
	};
}

/** Whether a backup that was due is missing in any destination, or nothing is known of one. */
async function hasMissed(site: Site, context: BackupContext): Promise<boolean> {
	if (!site.expect) {
		throw new UsageError(
			`The site "${site.name}" does not say when its backups are expected, so none can be missed.`,
			'Give it "expect" (docs/retention.md), or leave out --if-missed.',
		);
	}
	const { destinations, missed } = await statusSite(site, context);
	return missed || destinations.some(({ newestGood }) => newestGood === undefined);
}

/** What the destinations hold. */
export async function listBackups(
	options: BackupOptions & { destination?: string },
	surroundings: Surroundings,
): Promise<Report> {
	const { sites, context } = await prepare(options, surroundings);
	const restorePoints: ListReport['restorePoints'] = [];
	const problems: Array<{ site: string } & ListReport['problems'][number]> = [];
	const recoveries: WithRecovery[] = [];
	for (const site of sites) {
		const found = await listSite(site, context, { destination: options.destination });
		recoveries.push(found);
		restorePoints.push(...found.restorePoints);
		problems.push(...found.problems.map((problem) => ({ site: site.name, ...problem })));
	}
	// What could not be read is unknown; an answer without it is not a good one.
	const exitCode = withRecovery(problems.length === 0 ? exitCodes.ok : exitCodes.failed, recoveries);
	const recovered = recoveries.flatMap((found) => found.recovered ?? []);
	return {
		exitCode,
		json: { restorePoints, problems, ...(recovered.length > 0 && { recovered }) },
		text: [...recoveries.flatMap(recoveryLines), listText(restorePoints, problems)]
			.filter(Boolean)
			.join('\n'),
	};
}

/** Reads restore points wholly. */
export async function verifyBackups(
	restorePoint: string,
	options: BackupOptions & { destination?: string },
	surroundings: Surroundings,
): Promise<Report> {
	const { sites, context } = await prepare(options, surroundings);
	if (restorePoint !== 'latest') onlySite(sites);
	const reports: (VerificationReport & WithRecovery)[] = [];
	for (const site of sites) {
		reports.push(await verifySite(site, context, { restorePoint, destination: options.destination }));
	}
	return {
		exitCode: withRecovery(verificationExitCode(reports), reports),
		json: { reports },
		text: reports.map(verificationText).join('\n\n'),
	};
}

/** Restores one site. */
export async function restoreBackup(
	restorePoint: string,
	options: BackupOptions & {
		artefact?: string[];
		to?: string[];
		path?: string[];
		table?: string[];
		overwrite?: boolean;
		allowErrors?: boolean;
		dryRun?: boolean;
		stopContainers?: boolean;
		healthTimeout?: string;
		destination?: string;
	},
	surroundings: Surroundings,
): Promise<Report> {
	const to = Object.fromEntries((options.to ?? []).map((text) => readPair(text, '--to', 'TARGET')));
	const { sites, context } = await prepareChange(options, surroundings, Object.values(to));
	const wanted = {
		restorePoint,
		destination: options.destination,
		artefacts: options.artefact,
		to,
		paths: readLists(options.path, '--path', 'PATH'),
		tables: readTables(options.table, sites),
		overwrite: options.overwrite,
		allowErrors: options.allowErrors,
		stopContainers: options.stopContainers,
		containers: { healthTimeoutMs: readSeconds(options.healthTimeout ?? '300', '--health-timeout') * 1000 },
	};
	if (options.dryRun) {
		const plan = await planRestore(onlySite(sites), context, wanted);
		return {
			exitCode: withRecovery(plan.ok ? exitCodes.ok : exitCodes.failed, [plan]),
			json: plan,
			text: [...recoveryLines(plan), planText(plan)].join('\n'),
		};
	}
	const report = await restoreSite(onlySite(sites), context, wanted);
	const isWhole = report.artefacts.every(({ errors = [] }) => errors.length === 0);
	return {
		exitCode: withRecovery(isWhole ? exitCodes.ok : exitCodes.warnings, [report]),
		json: report,
		text: [...recoveryLines(report), restoreText(report)].join('\n'),
	};
}

const examples = {
	'--to': 'files-www=/srv/www-restored',
	'--path': 'files-www=uploads/a.jpg',
	'--table': 'db-shop=public.orders',
};

function readPair(text: string, option: keyof typeof examples, what: string): [string, string] {
	const equals = text.indexOf('=');
	if (equals > 0 && equals < text.length - 1) return [text.slice(0, equals), text.slice(equals + 1)];
	throw new UsageError(`"${text}" is not NAME=${what}.`, `Write e.g. ${option} ${examples[option]}.`);
}

/** `name=value` …, several of which may have the same name. */
function readLists(
	texts: string[] | undefined,
	option: keyof typeof examples,
	what: string,
): Record<string, string[]> | undefined {
	if (!texts) return undefined;
	const lists = new Map<string, string[]>();
	for (const text of texts) {
		const [name, value] = readPair(text, option, what);
		lists.set(name, [...(lists.get(name) ?? []), value]);
	}
	return Object.fromEntries(lists);
}

/** `public.orders` of the only database of PostgreSQL, or `db-shop=public.orders`. */
function readTables(texts: string[] | undefined, sites: Site[]): Record<string, string[]> | undefined {
	if (!texts) return undefined;
	const withArtefact = texts.map((text) =>
		/^[A-Za-z0-9][\w-]*=/.test(text) ? text : `${onlyDatabase(sites)}=${text}`,
	);
	return readLists(withArtefact, '--table', 'TABLE');
}

function onlyDatabase(sites: Site[]): string {
	const found = sites.flatMap(({ backup }) => backup.databases.filter(({ type }) => type !== 'sqlite'));
	const [first] = found;
	if (first && found.length === 1) return artefactName('db', first.name);
	throw new UsageError(
		`The site has ${found.length} databases of PostgreSQL, so it is not clear which one a table is of.`,
		'Write e.g. --table db-shop=public.orders.',
	);
}

/** @throws UsageError */
export function readSeconds(text: string, option = '--wait'): number {
	try {
		return wholeNumber(option, text, 0, 86_400);
	} catch (thrown) {
		if (!(thrown instanceof OpsdeskError)) throw thrown;
		throw new UsageError(thrown.message, 'Give whole seconds, at most a day.');
	}
}

/** What could not be checked is unknown, which is not ok. */
function verificationExitCode(reports: VerificationReport[]): ExitCode {
	if (!reports.every(({ ok }) => ok)) return exitCodes.failed;
	const artefacts = reports.flatMap(({ destinations }) => destinations.flatMap((found) => found.artefacts));
	return artefacts.some(({ warning }) => warning !== undefined) ? exitCodes.warnings : exitCodes.ok;
}

/** Anything missing is a failure, also when the rest is there: a script must notice it. */
function exitCodeOf(reports: BackupReport[]): ExitCode {
	const found = new Set(reports.map(({ status }) => status));
	if (found.has('failed') || found.has('partial')) return exitCodes.failed;
	return found.has('warning') || found.has('skipped') ? exitCodes.warnings : exitCodes.ok;
}
