import { randomBytes } from 'node:crypto';

import { Containers, type EngineConnection } from '../../docker';
import { errorMessage, type Site } from '../../shared';
import { holdContainers, refuseHolding, type HeldContainers } from '../consistency/hold-containers';
import type { QuietOptions } from '../consistency/quiet-run';
import { recoverContainers } from '../consistency/recover';
import type { BackupContext } from '../context';
import { engineFor } from '../engine-needed';
import { BackupError } from '../errors';
import type { ConsistencyReport } from '../reports';
import type { RestoreTarget } from './target';
import { notWell } from './well';

/** How containers are stopped for a restore and watched after it. */
export interface UsersAtRestOptions extends Omit<QuietOptions, 'healthTimeoutMs'> {
	/** How long a container has to become healthy after a restore, in milliseconds. Default five minutes. */
	healthTimeoutMs?: number | undefined;
	/** How long one without a health check has to run without a restart, in milliseconds. Default ten seconds. */
	settleMs?: number | undefined;
}

const defaultHealthTimeoutMs = 5 * 60_000;
const defaultSettleMs = 10_000;

/**
 * The running containers that use what is restored: they are stopped for the change, started again and watched. When one
 * of them is not well then, everything is taken back.
 */
export class UsersAtRest {
	private names: string[] = [];
	/** Those that run again afterwards; what somebody else has stopped before its turn came stays stopped. */
	private awaited: string[] = [];
	private held: HeldContainers | undefined;
	private readonly run = `restore-${randomBytes(6).toString('hex')}`;

	constructor(
		private readonly site: Site,
		private readonly context: BackupContext,
		private readonly options: UsersAtRestOptions = {},
	) {}

	/**
	 * Refuses what could not be stopped before anything is read.
	 * @throws BackupError `container_protected`, `container_unsuitable`, `target_refused`, `state_missing`
	 */
	async check(targets: readonly RestoreTarget[]): Promise<void> {
		const names = await usersOf(targets);
		if (names.length === 0) return;
		const needed = targets.flatMap(({ needs }) => needs ?? []).filter((name) => names.includes(name));
		if (needed.length > 0) {
			throw new BackupError(
				'target_refused',
				`The container ${needed.join(', ')} would have to stop for what it has mounted, and to run for its database.`,
				'Restore its database in a run of its own.',
			);
		}
		await refuseHolding(this.site, names, this.context);
	}

	/** Stops them. @throws BackupError as `holdContainers`; then everything runs as before */
	async begin(targets: readonly RestoreTarget[]): Promise<void> {
		this.names = await usersOf(targets);
		if (this.names.length === 0) return;
		this.held = await holdContainers(this.site, this.names, this.run, this.context, this.options);
	}

	/** Starts them again after a change that failed. @returns what could not be started, each a sentence */
	async giveUp(): Promise<string[]> {
		const report = await this.held?.release();
		return (report?.containers ?? []).flatMap(({ problem }) => (problem ? [problem.message] : []));
	}

	/**
	 * Starts them again and waits until they are well; else takes all of the restore back.
	 * @throws BackupError `restore_rolled_back`, or `target_swap_failed` when not all of it could be taken back
	 */
	async settle(targets: readonly RestoreTarget[]): Promise<ConsistencyReport | undefined> {
		const { held } = this;
		if (!held) return undefined;
		const report = await held.release();
		const left = report.containers.filter(({ action }) => action === 'left').map(({ name }) => name);
		this.awaited = this.names.filter((name) => !left.includes(name));
		const faults = await this.faults();
		if (faults.length === 0) return report;
		return await this.takeBack(targets, faults);
	}

	private async takeBack(targets: readonly RestoreTarget[], faults: string[]): Promise<never> {
		// A cancelled restore has to be taken back as well.
		const { signal: _, ...steady } = this.context;
		const undone: string[] = [];
		const stuck: string[] = [];
		const remains: string[] = [];
		const rest = await holdContainers(this.site, this.names, `${this.run}-back`, steady, this.options).catch(
			(thrown: unknown) => {
				stuck.push(errorMessage(thrown));
			},
		);
		for (const target of rest ? targets.toReversed() : []) {
			try {
				remains.push(...[(await target.takeBack()) ?? []].flat());
				undone.push(target.label);
			} catch (thrown) {
				stuck.push(`${target.label}: ${errorMessage(thrown).replace(/\.$/, '')}`);
			}
		}
		await rest?.release();
		// One that could not even be started with what was restored stands in the journal still.
		await recoverContainers(steady, { times: this.options.journalTimes });
		await this.startFallen();
		const still = await this.faults();
		const now =
			still.length === 0 ? `Well again: ${this.awaited.join(', ')}.` : `Even now: ${still.join('; ')}.`;
		if (stuck.length === 0) {
			throw new BackupError(
				'restore_rolled_back',
				`The restore was rolled back, because after it ${faults.join('; ')}. ${[`As before: ${undone.join(', ')}.`, ...remains, now].join(' ')}`,
				'See the logs of the containers for what they lack, e.g. with another restore point or another version of their image.',
			);
		}
		throw new BackupError(
			'target_swap_failed',
			`After the restore ${faults.join('; ')}, and not all of it could be taken back: ${stuck.join('; ')}. ${[`As before: ${undone.join(', ') || 'nothing'}.`, ...remains, now].join(' ')}`,
			'Put back by hand what was kept from before, then start the containers; "opsdesk backup recover" starts what is left stopped.',
		);
	}

	/** One that ended by itself with what was restored was not held any more, so nobody else starts it. */
	private async startFallen(): Promise<void> {
		const containers = new Containers(this.connection());
		for (const name of this.awaited) {
			const state = await containers.manage(name).then(
				(found) => found.state,
				() => undefined,
			);
			if (state !== 'exited') continue;
			await containers.start(name).catch(() => {
				// Whoever looks whether it is well finds out.
			});
		}
	}

	/** Why they are not well, each with its name. */
	private async faults(): Promise<string[]> {
		const containers = new Containers(this.connection());
		const { healthTimeoutMs = defaultHealthTimeoutMs, settleMs = defaultSettleMs } = this.options;
		const found = await Promise.all(
			this.awaited.map(async (name) => {
				const fault = await notWell(containers, name, { healthTimeoutMs, settleMs });
				return fault === undefined ? [] : [`the container "${name}" ${fault}`];
			}),
		);
		return found.flat();
	}

	private connection(): EngineConnection {
		return engineFor(`the containers ${this.names.join(', ')}`, this.context);
	}
}

/** Names of the running containers that use any of the targets. */
async function usersOf(targets: readonly RestoreTarget[]): Promise<string[]> {
	const found = new Set<string>();
	for (const target of targets) {
		for (const name of (await target.users?.()) ?? []) found.add(name);
	}
	return [...found].sort();
}
