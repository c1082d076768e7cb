import { consistencyOf, type Site } from '../../shared';
import { Containers, DockerError, type EngineConnection } from '../../docker';
import type { BackupContext } from '../context';
import { engineFor } from '../engine-needed';
import { problemOf, refuseCancelled } from '../problem';
import type { ConsistencyReport, Problem } from '../reports';
import type { SiteSource } from '../sources/source';
import { disturbancesOf } from './disturbances';
import { heldContainers } from './open-journal';
import { emptyPlan, planQuiet, type QuietPlan } from './plan';
import { QuietRun, type QuietOptions } from './quiet-run';

/**
 * The consistency of one backup: databases are dumped while their containers run, everything else is read while the
 * containers of the site are paused or stopped.
 */
export class Consistency {
	private quiet: QuietRun | undefined;
	private isQuiet = false;
	/** Why nothing can be stored any more, or nothing that needs quiet containers. */
	private everything: Problem | undefined;
	private files: Problem | undefined;
	private readonly warnings: string[] = [];

	private constructor(
		private readonly site: Site,
		private readonly context: BackupContext,
		private readonly options: QuietOptions,
		private readonly connection: EngineConnection | undefined,
		private plan: QuietPlan,
	) {}

	/**
	 * Looks at everything before anything is done.
	 * @throws BackupError `container_protected`, `container_unsuitable`, `label_invalid`, `hook_failed`, `engine_missing`;
	 *   DockerError
	 */
	static async of(site: Site, context: BackupContext, options: QuietOptions = {}): Promise<Consistency> {
		const { connection, plan } = await planOf(site, context);
		return new Consistency(site, context, options, connection, plan);
	}

	/** The sources in the order in which they are read. */
	inOrder(sources: readonly SiteSource[]): SiteSource[] {
		if (this.plan.containers.length === 0) return [...sources];
		return [...sources.filter((source) => !needsQuiet(source)), ...sources.filter(needsQuiet)];
	}

	/**
	 * Runs the programs that prepare the containers.
	 * @param run id of the restore point
	 * @throws BackupError `cancelled`, and what `of` throws: another run may have been waited for meanwhile
	 */
	async prepare(run: string): Promise<void> {
		const { connection } = this;
		if (!connection) return;
		this.plan = (await planOf(this.site, this.context)).plan;
		const { containers, before, after } = this.plan;
		if (containers.length + before.length + after.length === 0) return;
		const { maxDowntimeSeconds } = consistencyOf(this.site);
		this.quiet = new QuietRun(this.plan, connection, this.context, {
			...this.options,
			...{ site: this.site.name, run, work: 'backup' },
			maxDowntimeMs: maxDowntimeSeconds === undefined ? undefined : maxDowntimeSeconds * 1000,
		});
		this.everything = await this.attempt(() => this.quiet?.prepare());
	}

	/**
	 * To be called before each source.
	 * @returns why it cannot be stored, when it cannot
	 */
	async before(source: SiteSource): Promise<Problem | undefined> {
		if (this.everything) return this.everything;
		if (!needsQuiet(source)) return undefined;
		if (!this.isQuiet && this.quiet) {
			this.isQuiet = true;
			this.files = await this.attempt(() => this.quiet?.quieten());
		}
		return this.files;
	}

	/** Why a source that was just read may not be consistent. */
	async warningsFor(source: SiteSource): Promise<string[]> {
		return needsQuiet(source) ? [...this.warnings, ...(await this.disturbances())] : this.warnings;
	}

	/** Brings the containers back. To be called in any case; never throws. */
	async end(): Promise<void> {
		await this.quiet?.end();
	}

	report(): ConsistencyReport | undefined {
		if (this.quiet) return this.quiet.report();
		const { left, warnings } = this.plan;
		if (left.length + warnings.length === 0) return undefined;
		return { downtimeMs: 0, containers: left, hooks: [], warnings, problems: [] };
	}

	private async disturbances(): Promise<string[]> {
		if (this.quiet) return await this.quiet.disturbances();
		if (!this.connection) return [];
		return await disturbancesOf(new Containers(this.connection), this.plan.resting);
	}

	/** @returns why what follows cannot be stored; undefined too when the site wants it stored all the same */
	private async attempt(work: () => Promise<void> | undefined): Promise<Problem | undefined> {
		try {
			await work();
			return undefined;
		} catch (thrown) {
			refuseCancelled(this.context.signal, 'backup');
			const problem = problemOf(thrown);
			if (consistencyOf(this.site).failure === 'abort') return problem;
			this.warnings.push(`not prepared as asked for: ${problem.message.replace(/\.$/, '')}`);
			return undefined;
		}
	}
}

async function planOf(
	site: Site,
	context: BackupContext,
): Promise<{ connection: EngineConnection | undefined; plan: QuietPlan }> {
	const { mode, hooks, containers } = consistencyOf(site);
	const isAsked = mode !== 'none' || hooks.length > 0;
	const none = { connection: undefined, plan: emptyPlan };
	if (!isAsked && site.containers === undefined && containers === undefined) return none;
	// Labels are looked at where the engine can be; without one there is nobody to ask.
	if (!isAsked && !context.docker) return none;
	const connection = engineFor('containers that are to be kept quiet', context);
	try {
		const heldByOthers = await heldContainers(context);
		return { connection, plan: await planQuiet(site, connection, context.signal, { heldByOthers }) };
	} catch (thrown) {
		refuseCancelled(context.signal, 'backup');
		if (isAsked || !(thrown instanceof DockerError)) throw thrown;
		const warning = `the labels of the site's containers could not be read: ${thrown.message.replace(/\.$/, '')}`;
		return { ...none, plan: { ...emptyPlan, warnings: [warning] } };
	}
}

/** Files change while they are read; a dump is consistent by itself, and needs its database running. */
function needsQuiet({ kind }: SiteSource): boolean {
	return kind === 'directory' || kind === 'volume';
}
