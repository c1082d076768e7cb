import { setTimeout as sleep } from 'node:timers/promises';

import { Containers, endpoint, type EngineConnection } from '../../docker';
import type { BackupContext } from '../context';
import { BackupError } from '../errors';
import { problemOf, refuseCancelled } from '../problem';
import type { ConsistencyReport, HookReport, Problem, QuietContainerReport } from '../reports';
import { disturbancesOf } from './disturbances';
import { ContainerHold } from './hold';
import { defaultJournalTimes, type JournalTimes } from './holder-life';
import { runHook } from './hooks';
import type { RunRecord } from './journal-document';
import { JournalRun } from './journal-run';
import { openJournal } from './open-journal';
import type { QuietPlan } from './plan';
import { defaultHealthTimeoutMs, recoverContainers } from './recover';

export interface QuietOptions {
	/** How long to wait for a container that another run keeps quiet, in milliseconds. Default five minutes. */
	waitForContainersMs?: number | undefined;
	/** How long to wait for a container to become healthy that others need, in milliseconds. Default a minute. */
	healthTimeoutMs?: number | undefined;
	journalTimes?: JournalTimes | undefined;
}

interface QuietWork extends QuietOptions {
	site: string;
	/** Of the run; no two are the same. */
	run: string;
	/** What the run is, for the texts of errors. */
	work: string;
	maxDowntimeMs?: number | undefined;
}

const defaultWaitMs = 5 * 60_000;
const pollMs = 500;

/**
 * Carries a plan out: programs before, containers paused or stopped, containers back, programs after. The last two come in
 * any case, and what this process cannot do any more stands in the journal for others.
 */
export class QuietRun {
	private readonly journal: JournalRun;
	private readonly now: () => Date;
	private readonly hooks: HookReport[] = [];
	private readonly warnings: string[] = [];
	private readonly problems: Problem[] = [];
	private containers: QuietContainerReport[] = [];
	private hold: ContainerHold | undefined;
	private isOpen = false;
	private heldAt: number | undefined;
	private downtimeMs = 0;

	constructor(
		private readonly plan: QuietPlan,
		private readonly connection: EngineConnection,
		private readonly context: BackupContext,
		private readonly work: QuietWork,
	) {
		this.now = context.now ?? (() => new Date());
		const { site, run, journalTimes = defaultJournalTimes } = work;
		const of = { site, run, engine: endpoint(connection) };
		this.journal = new JournalRun(openJournal(context), of, journalTimes, this.now);
		this.warnings.push(...plan.warnings);
	}

	/**
	 * Runs the programs that prepare. When it throws, `end` is still to be called.
	 * @throws BackupError `hook_failed`, `cancelled`; StateError
	 */
	async prepare(): Promise<void> {
		const { signal } = this.context;
		await this.journal.open(this.plan.after);
		this.isOpen = true;
		for (const hook of this.plan.before) {
			refuseCancelled(signal, this.work.work);
			const report = await runHook(hook, 'before', this.connection, signal);
			refuseCancelled(signal, this.work.work);
			this.hooks.push(report);
			if (report.problem) throw new BackupError('hook_failed', report.problem.message, report.problem.remedy);
		}
	}

	/**
	 * Pauses or stops the containers. When it throws, `end` is still to be called.
	 * @throws BackupError `container_busy`, `container_not_quiet`, `cancelled`; StateError
	 */
	async quieten(): Promise<void> {
		const { signal } = this.context;
		if (this.plan.containers.length === 0) return;
		await this.claim();
		const { maxDowntimeMs, healthTimeoutMs = defaultHealthTimeoutMs } = this.work;
		const options = { maxDowntimeMs, healthTimeoutMs, now: this.now, signal };
		this.hold = new ContainerHold(this.connection, this.plan.containers, this.journal, options);
		this.heldAt = performance.now();
		await this.hold.begin();
	}

	/** Why what was read since `quieten` may not be consistent. */
	async disturbances(): Promise<string[]> {
		const resting = await disturbancesOf(new Containers(this.connection), this.plan.resting);
		return [...((await this.hold?.disturbances()) ?? []), ...resting];
	}

	/** Brings everything back, then runs the programs for afterwards. To be called in any case; never throws. */
	async end(): Promise<void> {
		if (this.hold && this.heldAt !== undefined) {
			this.containers = await this.hold.end();
			this.downtimeMs = Math.max(0, ...this.containers.map(({ downtimeMs = 0 }) => downtimeMs));
			const stillDown = this.containers.some(({ now }) => now === 'down');
			if (stillDown) this.downtimeMs = Math.round(performance.now() - this.heldAt);
		}
		if (!this.isOpen) return;
		for (const hook of this.plan.after) {
			this.hooks.push(await runHook(hook, 'after', this.connection));
			await this.guarded(() => this.journal.hookDone(hook));
		}
		const everythingIsDone = this.containers.every(({ now }) => now !== 'down');
		await this.guarded(() => this.journal.end(everythingIsDone));
		this.isOpen = false;
	}

	report(): ConsistencyReport {
		return {
			downtimeMs: this.downtimeMs,
			containers: [...this.containers, ...this.plan.left],
			hooks: this.hooks,
			warnings: this.warnings,
			problems: this.problems,
		};
	}

	/** Waits for containers that another run keeps quiet. */
	private async claim(): Promise<void> {
		const { waitForContainersMs = defaultWaitMs } = this.work;
		const endsAt = performance.now() + waitForContainersMs;
		for (;;) {
			refuseCancelled(this.context.signal, this.work.work);
			const holder = await this.journal.claim(this.plan.containers);
			if (!holder) return;
			if (performance.now() >= endsAt) throw busy(holder, this.plan);
			// The other one may have been killed meanwhile.
			const { signal: _, ...context } = this.context;
			await recoverContainers(context, { times: this.work.journalTimes });
			await sleep(Math.min(pollMs, Math.max(0, endsAt - performance.now())));
		}
	}

	private async guarded(work: () => Promise<void>): Promise<void> {
		try {
			await work();
		} catch (thrown) {
			this.problems.push(problemOf(thrown));
		}
	}
}

function busy({ site, holder, since, containers }: RunRecord, plan: QuietPlan): BackupError {
	const shared = containers.filter(({ id }) => plan.containers.some((container) => container.id === id));
	return new BackupError(
		'container_busy',
		`Another run, of "${site}" by ${holder.who} since ${since}, keeps these containers quiet: ${shared.map(({ name }) => name).join(', ')}.`,
		'Run it again when the other one has ended, or at another time.',
	);
}
