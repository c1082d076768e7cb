import { Containers, DockerError, endpoint } from '../../docker';
import { StateError } from '../../shared';
import type { BackupContext } from '../context';
import { problemOf } from '../problem';
import type { HookReport, Problem, QuietContainerReport, RecoveredRun } from '../reports';
import { bringBack } from './bring-back';
import { defaultJournalTimes, holderLife, type JournalTimes } from './holder-life';
import { runHook } from './hooks';
import type { Journal } from './journal';
import type { RunRecord } from './journal-document';
import { JournalRun } from './journal-run';
import { openJournal } from './open-journal';

export interface RecoverOptions {
	/** Also what runs that are alive hold. */
	force?: boolean | undefined;
	times?: JournalTimes | undefined;
	/** How long to wait for a container to become healthy that others need, in milliseconds. */
	healthTimeoutMs?: number | undefined;
}

export interface Recovery {
	/** Whether nothing is left that should run and does not. */
	ok: boolean;
	recovered: RecoveredRun[];
	/** Runs that are at work and hold containers now. */
	active: { site: string; run: string; holder: string; since: string; containers: string[] }[];
	/** Runs whose containers are on another engine than the given one. */
	elsewhere: { site: string; run: string; engine: string; since: string; containers: string[] }[];
	/** Why the journal could not be read. */
	problems: Problem[];
}

export const defaultHealthTimeoutMs = 60_000;

/**
 * Brings back what runs have paused or stopped and, because they were killed or could not, not started again. Safe at any
 * time and by several at once; does not throw.
 */
export async function recoverContainers(
	context: BackupContext,
	options: RecoverOptions = {},
): Promise<Recovery> {
	const recovery: Recovery = { ok: true, recovered: [], active: [], elsewhere: [], problems: [] };
	if (context.stateFolder === undefined) return recovery;
	const now = context.now ?? (() => new Date());
	try {
		const journal = openJournal(context);
		for (const run of await journal.runs()) {
			const life = holderLife(run, now(), options.times ?? defaultJournalTimes);
			if (life === 'alive' && !options.force) {
				recovery.active.push({ ...describe(run), holder: run.holder.who });
			} else if (!(await isHere(run, context))) {
				recovery.elsewhere.push({ ...describe(run), engine: run.engine });
			} else {
				const found = await recoverRun(run, life === 'alive' ? 'forced' : life, journal, context, options);
				if (found) recovery.recovered.push(found);
			}
		}
	} catch (thrown) {
		// Where nothing can have been written, nothing is to be brought back.
		if (!(thrown instanceof StateError) || thrown.code !== 'state_not_shared') {
			recovery.problems.push(problemOf(thrown));
		}
	}
	recovery.ok = recovery.problems.length === 0 && recovery.recovered.every(({ ok }) => ok);
	return recovery;
}

async function recoverRun(
	run: RunRecord,
	because: RecoveredRun['because'],
	journal: Journal,
	context: BackupContext,
	{ times = defaultJournalTimes, healthTimeoutMs = defaultHealthTimeoutMs }: RecoverOptions,
): Promise<RecoveredRun | undefined> {
	const { docker } = context;
	const now = context.now ?? (() => new Date());
	const { site, since, engine } = run;
	if (!docker) return withoutEngine(run, because);
	const own = new JournalRun(journal, { site, run: run.run, engine }, times, now);
	const record = await own.takeOver(
		(current) => because === 'forced' || holderLife(current, now(), times) !== 'alive',
	);
	if (!record) return undefined;
	const containers = await bringBack(new Containers(docker), record.containers, {
		now,
		healthTimeoutMs,
		closed: (id) => own.note([id], { closed: true }),
	});
	const hooks: HookReport[] = [];
	for (const hook of record.after) {
		hooks.push(await runHook(hook, 'after', docker));
		// It has had its chance; what it could not do is told, and a second time may do harm.
		await own.hookDone(hook);
	}
	const problems = [...containers, ...hooks].flatMap(({ problem }) => problem ?? []);
	const ok = containers.every(({ now: state }) => state !== 'down');
	await own.end(ok);
	const touched = containers.filter(({ action }) => action !== 'left');
	if (touched.length === 0 && hooks.length === 0) return undefined;
	const message = messageOf(run, because, touched, hooks);
	return { site, run: run.run, since, because, ok, message, containers: touched, hooks, problems };
}

/**
 * Whether the containers of a run are on the given engine. The same engine may have been reached at another address, so
 * the containers themselves count.
 */
async function isHere({ engine, containers, after }: RunRecord, { docker }: BackupContext): Promise<boolean> {
	if (!docker || endpoint(docker) === engine) return true;
	const here = new Containers(docker);
	for (const { id } of [...containers, ...after]) {
		const found = await here.manage(id).catch((thrown: unknown) => {
			if (thrown instanceof DockerError && thrown.code === 'not_found') return undefined;
			throw thrown;
		});
		if (found) return true;
	}
	return containers.length + after.length === 0;
}

function withoutEngine(run: RunRecord, because: RecoveredRun['because']): RecoveredRun | undefined {
	const { site, since, after } = run;
	const { containers } = describe(run);
	if (containers.length + after.length === 0) return undefined;
	const names = [...containers, ...after.map(({ name }) => name)].map((name) => `"${name}"`);
	const problem = {
		code: 'engine_missing',
		message: `A run of "${site}" has left containers that may be down: ${[...new Set(names)].join(', ')}. No container engine is configured here.`,
		remedy: 'Run Recover, or "opsdesk backup recover", with the engine of these containers.',
	};
	const { message } = problem;
	return {
		site,
		run: run.run,
		since,
		because,
		ok: false,
		message,
		containers: [],
		hooks: [],
		problems: [problem],
	};
}

const reasons: Record<RecoveredRun['because'], string> = {
	left: 'could not bring everything back',
	gone: 'was killed',
	overdue: 'has held them for too long',
	forced: 'was told to let go',
};

function messageOf(
	{ site, since }: RunRecord,
	because: RecoveredRun['because'],
	containers: QuietContainerReport[],
	hooks: HookReport[],
): string {
	const named = (state: QuietContainerReport['now']): string =>
		containers
			.filter(({ now }) => now === state)
			.map(({ name }) => name)
			.join(', ');
	const [running, down, gone] = [named('running'), named('down'), named('gone')];
	const failed = hooks.filter(({ ok }) => !ok).map(({ container }) => container);
	const parts = [
		...(running ? [`running again: ${running}`] : []),
		...(down ? [`still down: ${down}`] : []),
		...(gone ? [`gone: ${gone}`] : []),
		...(failed.length > 0 ? [`the program afterwards failed in: ${failed.join(', ')}`] : []),
	];
	const what = parts.length === 0 ? 'nothing was to be done' : parts.join('; ');
	return `A run of "${site}" since ${since} ${reasons[because]}; ${what}.`;
}

function describe({ site, run, since, containers }: RunRecord): {
	site: string;
	run: string;
	since: string;
	containers: string[];
} {
	const held = containers.filter(({ touchedAt, closed }) => touchedAt !== undefined && !closed);
	return { site, run, since, containers: held.map(({ name }) => name) };
}
