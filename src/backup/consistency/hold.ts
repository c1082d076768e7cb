import { Containers, killedExitCode, mayStillComeAbout, type EngineConnection } from '../../docker';
import { count, errorMessage } from '../../shared';
import { BackupError } from '../errors';
import { refuseCancelled } from '../problem';
import type { QuietContainerReport } from '../reports';
import { bringBack } from './bring-back';
import type { ContainerRecord } from './journal-document';
import type { JournalRun } from './journal-run';

export interface HoldOptions {
	/** After so long everything is started again, whatever is still read; in milliseconds. */
	maxDowntimeMs?: number | undefined;
	healthTimeoutMs: number;
	now: () => Date;
	signal?: AbortSignal | undefined;
}

/** The engine answers a little after its own limit. */
const killedAfterShare = 0.9;

/**
 * Containers that are paused or stopped for a while. What is done to each stands in the journal before the engine is
 * asked, so that a crash at any point leaves enough to bring everything back.
 */
export class ContainerHold {
	private readonly containers: Containers;
	private readonly killed = new Map<string, string>();
	/** Start of each container before it was stopped: it differs when something has started it meanwhile. */
	private readonly startedAt = new Map<string, string | null>();
	private timer: NodeJS.Timeout | undefined;
	private ending: Promise<QuietContainerReport[]> | undefined;
	private endedBy: string | undefined;

	constructor(
		connection: EngineConnection,
		/** In the order of starting. */
		private records: ContainerRecord[],
		private readonly journal: JournalRun,
		private readonly options: HoldOptions,
	) {
		this.containers = new Containers(connection);
	}

	/**
	 * Pauses or stops all of them, those others depend on last. When it throws, `end` is still to be called.
	 * @throws BackupError `container_not_quiet`, `cancelled`; StateError when the journal cannot be written
	 */
	async begin(): Promise<void> {
		const { maxDowntimeMs } = this.options;
		if (maxDowntimeMs !== undefined) {
			this.timer = setTimeout(() => {
				this.endedBy = `the containers were started again after ${count(maxDowntimeMs / 1000, 'second')} (maxDowntimeSeconds)`;
				void this.bringBack();
			}, maxDowntimeMs);
		}
		const levels = [...new Set(this.records.map(({ level }) => level))].sort((a, b) => b - a);
		for (const level of levels) {
			refuseCancelled(this.options.signal, 'backup');
			if (this.ending) return;
			const ids = this.records.filter((record) => record.level === level).map(({ id }) => id);
			await this.change(ids, { touchedAt: this.options.now().toISOString() });
			// The time was over while the journal was written: nothing of this level was to be brought back.
			if (this.ending) return;
			const results = await Promise.allSettled(ids.map((id) => this.quietenOrNot(id)));
			const failure = results.find((result) => result.status === 'rejected');
			if (failure) throw notQuiet(failure.reason);
			await this.change(ids, { settled: true });
		}
	}

	/** Why what was read until now may not be consistent; each a sentence without its point. */
	async disturbances(): Promise<string[]> {
		if (this.endedBy !== undefined) return [`${this.endedBy}, so it was not quiet to the end`];
		if (this.journal.isLost)
			return ['another process has started the containers again, so it was not quiet to the end'];
		const found: string[] = [];
		for (const { id, name, action, touchedAt } of this.records) {
			if (touchedAt === undefined) continue;
			try {
				const { state, startedAt } = await this.containers.manage(id);
				const isQuiet = action === 'pause' ? state === 'paused' : state === 'exited' || state === 'created';
				if (isQuiet && startedAt === this.startedAt.get(id)) continue;
				found.push(
					`the container "${name}" was started meanwhile by something else, so it was not quiet to the end`,
				);
			} catch (thrown) {
				found.push(`it is not known whether the container "${name}" was quiet: ${errorMessage(thrown)}`);
			}
		}
		return found;
	}

	/** Brings everything back that was touched. To be called in any case; never throws. */
	async end(): Promise<QuietContainerReport[]> {
		return await this.bringBack();
	}

	private bringBack(): Promise<QuietContainerReport[]> {
		clearTimeout(this.timer);
		this.ending ??= this.bringEachBack();
		return this.ending;
	}

	private async bringEachBack(): Promise<QuietContainerReport[]> {
		const { now, healthTimeoutMs } = this.options;
		const reports = await bringBack(this.containers, this.records, {
			now,
			healthTimeoutMs,
			closed: (id) => this.journal.note([id], { closed: true }),
		});
		return reports.map((report) => {
			const killed = this.killed.get(report.name);
			return killed === undefined ? report : { ...report, warnings: [killed, ...report.warnings] };
		});
	}

	/** What the engine has refused will not come about later, and is not waited for when all is brought back. */
	private async quietenOrNot(id: string): Promise<void> {
		try {
			await this.quieten(id);
		} catch (thrown) {
			if (!mayStillComeAbout(thrown)) await this.change([id], { settled: true });
			throw thrown;
		}
	}

	private async quieten(id: string): Promise<void> {
		const record = this.records.find((other) => other.id === id);
		if (!record) return;
		const { startedAt } = await this.containers.manage(id);
		this.startedAt.set(id, startedAt);
		// Not to be cancelled: the engine would go on, and nobody would know when it is done.
		if (record.action === 'pause') {
			await this.containers.pause(id, { protectionChecked: true });
			return;
		}
		const { graceSeconds, name } = record;
		const { durationMs } = await this.containers.stop(id, { graceSeconds, protectionChecked: true });
		const { exitCode, state } = await this.containers.manage(id);
		if (state === 'running')
			throw new Error(`The container "${name}" runs again right after it was stopped.`);
		if (exitCode !== killedExitCode || durationMs < graceSeconds * 1000 * killedAfterShare) return;
		this.killed.set(
			name,
			`it did not stop within ${count(graceSeconds, 'second')} and was killed (exit code ${killedExitCode}); its files may be as after a crash`,
		);
	}

	private async change(ids: string[], change: Partial<ContainerRecord>): Promise<void> {
		await this.journal.note(ids, change);
		if (this.journal.isLost) {
			throw new BackupError(
				'container_not_quiet',
				'Another process has taken over the containers of this run, because it took it for dead.',
				'See that the clocks of all machines are right, then run again.',
			);
		}
		this.records = this.records.map((record) =>
			ids.includes(record.id) ? { ...record, ...change } : record,
		);
	}
}

function notQuiet(thrown: unknown): BackupError {
	return new BackupError(
		'container_not_quiet',
		`The containers could not be paused or stopped: ${errorMessage(thrown)}`,
		'Remove the cause. Where a backup of running containers is better than none, set consistency.failure to "warn".',
		{ cause: thrown },
	);
}
