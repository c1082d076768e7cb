import { existsSync, readFileSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';

import { RecordingServer } from '../support/doubles/recording-server';
import { Scope } from '../support/scope';
import type { OperationsDesk } from './desk';
import { demonstrate, type Demonstration } from './demonstration';
import { drawPictures } from './pictures';
import { Steps } from './steps';
import { comparisonTable } from './tables';

const neededBytes = 2_000_000_000;

/**
 * Backs a sample site up through n8n, destroys it, restores it and compares. Without `--once` the stand stays up
 * until Ctrl-C.
 * @returns 0 when everything was restored as it was, 1 when not, 2 for wrong usage, 130 after Ctrl-C
 */
export async function demo(args: string[]): Promise<number> {
	const unknown = args.filter((argument) => argument !== '--once');
	if (unknown.length > 0) {
		console.error(`Unknown: ${unknown.join(' ')}. Usage: npm run demo [-- --once]`);
		return 2;
	}
	const trouble = await obstacle();
	if (trouble !== undefined) {
		console.error(trouble);
		return 1;
	}
	const interrupted = interruption();
	// What is waited for may be a process of the scope or a signal, which do not keep this one alive.
	const alive = setInterval(() => undefined, 60_000);
	const scope = await Scope.open('demo');
	const steps = new Steps(process.stdout);
	void interrupted.then(() => steps.silence());
	try {
		return await Promise.race([present(scope, steps, args.includes('--once'), interrupted), interrupted]);
	} catch (thrown) {
		console.error(failureText(thrown, scope));
		return 1;
	} finally {
		clearInterval(alive);
		process.stdout.write('Cleaning up … ');
		await scope.close();
		console.log('nothing is left.');
	}
}

async function present(
	scope: Scope,
	steps: Steps,
	once: boolean,
	interrupted: Promise<number>,
): Promise<number> {
	const alertReceiver = await RecordingServer.start(() => ({ status: 200, body: {} }));
	const shown = await demonstrate(scope, steps, alertReceiver);
	const good = shown.comparisons.every(({ equal }) => equal) && shown.siteAnswers;
	const summary = [
		steps.table(),
		'',
		comparisonTable(shown.comparisons),
		'',
		verdict(shown, good, steps),
	].join('\n');
	console.log(`\n${summary}\n`);
	const folder = process.env['OPSDESK_PICTURES'];
	if (folder !== undefined) await drawPictures(scope, shown, summary, folder);
	if (!once) {
		console.log(invitation(shown.desk));
		await interrupted;
	}
	await alertReceiver.stop();
	return good ? 0 : 1;
}

const verdict = ({ comparisons, siteAnswers }: Demonstration, good: boolean, steps: Steps): string => {
	if (good) return `Everything is back as it was, ${Math.round(steps.totalSeconds)} seconds after the start.`;
	const different = comparisons.filter(({ equal }) => !equal).map(({ part }) => part);
	const parts = different.length === 0 ? [] : [`Not as before: ${different.join(', ')}.`];
	return [...parts, ...(siteAnswers ? [] : ['The site does not answer.'])].join(' ');
};

const invitation = (desk: OperationsDesk): string => {
	const { url, session } = desk.client;
	const { port } = new URL(url);
	return [
		`Look around, on this machine. From another one, first: ssh -L ${port}:127.0.0.1:${port} root@this-machine`,
		`  n8n       ${url}`,
		`  login     ${session.email}`,
		`  password  ${session.password}`,
		`  workflow  ${desk.workflowUrl('back-up-sites-daily')}`,
		'Ctrl-C ends it and removes everything.',
	].join('\n');
};

/** Resolves with the exit code for it once the user has had enough. */
const interruption = (): Promise<number> =>
	new Promise((resolve) => {
		for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve(130));
	});

/** Why the demo cannot run here, with the way out; undefined when nothing is known to be in its way. */
async function obstacle(): Promise<string | undefined> {
	if (process.getuid?.() !== 0) {
		return 'The demo starts a container engine of its own, which only root may do. Run it as root, e.g. in a virtual machine.';
	}
	const { bavail, bsize } = await statfs(tmpdir());
	if (bavail * bsize >= neededBytes) return undefined;
	return `${tmpdir()} has ${Math.round((bavail * bsize) / 1e6)} MB of free space and the demo needs ${neededBytes / 1e6} MB. Make room, or set TMPDIR to a folder that has it.`;
}

/** What happened, what the services said last, and how to go on. */
function failureText(thrown: unknown, scope: Scope): string {
	const reason = thrown instanceof Error ? thrown.message : String(thrown);
	const logs = ['n8n.log', 'engine.log'].flatMap((name) => {
		const file = scope.path(name);
		if (!existsSync(file)) return [];
		return [`Last lines of ${name}:`, ...readFileSync(file, 'utf8').trimEnd().split('\n').slice(-8)];
	});
	return [
		`\nThe demo did not get through: ${reason}`,
		...logs,
		'Run it once more: a busy machine can be too slow for it. If it fails in the same way again, open an issue with these lines.',
	].join('\n');
}
