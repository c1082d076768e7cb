import { mkdir } from 'node:fs/promises';

import type { RecordingServer } from '../support/doubles/recording-server';
import type { Scope } from '../support/scope';
import { folderBytes, itemsOf, OperationsDesk } from './desk';
import { compareFingerprints, type Comparison } from './fingerprint';
import { restoreNode } from './restore-workflow';
import { SampleSite, siteDefinition } from './site';
import type { Steps } from './steps';
import { megabytes } from './tables';

export interface Demonstration {
	desk: OperationsDesk;
	/** Execution of `run-site-backups`, which does the work of `back-up-sites-daily`. */
	backUpExecutionId: string;
	comparisons: Comparison[];
	/** Whether a visitor and the shop's software find it again. */
	siteAnswers: boolean;
}

/**
 * Builds the stand and carries out the whole story, step by step.
 * @param alertReceiver gets what n8n has to tell, in place of a chat
 */
export async function demonstrate(
	scope: Scope,
	steps: Steps,
	alertReceiver: RecordingServer,
): Promise<Demonstration> {
	const backups = scope.path('backups');
	await mkdir(backups, { mode: 0o700 });
	const [desk, { site, sizeBytes }] = await Promise.all([
		startDesk(scope, steps, alertReceiver),
		makeSite(scope, steps),
	]);
	await steps.run('Set up the workflows', async () => {
		await desk.setUp(site.engine.socketPath, siteDefinition(backups));
		return { value: undefined, result: 'site and credential entered, all published' };
	});
	const before = await steps.run('Hash all that the site holds', async () => {
		const value = await site.fingerprints();
		return { value, size: megabytes(sizeBytes), result: 'files and every table' };
	});
	const backUpExecutionId = await backUp(steps, desk, backups);
	await destroy(steps, site);
	await restore(steps, desk);
	const siteAnswers = await startAgain(steps, site);
	const comparisons = await steps.run('Compare with what was before', async () => {
		const value = compareFingerprints(before, await site.fingerprints());
		const different = value.filter(({ equal }) => !equal).length;
		return { value, result: different === 0 ? 'all equal' : `${different} of ${value.length} DIFFER` };
	});
	return { desk, backUpExecutionId, comparisons, siteAnswers };
}

const startDesk = (scope: Scope, steps: Steps, alertReceiver: RecordingServer): Promise<OperationsDesk> =>
	steps.run('Start n8n with the package', async (tell) => {
		tell('a first run downloads n8n');
		return { value: await OperationsDesk.start(scope, alertReceiver), result: 'workflows imported' };
	});

async function makeSite(scope: Scope, steps: Steps): Promise<{ site: SampleSite; sizeBytes: number }> {
	const site = await steps.run('Start the sample shop', async () => {
		const value = await SampleSite.start(scope);
		return { value, result: 'web server and PostgreSQL run' };
	});
	const sizeBytes = await steps.run('Fill the sample shop', async () => {
		const database = site.fillDatabase();
		const media = await site.fillMedia();
		const databaseBytes = await database;
		const result = `${media.files.toLocaleString('en')} files, database of ${megabytes(databaseBytes)}`;
		const value = media.bytes + databaseBytes;
		return { value, size: megabytes(value), result };
	});
	return { site, sizeBytes };
}

/** Presses the button of the shipped workflow; answers the id of the execution. */
const backUp = (steps: Steps, desk: OperationsDesk, folder: string): Promise<string> =>
	steps.run('Run "Back up sites daily" in n8n', async (tell) => {
		const timer = setInterval(() => void folderBytes(folder).then((bytes) => tell(megabytes(bytes))), 500);
		try {
			const { execution, alerts } = await desk.backUp();
			const [report] = itemsOf(execution, 'Back up the site');
			const [verification] = itemsOf(execution, 'Verify the restore point');
			if (report?.['status'] !== 'ok') throw new Error(`The backup is not good: ${said(report)}`);
			if (verification?.['ok'] !== true) throw new Error(`The backup was not proved: ${said(verification)}`);
			const size = `${megabytes(Number(report['plainBytes']))} → ${megabytes(Number(report['storedBytes']))}`;
			return { value: execution.id, size, result: `backed up and verified, ${alerts} message sent` };
		} finally {
			clearInterval(timer);
		}
	});

const destroy = (steps: Steps, site: SampleSite): Promise<void> =>
	steps.run('Destroy the site', async () => {
		await site.destroy();
		const { pageAnswers, databaseAnswers, page, database } = await site.state();
		if (pageAnswers || databaseAnswers) throw new Error('The site still answers after it was destroyed.');
		return { value: undefined, result: `${page}; ${database}` };
	});

const restore = (steps: Steps, desk: OperationsDesk): Promise<void> =>
	steps.run('Restore it in n8n', async (tell) => {
		tell('the backup is read and checked first');
		const execution = await desk.restore();
		const [report] = itemsOf(execution, restoreNode);
		const artefacts = Array.isArray(report?.['artefacts']) ? report['artefacts'] : [];
		const bytes = artefacts.reduce((sum: number, { plainBytes }) => sum + Number(plainBytes), 0);
		return { value: undefined, size: megabytes(bytes), result: 'volume and database restored' };
	});

/** Whether the shop is there again. */
const startAgain = (steps: Steps, site: SampleSite): Promise<boolean> =>
	steps.run('Start the web server again', async () => {
		await site.startWeb();
		const { pageAnswers, databaseAnswers, page, database } = await site.state();
		return { value: pageAnswers && databaseAnswers, result: `${page}; ${database}` };
	});

/** The message of a report, for an error. */
const said = (report: Record<string, unknown> | undefined): string =>
	String(report?.['message'] ?? report?.['error'] ?? 'n8n gave no report');
